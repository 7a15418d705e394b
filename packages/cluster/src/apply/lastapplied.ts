/** kubectl's move from client-side to server-side apply: what the last-applied annotation says is not a conflict. */
import type { KubeObject } from "../schema/types.ts";
import type { Atom } from "./atoms.ts";
import { difference, type FieldSet } from "./fieldset.ts";
import { check, compare, fieldsOf } from "./typed.ts";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const MAX_ANNOTATIONS = 256 * 1024;

/** The fields that client-side apply set and that are still as it set them; undefined if the annotation does not tell. */
export function fieldsLastApplied(live: object, apiVersion: string, atom: Atom): FieldSet | undefined {
  const text = (live as KubeObject).metadata?.annotations?.[LAST_APPLIED];
  if (!text) return undefined;
  let last: KubeObject;
  try {
    last = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (last?.apiVersion !== apiVersion || check(last, atom).length > 0) return undefined;
  const { modified, added, removed } = compare(last, live, atom);
  return difference(difference(difference(fieldsOf(last, atom), modified), added), removed);
}

/** `object` with the annotation brought up to date with what was applied, if it carries one. */
export function withLastApplied(object: KubeObject, applied: KubeObject): KubeObject {
  const annotations = object.metadata?.annotations;
  if (!annotations?.[LAST_APPLIED]) return object;
  const next: Record<string, string> = { ...annotations, [LAST_APPLIED]: lastAppliedText(applied) };
  const size = Object.entries(next).reduce(
    (sum, [key, value]) => sum + key.length + Buffer.byteLength(value),
    0,
  );
  if (size > MAX_ANNOTATIONS) delete next[LAST_APPLIED];
  return { ...object, metadata: { ...object.metadata, annotations: next } };
}

function lastAppliedText(applied: KubeObject): string {
  const annotations = applied.metadata?.annotations;
  const bare = annotations
    ? {
        ...applied,
        metadata: {
          ...applied.metadata,
          annotations: Object.fromEntries(
            Object.entries(annotations).filter(([key]) => key !== LAST_APPLIED),
          ),
        },
      }
    : applied;
  const text = JSON.stringify(sorted(bare));
  return `${text.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const map = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(map)
      .sort()
      .map((key) => [key, sorted(map[key])]),
  );
}
