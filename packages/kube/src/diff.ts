import type { KubeObject } from "@sluice/api";
import { sameJson } from "./json.ts";
import { isSecret, mask } from "./mask.ts";

/** One difference: at which field, from what, to what; a side is absent where the field is. */
export type Difference = { path: string; before?: unknown; after?: unknown };

// Written by servers, and different in every version.
const ignored = new Set([
  "metadata.managedFields",
  "metadata.resourceVersion",
  "metadata.generation",
  "metadata.uid",
  "metadata.creationTimestamp",
  "metadata.selfLink",
  "status",
]);

/**
 * The fields in which two versions of an object differ, as paths like `spec.template.spec.containers[name=app].image`:
 * items of lists are told apart by `name` (or `key`, `containerPort`, `port`) where all have one. Values of Secrets are
 * masked; whether they changed is still told. Fields that servers write are left out.
 */
export function diffObjects(before: KubeObject | undefined, after: KubeObject | undefined): Difference[] {
  // A missing object is an empty one, so that its fields are told one by one and Secrets are masked.
  const differences = compare("", before ?? {}, after ?? {});
  const about = after ?? before;
  if (!about || !isSecret(about)) return differences;
  return differences.map(masked);
}

function compare(path: string, before: unknown, after: unknown): Difference[] {
  if (ignored.has(path) || sameJson(before, after)) return [];
  if (isMap(before) && isMap(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => compare(join(path, key), before[key], after[key]));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const key = keyOfItems([...before, ...after]);
    const [left, right] = [byKey(before, key), byKey(after, key)];
    return [...new Set([...left.keys(), ...right.keys()])].flatMap((at) =>
      compare(`${path}[${at}]`, left.get(at), right.get(at)),
    );
  }
  const difference: Difference = { path };
  if (before !== undefined) difference.before = before;
  if (after !== undefined) difference.after = after;
  return [difference];
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const join = (path: string, key: string) => {
  if (!/^[A-Za-z0-9_-]+$/.test(key)) return `${path}["${key}"]`;
  return path === "" ? key : `${path}.${key}`;
};

const keyOfItems = (items: readonly unknown[]): string | undefined =>
  ["name", "key", "containerPort", "port"].find((key) =>
    items.every((item) => isMap(item) && item[key] !== undefined),
  );

function byKey(items: readonly unknown[], key: string | undefined): Map<string, unknown> {
  return new Map(
    items.map((item, at) => [key ? `${key}=${(item as Record<string, unknown>)[key]}` : String(at), item]),
  );
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

function masked({ path, before, after }: Difference): Difference {
  const isValue = /^(data|stringData)\b/.test(path) || path.includes(lastApplied);
  const hide = (side: unknown): unknown => {
    if (!isMap(side)) return isValue ? mask : side;
    return Object.fromEntries(
      Object.entries(side).map(([key, value]) => [key, key === lastApplied ? mask : hide(value)]),
    );
  };
  const difference: Difference = { path };
  if (before !== undefined) difference.before = hide(before);
  if (after !== undefined) difference.after = hide(after);
  return difference;
}
