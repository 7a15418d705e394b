import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { Fingerprint } from "./digest.ts";
import { limits } from "./limits.ts";

/** Digests of open files, remembered while the file on disk stays the same. */
export type DigestCache = {
  /** The digest and size of the file behind `handle`; reads it unless that is known. */
  fingerprint(handle: FileHandle, algorithm?: string): Promise<Fingerprint>;
  /** Notes what was found while the file was written. */
  note(handle: FileHandle, fingerprint: Fingerprint): Promise<void>;
};

/**
 * A file counts as unchanged while its inode, size and change time (which no program can set) are the same. It is read
 * again after `limits.rehashMs` all the same, because a failing disk changes none of these.
 */
export function createDigestCache(now: () => number): DigestCache {
  const known = new Map<string, { digest: string; at: number }>();
  const underway = new Map<string, Promise<string>>();

  const remember = (key: string, digest: string): void => {
    known.delete(key);
    known.set(key, { digest, at: now() });
    if (known.size > limits.maxKnownDigests) known.delete(known.keys().next().value!);
  };
  const read = async (key: string, handle: FileHandle, algorithm: string): Promise<string> => {
    const digest = await digestOfHandle(handle, algorithm);
    remember(key, digest);
    return digest;
  };

  return {
    async fingerprint(handle, algorithm = "sha256") {
      const stat = await handle.stat({ bigint: true });
      const key = identityOf(stat, algorithm);
      const size = Number(stat.size);
      const entry = known.get(key);
      if (entry !== undefined && now() - entry.at < limits.rehashMs) return { digest: entry.digest, size };
      const running = underway.get(key) ?? read(key, handle, algorithm).finally(() => underway.delete(key));
      underway.set(key, running);
      return { digest: await running, size };
    },
    async note(handle, { digest }) {
      const algorithm = digest.slice(0, digest.indexOf(":"));
      remember(identityOf(await handle.stat({ bigint: true }), algorithm), digest);
    },
  };
}

const identityOf = (stat: BigIntStats, algorithm: string): string =>
  [algorithm, stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(" ");

/** Reads at explicit positions, so that the handle can be read by others at the same time. */
async function digestOfHandle(handle: FileHandle, algorithm: string): Promise<string> {
  const hash = createHash(algorithm);
  const buffer = Buffer.allocUnsafe(256 * 1024);
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return `${algorithm}:${hash.digest("hex")}`;
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}
