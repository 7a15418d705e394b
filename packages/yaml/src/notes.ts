/**
 * What the text said about a field beyond its value, kept beside the maps since only strategic merge ever asks: that the
 * value was in quotes (or a block), folded, or had a tag, or, for a collection, the JSON object in the comment at its key.
 */
export type FieldNote = "quoted" | "folded" | "tagged" | `{${string}`;

const notes = new WeakMap<object, Map<string, FieldNote>>();
const bracketed = new WeakSet<object>();

/** Whether a map or list stands in brackets. Known for what was read with `spelling`. */
export const isBracketed = (collection: object): boolean => bracketed.has(collection);

/** Notes that a map or list stands in brackets. */
export function noteBrackets(collection: object): void {
  bracketed.add(collection);
}

/** What is noted about a field. Known for maps read with `spelling`. */
export function noteOf(map: object, key: string): FieldNote | undefined {
  return notes.get(map)?.get(key);
}

/** Notes something about a field; what was noted before is replaced. */
export function noteField(map: object, key: string, note: FieldNote): void {
  const fields = notes.get(map);
  if (fields) fields.set(key, note);
  else notes.set(map, new Map([[key, note]]));
}

/** Calls `visit` with the fields of a map that are noted to be folded. */
export function foldedFields(map: object, visit: (key: string) => void): void {
  const fields = notes.get(map);
  if (fields) for (const [key, note] of fields) if (note === "folded") visit(key);
}

/** Gives a copy of a map or list what is noted about the original. */
export function copyNotes(from: object, to: object): void {
  if (bracketed.has(from)) bracketed.add(to);
  const fields = notes.get(from);
  if (fields) notes.set(to, new Map(fields));
}

/** Forgets what is noted about a field, whose value is another now. */
export function forgetNote(map: object, key: string): void {
  notes.get(map)?.delete(key);
}

/** Forgets what is noted about a map or list and all its fields. */
export function forgetNotes(map: object): void {
  bracketed.delete(map);
  notes.delete(map);
}
