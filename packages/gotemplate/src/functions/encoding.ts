import { bytesOf, fromBytes } from "../bytes.ts";
import { GoError } from "../errors.ts";
import { type Functions, fn } from "./define.ts";

export function base64(bytes: string): string {
  return bytesOf(bytes).toString("base64");
}

/** base64.StdEncoding.DecodeString. @throws {GoError} with the offset of what is wrong, as Go counts it */
export function fromBase64(text: string): string {
  const wrong = wrongBase64(text);
  if (wrong !== undefined) throw new GoError(`illegal base64 data at input byte ${wrong}`);
  return fromBytes(Buffer.from(text, "base64"));
}

const BREAK = /[\r\n]/;
const BASE64 = /[A-Za-z0-9+/]/;

/** The offset at which Go's decoder gives up; undefined if it does not. */
function wrongBase64(text: string): number | undefined {
  const clean = !BREAK.test(text);
  if (clean && text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  let at = 0;
  let count = 0;
  const skipBreaks = (): void => {
    while (at < text.length && BREAK.test(text[at]!)) at++;
  };
  for (;;) {
    skipBreaks();
    if (at === text.length) return count === 0 ? undefined : at - count;
    const ch = text[at++]!;
    if (BASE64.test(ch)) {
      count = (count + 1) % 4;
      continue;
    }
    if (ch !== "=" || count < 2) return at - 1;
    skipBreaks();
    if (count === 2) {
      if (at === text.length) return at;
      if (text[at] !== "=") return at - 1;
      at++;
      skipBreaks();
    }
    return at < text.length ? at : undefined;
  }
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function base32(bytes: string): string {
  let out = "";
  let bits = 0;
  let held = 0;
  for (let i = 0; i < bytes.length; i++) {
    held = ((held << 8) | bytes.charCodeAt(i)) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += ALPHABET[(held >> bits) & 31];
    }
  }
  if (bits > 0) out += ALPHABET[(held << (5 - bits)) & 31];
  return out.padEnd(Math.ceil(out.length / 8) * 8, "=");
}

/** base32.StdEncoding.DecodeString. @throws {GoError} with the offset of what is wrong, as Go counts it */
function fromBase32(source: string): string {
  const text = source.replace(/[\r\n]/g, "");
  const fail = (at: number): never => {
    throw new GoError(`illegal base32 data at input byte ${at}`);
  };
  let out = "";
  for (let start = 0; start < text.length; start += 8) {
    let bits = 0;
    let held = 0;
    for (let j = 0; j < 8; j++) {
      const at = start + j;
      if (at >= text.length) fail(start);
      if (text[at] === "=" && j >= 2 && text.length - at - 1 < 8) {
        checkPadding(text, at, j, fail);
        return out;
      }
      const digit = ALPHABET.indexOf(text[at]!);
      if (digit === -1) fail(at);
      held = ((held << 5) | digit) & 0xfff;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        out += String.fromCharCode((held >> bits) & 255);
      }
    }
  }
  return out;
}

function checkPadding(text: string, at: number, filled: number, fail: (at: number) => never): void {
  const rest = text.slice(at + 1);
  if (rest.length + filled < 7) fail(text.length);
  for (let k = 0; k < 7 - filled; k++) if (rest.length > k && rest[k] !== "=") fail(at + k);
  // Of five-bit digits only 2, 4, 5 or 7 make whole bytes.
  if (filled === 3 || filled === 6) fail(at);
}

/** sprig gives the error as the result. */
function orMessage(work: () => string): string {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof GoError) return thrown.message;
    throw thrown;
  }
}

export const encoding: Functions = {
  b64enc: fn("string", (_, text) => base64(text)),
  b64dec: fn("string", (_, text) => orMessage(() => fromBase64(text))),
  b32enc: fn("string", (_, text) => base32(text)),
  b32dec: fn("string", (_, text) => orMessage(() => fromBase32(text))),
};
