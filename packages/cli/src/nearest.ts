import { nearest as nearestOf } from "@sluice/api";

/** The name that differs from a word in few letters, or else begins with it. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const begun = names.filter((name) => name.startsWith(word));
  const few = Math.max(1, Math.floor(word.length / 3));
  return nearestOf(word, names, few) ?? nearestOf(word, begun, Number.POSITIVE_INFINITY);
}
