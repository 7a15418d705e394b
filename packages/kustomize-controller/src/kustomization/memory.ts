import type { KubeObject, ObjectRef } from "@sluice/api";
import { fingerprint } from "@sluice/kube";

/** From what an object was last brought to its end: all equal and nothing touched means that there is nothing to do. */
export type Basis = { generation: number; artifact: string; variables: string };

/** An applied object as it was right after apply. */
export type Applied = { ref: ObjectRef; fingerprint: string };

type Entry = { basis: Basis; expected: Map<string, string>; touched: boolean };

/**
 * What this process remembers of Kustomizations that are at rest, so that an unchanged one costs nothing at its interval,
 * and a foreign write is seen as it happens. Lost with the process: the next visit then compares with the API server.
 */
export type Memory = {
  /** Whether `key` is at rest on `basis`, and every kind that it applied is being watched. */
  rests(key: string, basis: Basis): boolean;
  settle(key: string, basis: Basis, applied: Applied[]): void;
  forget(key: string): void;
  /** Compares a watched object with what was applied: "drift" when someone else wrote to it. */
  observe(owner: string, object: KubeObject, removed: boolean): "drift" | "touched" | undefined;
};

/** `covered` says whether a kind is watched, so that rest can be trusted. */
export function createMemory(covered: (ref: ObjectRef) => boolean): Memory {
  const entries = new Map<string, Entry>();
  const kinds = new Map<string, ObjectRef[]>();
  return {
    rests: (key, basis) => {
      const entry = entries.get(key);
      return (
        entry !== undefined &&
        !entry.touched &&
        entry.basis.generation === basis.generation &&
        entry.basis.artifact === basis.artifact &&
        entry.basis.variables === basis.variables &&
        kinds.get(key)!.every(covered)
      );
    },
    settle: (key, basis, applied) => {
      entries.set(key, {
        basis,
        touched: false,
        expected: new Map(applied.map((each) => [idOf(each.ref), each.fingerprint])),
      });
      const byKind = new Map(applied.map(({ ref }) => [`${ref.group}/${ref.kind}`, ref]));
      kinds.set(key, [...byKind.values()]);
    },
    forget: (key) => {
      entries.delete(key);
      kinds.delete(key);
    },
    observe: (owner, object, removed) => {
      const entry = entries.get(owner);
      const { group, kind } = {
        group: object.apiVersion.includes("/") ? object.apiVersion.split("/")[0]! : "",
        kind: object.kind,
      };
      const { namespace, name } = object.metadata;
      const expected = entry?.expected.get(idOf({ group, version: "", kind, namespace, name }));
      if (entry === undefined || expected === undefined) return undefined;
      if (removed || fingerprint(object) !== expected) {
        entry.touched = true;
        return "drift";
      }
      return undefined;
    },
  };
}

const idOf = ({ group, kind, namespace, name }: ObjectRef) => `${group}/${kind}/${namespace ?? ""}/${name}`;
