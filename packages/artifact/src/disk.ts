import { constants, type Dirent } from "node:fs";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { systemCodeOf } from "./errors.ts";

/** What `open` says when there is no regular file to be read under a path. */
const notThere = ["ENOENT", "ENOTDIR", "ELOOP", "ENXIO", "ENAMETOOLONG"];

/** Opens a regular file for reading; undefined if there is none, or a symlink, directory or pipe in its place. */
export async function openRegularFile(path: string): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (thrown) {
    if (notThere.includes(systemCodeOf(thrown))) return undefined;
    throw thrown;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

/** Whether `thrown` says that there is nothing under a path. */
export const isNotThere = (thrown: unknown): boolean => notThere.includes(systemCodeOf(thrown));

/** When a file or directory was last written, in milliseconds since 1970; undefined if there is none. */
export async function modifiedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (thrown) {
    if (isNotThere(thrown)) return undefined;
    throw thrown;
  }
}

/** The entries of a directory; none if it does not exist. */
export async function entriesOf(dir: string): Promise<Dirent[]> {
  try {
    return await readdir(dir, { withFileTypes: true });
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT") return [];
    throw thrown;
  }
}

/** Makes a finished file durable, with the mode and time that it shall have. `modified` is in milliseconds since 1970. */
export async function settleFile(file: string, modified: number): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.chmod(0o644);
    await handle.utimes(modified / 1000, modified / 1000);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the names in a directory durable. */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir);
  await handle.sync().finally(() => handle.close());
}
