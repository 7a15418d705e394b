import { apiVersionOf } from "@sluice/api";
import type { Kind } from "./types.ts";

/**
 * The REST path of a kind, or of one of its objects.
 * @throws {Error} when a namespaced object has no namespace, or a name could leave its path segment
 */
export function pathOf(
  kind: Kind,
  { namespace, name, subresource }: { namespace?: string; name?: string; subresource?: string } = {},
): string {
  const root = kind.group === "" ? `/api/${kind.version}` : `/apis/${apiVersionOf(kind)}`;
  if (kind.namespaced && name !== undefined && !namespace) {
    throw new Error(`${kind.kind} ${name}: it is namespaced, but no namespace is given`);
  }
  const within = kind.namespaced && namespace ? ["namespaces", namespace] : [];
  const parts = [...within, kind.plural, name, subresource].filter((part) => part !== undefined);
  return [root, ...parts.map(segment)].join("/");
}

function segment(text: string): string {
  if (text === "" || text === "." || text === "..") throw new Error(`"${text}" is no name of an object`);
  return encodeURIComponent(text);
}

/** Appends the parameters that have a value. */
export function withQuery(
  path: string,
  parameters: Record<string, string | number | boolean | undefined>,
): string {
  const given = Object.entries(parameters).filter(
    ([, value]) => value !== undefined && value !== "" && value !== false,
  );
  if (given.length === 0) return path;
  return `${path}?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`;
}
