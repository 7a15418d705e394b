/** ASN.1 in DER: writing what certificates need, and walking through what is there. */

/** Tags of the types that certificates are made of. */
export const BOOLEAN = 0x01;
const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
const OID = 0x06;
export const UTF8 = 0x0c;
export const SEQUENCE = 0x30;
export const SET = 0x31;
export const PRINTABLE = 0x13;
export const UTC_TIME = 0x17;
export const GENERAL_TIME = 0x18;

/** One element: its tag, its length and its parts. */
export function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const hex = body.length.toString(16);
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

/** A positive integer of any size. */
export function derInteger(value: bigint): Buffer {
  const hex = value.toString(16);
  const even = hex.padStart(hex.length + (hex.length % 2), "0");
  return der(INTEGER, Buffer.from(Number.parseInt(even[0]!, 16) >= 8 ? `00${even}` : even, "hex"));
}

/** An object identifier such as 2.5.29.15. */
export function derOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const group = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) group.unshift((left & 0x7f) | 0x80);
    bytes.push(...group);
  }
  return der(OID, Buffer.from(bytes));
}

/** An element that was read: its tag, its body and all of it. */
export type Element = { tag: number; body: Buffer; whole: Buffer };

/** The elements in a body; undefined if they are malformed. */
export function readAll(bytes: Buffer): Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const element = readOne(bytes, at);
    if (!element) return undefined;
    elements.push(element);
    at += element.whole.length;
  }
  return elements;
}

function readOne(bytes: Buffer, at: number): Element | undefined {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  let length = first;
  let start = at + 2;
  if (first >= 0x80) {
    const size = first & 0x7f;
    if (size === 0 || size > 4 || start + size > bytes.length) return undefined;
    length = bytes.readUIntBE(start, size);
    start += size;
  }
  const end = start + length;
  return end > bytes.length
    ? undefined
    : { tag, body: bytes.subarray(start, end), whole: bytes.subarray(at, end) };
}

/** The integer in an element. */
export function integerIn({ body }: Element): bigint {
  return BigInt(`0x${body.toString("hex") || "0"}`);
}
