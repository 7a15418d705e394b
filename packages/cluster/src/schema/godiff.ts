/** How the API server shows a change that it refuses: Go structs written out as indented JSON, and the lines that differ. */

type Json = Record<string, any>;

/** A struct of Go: its fields in order, each with the name that clients know and, where it is a struct as well, its shape. */
export type GoShape = readonly (readonly [goName: string, name: string, shape?: GoShape])[];

/** The struct as Go's JSON encoder shows it to a developer: every field, absent ones as null (or "" where `strings` says so). */
export function goStruct(value: Json | undefined, shape: GoShape, strings: readonly string[] = []): unknown {
  if (value === undefined || value === null) return null;
  return Object.fromEntries(
    shape.map(([goName, name, below]) => {
      const field = value[name];
      if (below && field !== undefined) return [goName, goStruct(field, below, strings)];
      return [goName, field ?? (strings.includes(goName) ? "" : null)];
    }),
  );
}

const CONTEXT = 3;

/** The lines in which two values differ, as a unified diff without file names; indented by one space, three lines of context. */
export function goDiff(before: unknown, after: unknown): string {
  const [old, next] = [lines(before), lines(after)];
  const steps = script(old, next);
  const changed = steps.flatMap((step, index) => (step[0] === " " ? [] : [index]));
  if (changed.length === 0) return "";
  const [from, to] = [Math.max(0, changed[0]! - CONTEXT), changed.at(-1)! + CONTEXT + 1];
  const hunk = steps.slice(from, to);
  const size = (sign: string) => hunk.filter((step) => step[0] === " " || step[0] === sign).length;
  const header = `@@ -${from + 1},${size("-")} +${from + 1},${size("+")} @@`;
  return `${[header, ...hunk].join("\n")}\n`;
}

const lines = (value: unknown): string[] => JSON.stringify(value, undefined, 1).split("\n");

/** The steps from one list of lines to the other, by their longest common part; each begins with " ", "-" or "+". */
function script(old: string[], next: string[]): string[] {
  const common = Array.from({ length: old.length + 1 }, () => new Array<number>(next.length + 1).fill(0));
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = next.length - 1; j >= 0; j--)
      common[i]![j] =
        old[i] === next[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
  const steps: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < next.length) {
    if (i < old.length && j < next.length && old[i] === next[j]) {
      steps.push(` ${old[i]}`);
      i++;
      j++;
    } else if (i < old.length && (j >= next.length || common[i + 1]![j]! >= common[i]![j + 1]!))
      steps.push(`-${old[i++]}`);
    else steps.push(`+${next[j++]}`);
  }
  return steps;
}
