/** IP addresses and CIDRs (apiserver/pkg/cel/library/ip.go and cidr.go, over Go's net/netip). */
import { isIPv4, isIPv6 } from "node:net";
import type { Environment } from "@marcbachmann/cel-js";
import type { Add } from "./celenv.ts";

/** `bits` is the address as one number. */
type Address = { family: 4 | 6; bits: bigint };

class IpValue {
  readonly typeName = "net.IP";
  readonly address: Address;
  constructor(address: Address) {
    this.address = address;
  }
}
class CidrValue {
  readonly typeName = "net.CIDR";
  readonly address: Address;
  readonly length: number;
  constructor(address: Address, length: number) {
    this.address = address;
    this.length = length;
  }
}
class IpLibrary {}

export function addAddresses(env: Environment, add: Add, addOwn: Add): void {
  env.registerType("IP", IpValue).registerType("CIDR", CidrValue).registerType("IpLibrary", IpLibrary);
  env.registerConstant("ip", "IpLibrary", new IpLibrary() as never);
  add("ip(string): IP", (text: string) => new IpValue(parseIp(text)));
  add("isIP(string): bool", (text: string) => succeeds(() => parseIp(text)));
  add("IpLibrary.isCanonical(string): bool", (_, text: string) => textOf(parseIp(text)) === text);
  add("IP.family(): int", ({ address }: IpValue) => BigInt(address.family));
  for (const [name, test] of Object.entries(RANGES))
    add(`IP.${name}(): bool`, ({ address }: IpValue) => test(address));
  addOwn("string(IP): string", ({ address }: IpValue) => textOf(address));
  env.registerOperator("IP == IP", (a: IpValue, b: IpValue) => equal(a.address, b.address));
  addCidrs(env, add, addOwn);
}

function addCidrs(env: Environment, add: Add, addOwn: Add): void {
  add("cidr(string): CIDR", parseCidr);
  add("isCIDR(string): bool", (text: string) => succeeds(() => parseCidr(text)));
  add("CIDR.ip(): IP", ({ address }: CidrValue) => new IpValue(address));
  add("CIDR.prefixLength(): int", ({ length }: CidrValue) => BigInt(length));
  add("CIDR.masked(): CIDR", ({ address, length }: CidrValue) => {
    const host = BigInt(widthOf(address) - length);
    return new CidrValue({ ...address, bits: (address.bits >> host) << host }, length);
  });
  const containsIp = (cidr: CidrValue, { address }: IpValue) => within(cidr, address);
  const containsCidr = (cidr: CidrValue, other: CidrValue) =>
    cidr.length <= other.length && within(cidr, other.address);
  add("CIDR.containsIP(IP): bool", containsIp);
  add("CIDR.containsIP(string): bool", (cidr: CidrValue, text: string) =>
    containsIp(cidr, new IpValue(argument(() => parseIp(text)))),
  );
  add("CIDR.containsCIDR(CIDR): bool", containsCidr);
  add("CIDR.containsCIDR(string): bool", (cidr: CidrValue, text: string) =>
    containsCidr(
      cidr,
      argument(() => parseCidr(text)),
    ),
  );
  addOwn("string(CIDR): string", ({ address, length }: CidrValue) => `${textOf(address)}/${length}`);
  env.registerOperator(
    "CIDR == CIDR",
    (a: CidrValue, b: CidrValue) => a.length === b.length && equal(a.address, b.address),
  );
}

/** What is no address is, as an argument, of no type that the function knows. */
function argument<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw new Error("no such overload");
  }
}

const succeeds = (read: () => unknown): boolean => {
  try {
    read();
    return true;
  } catch {
    return false;
  }
};

const equal = (a: Address, b: Address): boolean => a.family === b.family && a.bits === b.bits;
const widthOf = ({ family }: Address): number => (family === 4 ? 32 : 128);

function within({ address, length }: CidrValue, other: Address): boolean {
  const host = BigInt(widthOf(address) - length);
  return address.family === other.family && address.bits >> host === other.bits >> host;
}

function parseIp(text: string): Address {
  const problem = (because: string) =>
    new Error(`IP Address ${JSON.stringify(text)} parse error during conversion from string: ${because}`);
  const address = readAddress(text, problem);
  if (text.includes("%"))
    throw new Error(`IP address ${JSON.stringify(text)} with zone value is not allowed`);
  if (isMapped(address)) throw new Error(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  return address;
}

const isMapped = ({ family, bits }: Address): boolean => family === 6 && bits >> 32n === 0xffffn;

/** netip.ParseAddr */
function readAddress(text: string, problem: (because: string) => Error): Address {
  const fail = (because: string) => problem(`ParseAddr(${JSON.stringify(text)}): ${because}`);
  if (isIPv4(text)) return { family: 4, bits: bitsOf(text.split(".").map(BigInt), 8n) };
  if (isIPv6(text)) return { family: 6, bits: bitsOf(groupsOf(text.split("%")[0]!), 16n) };
  const isV4 = /^[^:%]*\.[^:]*$/.test(text);
  throw fail(isV4 ? v4Problem(text) : "unable to parse IP");
}

function v4Problem(text: string): string {
  const fields = text.split(".");
  const odd = /[^\d.]/.exec(text);
  if (odd) return `unexpected character (at ${JSON.stringify(text.slice(odd.index))})`;
  if (fields.some((field) => field.length > 1 && field.startsWith("0")))
    return "IPv4 field has octet with leading zero";
  if (fields.some((field) => Number(field) > 255)) return "IPv4 field has value >255";
  if (fields.includes(""))
    return `IPv4 field must have at least one digit (at ${JSON.stringify(text.slice(fields.indexOf("") === 0 ? 0 : text.indexOf("..") + 1))})`;
  return fields.length > 4 ? "IPv4 address too long" : "IPv4 address too short";
}

const bitsOf = (parts: bigint[], width: bigint): bigint =>
  parts.reduce((bits, part) => (bits << width) | part, 0n);

/** The eight groups of an IPv6 address; the URL parser fills in the zeros that "::" and a dotted end stand for. */
function groupsOf(text: string): bigint[] {
  const [head = "", tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split("::");
  const read = (part: string) => (part === "" ? [] : part.split(":").map((group) => BigInt(`0x${group}`)));
  const [before, behind] = [read(head), read(tail ?? "")];
  return [...before, ...Array(8 - before.length - behind.length).fill(0n), ...behind];
}

function textOf({ family, bits }: Address): string {
  const [count, width] = family === 4 ? [4, 8n] : [8, 16n];
  const parts = Array.from(
    { length: count },
    (_, i) => (bits >> (width * BigInt(count - 1 - i))) & ((1n << width) - 1n),
  );
  if (family === 4) return parts.join(".");
  const full = parts.map((part) => part.toString(16)).join(":");
  return new URL(`http://[${full}]`).hostname.slice(1, -1);
}

function parseCidr(text: string): CidrValue {
  const prefix = "network address parse error during conversion from string";
  const problem = (because: string) =>
    new Error(`${prefix}: ${prefix}: netip.ParsePrefix(${JSON.stringify(text)}): ${because}`);
  const slash = text.lastIndexOf("/");
  if (slash < 0) throw problem("no '/'");
  const address = readAddress(text.slice(0, slash), problem);
  if (text.includes("%")) throw problem("IPv6 zones cannot be present in a prefix");
  const digits = text.slice(slash + 1);
  if (!/^(?:\d|[1-9]\d+)$/.test(digits)) throw problem(`bad bits after slash: ${JSON.stringify(digits)}`);
  if (Number(digits) > widthOf(address)) throw problem("prefix length out of range");
  if (isMapped(address))
    throw new Error(`${prefix}: IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  return new CidrValue(address, Number(digits));
}

const is4 = ({ family }: Address): boolean => family === 4;
const starts = (address: Address, v4: [bigint, number], v6: [bigint, number]): boolean => {
  const [start, length] = is4(address) ? v4 : v6;
  return address.bits >> BigInt(widthOf(address) - length) === start;
};
const isLoopback = (address: Address) => starts(address, [127n, 8], [1n, 128]);
const isMulticast = (address: Address) => starts(address, [0b1110n, 4], [0xffn, 8]);
const isLinkLocalUnicast = (address: Address) => starts(address, [0xa9fen, 16], [0b1111111010n, 10]);

/** What kind of address it is (net/netip). */
const RANGES: Record<string, (address: Address) => boolean> = {
  isUnspecified: ({ bits }) => bits === 0n,
  isLoopback,
  isLinkLocalMulticast: (address) =>
    is4(address) ? address.bits >> 8n === 0xe00000n : ((address.bits >> 112n) & 0xff0fn) === 0xff02n,
  isLinkLocalUnicast,
  isGlobalUnicast: (address) =>
    address.bits !== 0n &&
    !(is4(address) && address.bits === 0xffffffffn) &&
    !isLoopback(address) &&
    !isMulticast(address) &&
    !isLinkLocalUnicast(address),
};
