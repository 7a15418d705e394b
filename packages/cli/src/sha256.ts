/**
 * SHA-256 of short texts without `node:crypto`, which takes 6 ms to load: a quarter of what Node itself needs to start, and
 * a small build or chart hashes a few hundred bytes. The bundle puts `createHash` in the place of Node's.
 */
import { createHash as nodeHash } from "node:crypto";

/** Beyond this many bytes Node's own is sooner done, loading included. */
const SHORT = 16_384;

type Data = string | Uint8Array;
type Encoding = "hex" | "base64" | "base64url";
/** What is used of Node's Hash. */
type ShortHash = {
  update(data: Data, encoding?: BufferEncoding): ShortHash;
  digest(): Buffer;
  digest(encoding: Encoding): string;
};

/** As `createHash` of `node:crypto`; the hash of no more than 16 KiB with SHA-256 does not load it. */
export function createHash(algorithm: string): ShortHash {
  if (algorithm !== "sha256") return nodeHash(algorithm) as ShortHash;
  let pieces: Buffer[] = [];
  let length = 0;
  let long: ShortHash | undefined;
  const hash: ShortHash = {
    update(data, encoding) {
      const piece = typeof data === "string" ? Buffer.from(data, encoding) : Buffer.from(data);
      length += piece.length;
      pieces.push(piece);
      if (long || length > SHORT) {
        long = pieces.reduce<ShortHash>(
          (into, each) => into.update(each),
          long ?? (nodeHash(algorithm) as ShortHash),
        );
        pieces = [];
      }
      return hash;
    },
    digest(encoding?: Encoding): any {
      const digest = long ? long.digest() : sha256(Buffer.concat(pieces));
      return encoding ? digest.toString(encoding) : digest;
    },
  };
  return hash;
}

/** The first 32 bits of the fractional parts of roots of the first primes, as FIPS 180-4 defines its constants. */
const fractions = (count: number, root: (prime: number) => number): Int32Array => {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (prime) found.push((root(n) % 1) * 2 ** 32);
  }
  return Int32Array.from(found, (value) => value | 0);
};

let rounds: Int32Array | undefined;
let start: Int32Array | undefined;

/** FIPS 180-4, section 6.2. */
function sha256(data: Buffer): Buffer {
  rounds ??= fractions(64, Math.cbrt);
  start ??= fractions(8, Math.sqrt);
  const padded = Buffer.alloc((((data.length + 8) >> 6) + 1) << 6);
  data.copy(padded);
  padded[data.length] = 0x80;
  padded.writeBigUInt64BE(BigInt(data.length) * 8n, padded.length - 8);
  const state = Int32Array.from(start);
  const words = new Int32Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) words[i] = padded.readInt32BE(at + i * 4);
    block(state, words, rounds);
  }
  const digest = Buffer.alloc(32);
  for (const [i, word] of state.entries()) digest.writeInt32BE(word, i * 4);
  return digest;
}

const turn = (word: number, by: number) => (word >>> by) | (word << (32 - by));

function block(state: Int32Array, words: Int32Array, rounds: Int32Array): void {
  for (let i = 16; i < 64; i++) {
    const [early, late] = [words[i - 15]!, words[i - 2]!];
    const s0 = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
    const s1 = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
    words[i] = words[i - 16]! + s0 + words[i - 7]! + s1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as Array8;
  for (let i = 0; i < 64; i++) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + rounds[i]! + words[i]!) | 0;
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => {
    state[i] = state[i]! + word;
  });
}

type Array8 = [number, number, number, number, number, number, number, number];
