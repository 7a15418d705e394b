import { checkAt, type Frame, fail, failAt } from "./schema-check.ts";
import type { ListRules, Schema } from "./schema-compile.ts";
import { identityOf, isSame } from "./schema-json.ts";
import { count, type Problem } from "./schema-words.ts";

/** Puts the keywords about lists to one. */
export function checkList(frame: Frame, rules: ListRules, value: readonly unknown[]): void {
  const { least, most, first, rest } = rules;
  const size = value.length;
  if (least !== undefined && size < least) {
    fail(frame, () => `minItems: got ${count(size)}, want ${count(least)}`);
  }
  if (most !== undefined && size > most) {
    fail(frame, () => `maxItems: got ${count(size)}, want ${count(most)}`);
  }
  const twins = rules.unique ? sameItems(value) : undefined;
  if (twins) fail(frame, () => `items at ${count(twins[0])} and ${count(twins[1])} are equal`);
  for (const [i, schema] of first.slice(0, size).entries()) failAt(frame, schema, value[i], String(i));
  if (rest === false) {
    const over = size - first.length;
    if (over > 0) fail(frame, () => `last ${count(over)} additionalItem(s) not allowed`);
  } else if (rest) {
    // The places in messages begin at 0 again, as they do in Helm's.
    for (const [i, item] of value.slice(first.length).entries()) failAt(frame, rest, item, String(i));
  }
  if (rules.contains) checkContains(frame, rules, rules.contains, value);
}

/** The first two items that are the same. */
function sameItems(value: readonly unknown[]): [number, number] | undefined {
  const known = new Map<string, number>();
  for (const [i, item] of value.entries()) {
    const identity = identityOf(item);
    const twin = known.get(identity);
    if (twin !== undefined && isSame(item, value[twin])) return [twin, i];
    if (twin === undefined) known.set(identity, i);
  }
  return undefined;
}

function checkContains(frame: Frame, rules: ListRules, schema: Schema, value: readonly unknown[]): void {
  const problems: Problem[] = [];
  const found: number[] = [];
  for (const [i, item] of value.entries()) {
    const problem = checkAt(frame, schema, item, String(i));
    if (problem) problems.push(problem);
    else {
      found.push(i);
      if (frame.schema.draft >= 2020) frame.unseen.items?.delete(i);
    }
  }
  const { leastContained: least, mostContained: most } = rules;
  const places = found.join(" ");
  if (least === undefined && found.length === 0) {
    fail(frame, () => "no items match contains schema", problems);
  }
  if (least !== undefined && found.length < least) {
    const but = found.length === 0 ? "none matched" : `matched ${count(found.length)} items at ${places}`;
    fail(frame, () => `min ${count(least)} items required to match contains schema, but ${but}`, problems);
  }
  if (most !== undefined && found.length > most) {
    const but = `matched ${count(found.length)} items at ${places}`;
    fail(frame, () => `max ${count(most)} items required to match contains schema, but ${but}`);
  }
}
