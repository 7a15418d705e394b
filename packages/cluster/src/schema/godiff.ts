/** How the API server shows a change that it refuses: its Go structs written out as indented JSON, and the lines that differ. */
import structs from "../generated/go-internal.json" with { type: "json" };

type Json = Record<string, any>;
type Fields = readonly (readonly [name: string, type: string])[];

const STRUCTS = structs as unknown as Record<string, Fields | undefined>;

/** The value as Go's JSON encoder writes a struct without tags: every field in order, with the zero value where there is none. */
export function goStruct(type: string, value: Json): Json {
  const fields = new Map(Object.entries(value).map(([key, each]) => [key.toLowerCase(), each]));
  const shown: Json = {};
  // what is embedded shares the level
  for (const [name, fieldType] of STRUCTS[type] ?? [])
    if (name === "") Object.assign(shown, goStruct(fieldType, value));
    else shown[name] = goValue(fieldType, fields.get(name.toLowerCase()));
  return shown;
}

function goValue(type: string, value: unknown): unknown {
  if (type.startsWith("[]"))
    return Array.isArray(value) ? value.map((each) => goValue(type.slice(2), each)) : null;
  if (type.startsWith("*")) return value === undefined ? null : goValue(type.slice(1), value);
  if (STRUCTS[type]) return goStruct(type, (value ?? {}) as Json);
  return value ?? ZERO[type] ?? (/^u?int/.test(type) ? 0 : null);
}

const ZERO: Record<string, unknown> = { string: "", bool: false };

/** A pod's spec as the server has it inside: what concerns the host is part of the security context. */
export function goPodSpec(spec: Json): Json {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers } = spec;
  const host = { hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers };
  return goStruct("PodSpec", { ...spec, securityContext: { ...host, ...spec["securityContext"] } });
}

const CONTEXT = 3;
/** Beyond this the lines are not compared: that takes time by the square. */
const MAX_LINES = 2000;

/** The lines in which two values differ, as a unified diff without names of files; indented by one space, with three lines of context. */
export function goDiff(before: unknown, after: unknown): string {
  const [old, next] = [lines(before), lines(after)];
  if (Math.max(old.length, next.length) > MAX_LINES) return "";
  return hunks(steps(old, next)).join("");
}

const lines = (value: unknown): string[] => JSON.stringify(value, undefined, 1).split("\n");

/** From one list of lines to the other, around the longest run that they share, and so on; each line begins with " ", "-" or "+". */
function steps(old: readonly string[], next: readonly string[]): string[] {
  const [from, to, length] = longestRun(old, next);
  if (length === 0) return [...old.map((line) => `-${line}`), ...next.map((line) => `+${line}`)];
  return [
    ...steps(old.slice(0, from), next.slice(0, to)),
    ...old.slice(from, from + length).map((line) => ` ${line}`),
    ...steps(old.slice(from + length), next.slice(to + length)),
  ];
}

/** Where the longest run of equal lines begins in both, and its length; the first one of several. */
function longestRun(
  old: readonly string[],
  next: readonly string[],
): [from: number, to: number, length: number] {
  let best: [number, number, number] = [0, 0, 0];
  let before = new Uint32Array(next.length + 1);
  for (const [i, line] of old.entries()) {
    const runs = new Uint32Array(next.length + 1);
    for (const [j, other] of next.entries()) {
      if (line !== other) continue;
      const length = (runs[j + 1] = before[j]! + 1);
      if (length > best[2]) best = [i + 1 - length, j + 1 - length, length];
    }
    before = runs;
  }
  return best;
}

/** Changes that are near each other share a hunk. */
function hunks(all: readonly string[]): string[] {
  const changed = all.flatMap((step, index) => (step[0] === " " ? [] : [index]));
  const groups: [first: number, last: number][] = [];
  for (const index of changed) {
    const group = groups.at(-1);
    if (group && index - group[1] <= 2 * CONTEXT) group[1] = index;
    else groups.push([index, index]);
  }
  const count = (part: readonly string[], sign: string) =>
    part.filter((step) => step[0] === " " || step[0] === sign).length;
  return groups.map(([first, last]) => {
    const [from, to] = [Math.max(0, first - CONTEXT), last + CONTEXT + 1];
    const hunk = all.slice(from, to);
    const place = (sign: string) => `${count(all.slice(0, from), sign) + 1},${count(hunk, sign)}`;
    return `@@ -${place("-")} +${place("+")} @@\n${hunk.join("\n")}\n`;
  });
}
