import { createHash } from "node:crypto";
import { ociError } from "./errors.ts";

/** What names a content: its type, its digest and its size. OCI image specification, descriptor.md. */
export type Descriptor = {
  mediaType: string;
  /** `sha256:<hex>`. */
  digest: string;
  /** Bytes. */
  size: number;
  annotations?: Readonly<Record<string, string>>;
};

const hexLength: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** Whether `text` is a digest that can be verified: of a known algorithm, with as many small hexadecimal digits as it needs. */
export function isDigest(text: string): boolean {
  const [, algorithm = "", hex = ""] = /^([a-z0-9]+):([0-9a-f]+)$/.exec(text) ?? [];
  return Object.hasOwn(hexLength, algorithm) && hex.length === hexLength[algorithm];
}

/** The digest of `bytes` by the algorithm of `like`, another digest. */
export function digestOf(bytes: Uint8Array, like = "sha256:"): string {
  const algorithm = like.slice(0, like.indexOf(":"));
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

/**
 * Passes on what it reads, and counts and hashes it meanwhile. Whoever reads it may trust the bytes when it has ended, not before.
 * @param at how the content is called in errors
 * @throws {OciError} `bad-digest`
 */
export async function* verified(
  body: AsyncIterable<Uint8Array>,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
  at: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash(digest.slice(0, digest.indexOf(":")));
  let received = 0;
  for await (const chunk of body) {
    received += chunk.length;
    if (received > size) break;
    hash.update(chunk);
    yield chunk;
  }
  if (received !== size) {
    const found = received > size ? "more" : `${received}`;
    throw ociError(
      "bad-digest",
      `${at}: expected ${size} bytes and got ${found}; it was replaced or damaged`,
    );
  }
  const found = `${digest.slice(0, digest.indexOf(":"))}:${hash.digest("hex")}`;
  if (found !== digest)
    throw ociError("bad-digest", `${at}: its digest is ${found}; it was replaced or damaged`);
}
