import { isIPv4 } from "node:net";

/** The 4 or 16 bytes of an address that `isIP` takes; one of IPv4 in IPv6 clothes has 4. */
export function ipBytes(text: string): Buffer {
  if (isIPv4(text)) return Buffer.from(text.split(".").map(Number));
  const [head = "", tail] = text.split("::");
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const middle = new Array<number>(Math.max(8 - left.length - right.length, 0)).fill(0);
  const all = [...left, ...middle, ...right];
  const bytes = Buffer.alloc(16);
  for (const [i, group] of all.slice(0, 8).entries()) bytes.writeUInt16BE(group, i * 2);
  return /^0{20}ffff/.test(bytes.toString("hex")) ? bytes.subarray(12) : bytes;
}

function groups(part: string): number[] {
  if (part === "") return [];
  return part.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
