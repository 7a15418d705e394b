import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RemoteDirs } from "./remote-bases.ts";

/**
 * Directories for remote bases: the mirrors of the user, which outlive a build, and a new one for trees. Mirrors belong to
 * one process at a time; while another one that `isAlive` has them, this build makes mirrors of its own. `close` removes
 * what is not kept.
 */
export async function openRemoteCache(
  cacheHome: string,
  pid: number,
  isAlive: (pid: number) => boolean,
): Promise<RemoteDirs & { close(): Promise<void> }> {
  const trees = await realpath(await mkdtemp(join(tmpdir(), "sluice-remote-bases-")));
  const kept = join(cacheHome, "sluice", "mirrors");
  const lock = join(cacheHome, "sluice", "mirrors.lock");
  const locked = await takeLock(join(cacheHome, "sluice"), lock, pid, isAlive).catch(() => false);
  return {
    trees,
    mirrors: locked ? kept : join(trees, "mirrors"),
    close: async () => {
      await rm(trees, { recursive: true, force: true });
      if (locked) await rm(lock, { force: true });
    },
  };
}

async function takeLock(
  dir: string,
  lock: string,
  pid: number,
  isAlive: (pid: number) => boolean,
): Promise<boolean> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const take = () => writeFile(lock, String(pid), { flag: "wx" }).then(() => true);
  try {
    return await take();
  } catch {
    const holder = Number(await readFile(lock, "utf8"));
    if (Number.isInteger(holder) && holder > 0 && isAlive(holder)) return false;
    await rm(lock, { force: true }); // Its process was killed.
    return take();
  }
}
