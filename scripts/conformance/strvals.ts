/** Replays what Helm makes of `--set` and its like. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Vector } from "./gotemplate.ts";

type Case = {
  name: string;
  base: object;
  args: ["set" | "set-string" | "set-json" | "set-file" | "set-literal", string][];
  expect: "output" | "error";
  values?: unknown;
  types?: Record<string, string>;
  files?: Record<string, string>;
  errorContains?: string;
};

type Merge = typeof import("../../packages/helm/src/values/merge.ts");

/** The vectors of a folder. */
export async function loadStrvals(folder: string): Promise<Vector[]> {
  const merge = await import("../../packages/helm/src/values/merge.ts");
  const cases = JSON.parse(readFileSync(join(folder, "strvals.json"), "utf8")) as Case[];
  return cases.map((one) => ({ name: one.name, run: () => check(merge, one) }));
}

function check(merge: Merge, one: Case): string | undefined {
  let values: object;
  try {
    values = valuesOf(merge, one);
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== "ChartError")
      return `crashed: ${String((thrown as Error)?.stack)}`;
    if (one.expect === "output") return `failed: ${thrown.message}`;
    const wanted = one.errorContains!;
    return thrown.message.endsWith(wanted)
      ? undefined
      : `expected error "${wanted}", got "${thrown.message}"`;
  }
  if (one.expect === "error") return `was read, but should fail with "${one.errorContains}"`;
  const types: Record<string, string> = {};
  const plain = plainOf(values, [], types);
  if (!isDeepStrictEqual(plain, one.values))
    return `expected ${JSON.stringify(one.values)}, got ${JSON.stringify(plain)}`;
  if (isDeepStrictEqual(types, one.types)) return undefined;
  return `expected types ${JSON.stringify(one.types)}, got ${JSON.stringify(types)}`;
}

/** The values that a case's flags set in its base, one flag after the other. */
function valuesOf({ mergeValues, withFlag }: Merge, { base, args, files = {} }: Case): object {
  const readFile = (path: string): string => {
    if (files[path] === undefined) throw new Error(`open ${path}: no such file or directory`);
    return files[path];
  };
  const start = mergeValues({ files: [{ name: "base.yaml", data: JSON.stringify(base) }] });
  return args.reduce((values, [flag, text]) => withFlag(values, `--${flag}`, text, readFile), start);
}

/** The values as JSON would have them, and the Go type of each leaf by its path. */
function plainOf(value: unknown, path: string[], types: Record<string, string>): unknown {
  const empty = value !== null && typeof value === "object" && Object.keys(value).length === 0;
  if (empty) types[path.join("/")] = Array.isArray(value) ? "list" : "map";
  if (Array.isArray(value)) return value.map((item, i) => plainOf(item, [...path, String(i)], types));
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).map(([key, item]) => [key, plainOf(item, [...path, key], types)]);
    return Object.fromEntries(entries);
  }
  types[path.join("/")] = typeOf(value);
  return typeof value === "bigint" ? Number(value) : value;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "bigint") return "int64";
  if (typeof value === "number") return "float64";
  return typeof value === "boolean" ? "bool" : "string";
}
