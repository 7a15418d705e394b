/** Which values were written in quotes: kept beside the maps, since only strategic merge ever asks. */
const quoted = new WeakMap<object, Set<string>>();

/** Whether the value of a field was written in quotes or as a block. Known for maps read with `spelling`. */
export function isQuoted(map: object, key: string): boolean {
  return quoted.get(map)?.has(key) === true;
}

export function markQuoted(map: object, key: string): void {
  const fields = quoted.get(map);
  if (fields) fields.add(key);
  else quoted.set(map, new Set([key]));
}

/** Gives a copy of a map what is known of the quotes of the original. */
export function copyQuotes(from: object, to: object): void {
  const fields = quoted.get(from);
  if (fields) quoted.set(to, new Set(fields));
}

export function forgetQuotes(map: object): void {
  quoted.delete(map);
}
