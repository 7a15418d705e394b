import { Raw } from "./build.ts";

/**
 * A value as compact JSON the way Go's encoding/json writes a map: keys in byte order, `<`, `>`, `&`, U+2028 and U+2029
 * escaped, exact 64-bit integers. Used for content hashes.
 */
export function goJson(value: unknown, indent?: string): string {
  return write(value, indent, "");
}

function write(value: unknown, indent: string | undefined, pad: string): string {
  const bare = value instanceof Raw ? value.value : value;
  if (bare === null || bare === undefined) return "null";
  switch (typeof bare) {
    case "string":
      return goString(bare);
    case "bigint":
    case "boolean":
      return String(bare);
    case "number":
      return goNumber(bare);
    default:
      return Array.isArray(bare) ? writeList(bare, indent, pad) : writeMap(bare as object, indent, pad);
  }
}

function writeList(list: unknown[], indent: string | undefined, pad: string): string {
  return wrap("[", "]", indent, pad, (inner) => list.map((item) => write(item, indent, inner)));
}

function writeMap(map: object, indent: string | undefined, pad: string): string {
  const colon = indent === undefined ? ":" : ": ";
  return wrap("{", "}", indent, pad, (inner) =>
    Object.entries(map)
      .sort(([a], [b]) => compareBytes(a, b))
      .map(([key, item]) => `${goString(key)}${colon}${write(item, indent, inner)}`),
  );
}

function wrap(
  open: string,
  close: string,
  indent: string | undefined,
  pad: string,
  parts: (inner: string) => string[],
): string {
  const inner = pad + (indent ?? "");
  const written = parts(inner);
  if (written.length === 0) return open + close;
  if (indent === undefined) return open + written.join(",") + close;
  return `${open}\n${inner}${written.join(`,\n${inner}`)}\n${pad}${close}`;
}

/** Order of strings by their UTF-8 bytes, as Go compares them. JavaScript compares UTF-16 units, which differs. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const aSurrogate = x >= 0xd800 && x <= 0xdfff;
    const bSurrogate = y >= 0xd800 && y <= 0xdfff;
    if (aSurrogate !== bSurrogate) return aSurrogate ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

function goString(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (ch) => {
    return `\\u${ch.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function goNumber(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
