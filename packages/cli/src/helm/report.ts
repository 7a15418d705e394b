/** What went wrong, in Helm's form. */
import { Failure, type Shell } from "../shell.ts";

/** An error with a message of Helm's; not a mistake of this program. */
export class HelmError extends Error {}

/** Runs `work`; what it throws is reported as Helm reports it: `Error: …`. */
export async function asHelm<T>({ signal }: Shell, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (signal.aborted || thrown instanceof Failure) throw thrown;
    const { message, code } = thrown as Error & { code?: unknown };
    // Helm ends the list of what does not fit a schema with a line of its own.
    const end = code === "schema-violation" ? "\n\n" : "\n";
    throw new Failure(`Error: ${message}${end}`, { cause: thrown });
  }
}

/** A failure of the file system in Go's words: `open a.yaml: no such file or directory`. */
export function goWords(thrown: unknown, call: string, path: string): Error {
  const { code = "", message } = thrown as NodeJS.ErrnoException;
  const said = words[code];
  return said === undefined
    ? new HelmError(`${call} ${path}: ${message}`)
    : new HelmError(`${call} ${path}: ${said}`);
}

const words: Record<string, string> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EISDIR: "is a directory",
  ENOTDIR: "not a directory",
  ELOOP: "too many levels of symbolic links",
};
