/** bcrypt: Blowfish with a key schedule that is slow on purpose. */

/** Rounds as a power of two; Go's default. */
const COST = 10;
const ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Words of Blowfish's tables: 18 of the P array and four boxes of 256. */
const WORDS = 18 + 4 * 256;

let initial: Uint32Array | undefined;

/** Blowfish's initial tables: the binary digits of π behind the point. */
function piWords(): Uint32Array {
  if (initial) return initial;
  const bits = BigInt(WORDS * 32);
  const guard = 64n;
  const one = 1n << (bits + guard);
  // Machin: π/4 = 4 arctan(1/5) - arctan(1/239)
  const pi = 4n * (4n * arctanInverse(5n, one) - arctanInverse(239n, one));
  let fraction = (pi - 3n * one) >> guard;
  initial = new Uint32Array(WORDS);
  for (let i = WORDS - 1; i >= 0; i--) {
    initial[i] = Number(fraction & 0xffffffffn);
    fraction >>= 32n;
  }
  return initial;
}

/** arctan(1/x), scaled. */
function arctanInverse(x: bigint, scale: bigint): bigint {
  const square = x * x;
  let power = scale / x;
  let sum = power;
  for (let n = 3n, sign = -1n; power !== 0n; n += 2n, sign = -sign) {
    power /= square;
    sum += (sign * power) / n;
  }
  return sum;
}

type Cipher = { p: Uint32Array; s: Uint32Array; left: number; right: number };

/** Encrypts the pair of words in the cipher. */
function encrypt(cipher: Cipher): void {
  const { p, s } = cipher;
  let l = cipher.left;
  let r = cipher.right;
  for (let i = 0; i < 16; i += 2) {
    l ^= p[i]!;
    r ^=
      (((s[l >>> 24]! + s[256 + ((l >>> 16) & 255)]!) ^ s[512 + ((l >>> 8) & 255)]!) + s[768 + (l & 255)]!) |
      0;
    r ^= p[i + 1]!;
    l ^=
      (((s[r >>> 24]! + s[256 + ((r >>> 16) & 255)]!) ^ s[512 + ((r >>> 8) & 255)]!) + s[768 + (r & 255)]!) |
      0;
  }
  cipher.left = r ^ p[17]!;
  cipher.right = l ^ p[16]!;
}

/** Words of bytes that repeat for ever. */
function cyclic(bytes: Uint8Array): () => number {
  let at = 0;
  return () => {
    let word = 0;
    for (let i = 0; i < 4; i++) {
      word = (word << 8) | bytes[at]!;
      at = (at + 1) % bytes.length;
    }
    return word;
  };
}

/** One run of the key schedule, mixed with a salt if there is one. */
function expand(cipher: Cipher, key: Uint8Array, salt?: Uint8Array): void {
  const nextKey = cyclic(key);
  const nextSalt = salt ? cyclic(salt) : () => 0;
  for (let i = 0; i < 18; i++) cipher.p[i]! ^= nextKey();
  cipher.left = 0;
  cipher.right = 0;
  for (const table of [cipher.p, cipher.s]) {
    for (let i = 0; i < table.length; i += 2) {
      cipher.left ^= nextSalt();
      cipher.right ^= nextSalt();
      encrypt(cipher);
      table[i] = cipher.left;
      table[i + 1] = cipher.right;
    }
  }
}

/** bcrypt's own base 64. */
function encode64(bytes: Uint8Array): string {
  let out = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out += ALPHABET[(held >> bits) & 63];
    }
  }
  return bits > 0 ? out + ALPHABET[(held << (6 - bits)) & 63] : out;
}

/**
 * The bcrypt hash of a password of at most 72 bytes.
 * @param salt 16 random bytes
 */
export function bcryptHash(password: Uint8Array, salt: Uint8Array, cost = COST): string {
  const tables = piWords();
  const cipher: Cipher = { p: tables.slice(0, 18), s: tables.slice(18), left: 0, right: 0 };
  const key = new Uint8Array(password.length + 1);
  key.set(password);
  expand(cipher, key, salt);
  for (let i = 0; i < 2 ** cost; i++) {
    expand(cipher, key);
    expand(cipher, salt);
  }
  const data = Buffer.from("OrpheanBeholderScryDoubt");
  for (let at = 0; at < data.length; at += 8) {
    cipher.left = data.readInt32BE(at);
    cipher.right = data.readInt32BE(at + 4);
    for (let i = 0; i < 64; i++) encrypt(cipher);
    data.writeInt32BE(cipher.left, at);
    data.writeInt32BE(cipher.right, at + 4);
  }
  const rounds = String(cost).padStart(2, "0");
  return `$2a$${rounds}$${encode64(salt)}${encode64(data.subarray(0, 23))}`;
}
