/** A file of one object's directory: its name and when it was written, in milliseconds since 1970. */
export type StoredFile = { name: string; modified: number };

/**
 * Which files of one object may go. Never the current one, nor one that is newer (an artifact that is about to become
 * current). Of the others, at most `records - 1` stay, the newest, and none that was replaced more than `ttlMs` ago.
 *
 * Flux counts the TTL from when the file was written, so that an artifact that was current for longer than that is
 * deleted the moment it is replaced, under the hands of those who are about to fetch it; here it counts from the
 * replacement.
 */
export function planGarbage(
  files: readonly StoredFile[],
  current: string,
  retention: { ttlMs: number; records: number },
  now: number,
): string[] {
  const newestFirst = files.toSorted((a, b) => b.modified - a.modified || (a.name < b.name ? -1 : 1));
  const firstOld = newestFirst.findIndex((file) => file.name === current) + 1;
  const isGarbage = (index: number): boolean => {
    const successor = newestFirst[index - 1];
    const expired = successor !== undefined && now - successor.modified > retention.ttlMs;
    return index >= firstOld && (expired || index >= Math.max(firstOld, retention.records));
  };
  return newestFirst.filter((_, index) => isGarbage(index)).map((file) => file.name);
}
