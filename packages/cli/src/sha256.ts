/**
 * SHA-256 of short texts without `node:crypto`, which takes 5 ms to load: a fifth of what Node itself needs to start, and a
 * small build or chart hashes a few hundred bytes. The bundle puts `createHash` in the place of Node's.
 */
import { createHash as nodeHash } from "node:crypto";

/** Beyond this many bytes Node's own is sooner done, loading included. */
const SHORT = 4096;

type Encoding = "hex" | "base64" | "base64url";
/** What is used of Node's Hash. */
type Hash = {
  update(data: string | Uint8Array, encoding?: BufferEncoding): Hash;
  digest(): Buffer;
  digest(encoding: Encoding): string;
};

/** As `createHash` of `node:crypto`, which it loads for other algorithms than SHA-256 and for more than 4 KiB. */
export function createHash(algorithm: string): Hash {
  if (algorithm !== "sha256") return nodeHash(algorithm);
  let short: Buffer = Buffer.alloc(0);
  let long: Hash | undefined;
  const hash: Hash = {
    update(data, encoding) {
      const piece = typeof data === "string" ? Buffer.from(data, encoding) : data;
      if (!long && short.length + piece.length > SHORT) long = nodeHash(algorithm).update(short);
      if (long) long.update(piece);
      else short = Buffer.concat([short, piece]);
      return hash;
    },
    digest(encoding?: Encoding): any {
      const digest = long ? long.digest() : sha256(short);
      return encoding ? digest.toString(encoding) : digest;
    },
  };
  return hash;
}

/** The first 32 bits of the fractional parts of roots of the first primes: how FIPS 180-4 defines its constants. */
function fractions(count: number, root: (prime: number) => number): Int32Array {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return Int32Array.from(primes, (prime) => ((root(prime) % 1) * 2 ** 32) | 0);
}

let constants: { rounds: Int32Array; start: Int32Array } | undefined;

/** FIPS 180-4, section 6.2. */
function sha256(data: Buffer): Buffer {
  constants ??= { rounds: fractions(64, Math.cbrt), start: fractions(8, Math.sqrt) };
  const padded = Buffer.alloc((((data.length + 8) >> 6) + 1) << 6);
  data.copy(padded);
  padded[data.length] = 0x80;
  padded.writeUInt32BE(data.length * 8, padded.length - 4);
  const state = Int32Array.from(constants.start);
  const words = new Int32Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) words[i] = padded.readInt32BE(at + i * 4);
    compress(state, words, constants.rounds);
  }
  const digest = Buffer.alloc(32);
  for (const [i, word] of state.entries()) digest.writeInt32BE(word, i * 4);
  return digest;
}

const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

type Array8 = [number, number, number, number, number, number, number, number];

/** Takes one block, the first 16 of `words`, into `state`. */
function compress(state: Int32Array, words: Int32Array, rounds: Int32Array): void {
  for (let i = 16; i < 64; i++) {
    const early = words[i - 15]!;
    const late = words[i - 2]!;
    const s0 = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
    const s1 = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
    words[i] = words[i - 16]! + s0 + words[i - 7]! + s1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as Array8;
  for (let i = 0; i < 64; i++) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const first = (h + s1 + ((e & f) ^ (~e & g)) + rounds[i]! + words[i]!) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + s0 + ((b & c) ^ (b & d) ^ (c & d))) | 0;
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = state[i]! + word;
}
