import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { artifactError } from "./errors.ts";

/** What names the content of a file: `sha256:<hex>` and its size in bytes. */
export type Fingerprint = { digest: string; size: number };

const hexLength: Record<string, number> = { sha256: 64, sha384: 96, sha512: 128 };

/**
 * Takes a digest (`sha256:<hex>`, `sha384:…`, `sha512:…`, or bare hex, which is sha256 as in Flux) apart.
 * Throws `digest-mismatch` if nothing could ever match it.
 */
export function parseDigest(digest: string): { algorithm: string; hex: string } {
  const colon = digest.indexOf(":");
  const algorithm = colon < 0 ? "sha256" : digest.slice(0, colon);
  const hex = digest.slice(colon + 1).toLowerCase();
  const length = hexLength[algorithm];
  if (length === undefined) {
    const known = Object.keys(hexLength).join(", ");
    throw artifactError(
      "digest-mismatch",
      `digest "${digest}": unknown algorithm "${algorithm}" (known: ${known})`,
    );
  }
  if (hex.length !== length || !/^[0-9a-f]+$/.test(hex)) {
    throw artifactError(
      "digest-mismatch",
      `digest "${digest}": ${algorithm} needs ${length} hexadecimal digits`,
    );
  }
  return { algorithm, hex };
}

/** Starts the hash that `digest` calls for; `matches` consumes it. */
export function digestVerifier(digest: string): { hash: Hash; matches: () => boolean } {
  const { algorithm, hex } = parseDigest(digest);
  const hash = createHash(algorithm);
  return { hash, matches: () => hash.digest("hex") === hex };
}

/** Reads `file` once and returns its digest and size, by default with sha256. */
export async function fingerprintOf(
  file: string,
  algorithm = "sha256",
  signal?: AbortSignal,
): Promise<Fingerprint> {
  const hash = createHash(algorithm);
  let size = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024, signal })) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { digest: `${algorithm}:${hash.digest("hex")}`, size };
}
