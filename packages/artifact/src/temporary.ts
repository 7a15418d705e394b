import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { limits } from "./limits.ts";

/** Where files grow until they are renamed into place; on the same volume, and out of the file server's sight. */
export type TemporaryFiles = {
  /** A path that nobody uses yet. */
  next(): string;
  /** Removes what a crashed process left behind. */
  sweep(): void;
};

/** Opens the directory for temporary files in `root` and sweeps it. `now` is in milliseconds since 1970. */
export function openTemporaryFiles(root: string, now: () => number): TemporaryFiles {
  const dir = join(root, ".tmp");
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const sweep = () => {
    for (const name of readdirSync(dir)) {
      const file = join(dir, name);
      const stat = statSync(file, { throwIfNoEntry: false });
      // Another process may be handing over to this one and still be writing.
      if (stat === undefined || now() - stat.mtimeMs > limits.staleTemporaryMs)
        rmSync(file, { recursive: true, force: true });
    }
  };
  sweep();
  return { next: () => join(dir, randomBytes(12).toString("hex")), sweep };
}
