/** Kubernetes' CEL libraries for values of their own kind: quantities, URLs, IP addresses and CIDRs. */
import { BlockList, isIP } from "node:net";
import type { Environment } from "@marcbachmann/cel-js";
import { isCidr } from "./formats.ts";
import { formatQuantity, parseQuantity, type Quantity } from "./quantity.ts";

class QuantityValue {
  readonly quantity: Quantity;
  constructor(quantity: Quantity) {
    this.quantity = quantity;
  }
}
class UrlValue {
  readonly url: URL;
  readonly isPath: boolean;
  constructor(url: URL, isPath: boolean) {
    this.url = url;
    this.isPath = isPath;
  }
}
class IpValue {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
class CidrValue {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const order = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

export function addQuantities(env: Environment): void {
  env.registerType("Quantity", QuantityValue);
  const add = (signature: string, handler: (...args: any[]) => unknown) =>
    env.registerFunction(signature, handler);
  const read = (text: string) => {
    const quantity = parseQuantity(text);
    if (!quantity)
      throw new Error(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      );
    return new QuantityValue(quantity);
  };
  const of = (other: QuantityValue | bigint) =>
    typeof other === "bigint" ? other * 1_000_000_000n : other.quantity.nano;
  add("quantity(string): Quantity", read);
  add("isQuantity(string): bool", (text: string) => parseQuantity(text) !== undefined);
  add("Quantity.isGreaterThan(Quantity): bool", (a: QuantityValue, b: QuantityValue) => of(a) > of(b));
  add("Quantity.isLessThan(Quantity): bool", (a: QuantityValue, b: QuantityValue) => of(a) < of(b));
  add("Quantity.compareTo(Quantity): int", (a: QuantityValue, b: QuantityValue) =>
    BigInt(order(of(a), of(b))),
  );
  add("Quantity.sign(): int", (a: QuantityValue) => BigInt(order(of(a), 0n)));
  add("Quantity.isInteger(): bool", (a: QuantityValue) => of(a) % 1_000_000_000n === 0n);
  add("Quantity.asInteger(): int", (a: QuantityValue) => of(a) / 1_000_000_000n);
  add("Quantity.asApproximateFloat(): double", (a: QuantityValue) => Number(of(a)) / 1e9);
  for (const [name, sign] of [
    ["add", 1n],
    ["sub", -1n],
  ] as const)
    for (const operand of ["Quantity", "int"])
      add(
        `Quantity.${name}(${operand}): Quantity`,
        (a: QuantityValue, b: QuantityValue | bigint) =>
          new QuantityValue({ ...a.quantity, nano: of(a) + sign * of(b) }),
      );
  add("string(Quantity): string", (a: QuantityValue) => formatQuantity(a.quantity));
}

export function addUrls(env: Environment): void {
  env.registerType("URL", UrlValue);
  const add = (signature: string, handler: (...args: any[]) => unknown) =>
    env.registerFunction(signature, handler);
  const parse = (text: string): UrlValue | undefined => {
    if (text.startsWith("/") && URL.canParse(text, "http://h"))
      return new UrlValue(new URL(text, "http://h"), true);
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) && URL.canParse(text)
      ? new UrlValue(new URL(text), false)
      : undefined;
  };
  add("url(string): URL", (text: string) => {
    const url = parse(text);
    if (!url)
      throw new Error(
        `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
      );
    return url;
  });
  add("isURL(string): bool", (text: string) => parse(text) !== undefined);
  add("URL.getScheme(): string", ({ url, isPath }: UrlValue) => (isPath ? "" : url.protocol.slice(0, -1)));
  add("URL.getHost(): string", ({ url, isPath }: UrlValue) => (isPath ? "" : url.host));
  add("URL.getHostname(): string", ({ url, isPath }: UrlValue) =>
    isPath ? "" : url.hostname.replace(/^\[|\]$/g, ""),
  );
  add("URL.getPort(): string", ({ url }: UrlValue) => url.port);
  add("URL.getEscapedPath(): string", ({ url }: UrlValue) => url.pathname);
  add("URL.getQuery(): map", ({ url }: UrlValue) =>
    Object.fromEntries(
      [...new Set(url.searchParams.keys())].map((key) => [key, url.searchParams.getAll(key)]),
    ),
  );
}

export function addAddresses(env: Environment): void {
  env.registerType("IP", IpValue).registerType("CIDR", CidrValue);
  const add = (signature: string, handler: (...args: any[]) => unknown) =>
    env.registerFunction(signature, handler);
  add("ip(string): IP", (text: string) => {
    if (!isIP(text))
      throw new Error(`IP Address ${JSON.stringify(text)} parse error during conversion from string`);
    return new IpValue(text);
  });
  add("isIP(string): bool", (text: string) => isIP(text) !== 0);
  add("IP.family(): int", ({ text }: IpValue) => BigInt(isIP(text)));
  add("string(IP): string", ({ text }: IpValue) => text);
  const parse = (text: string) => {
    if (!isCidr(text))
      throw new Error(
        `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)})`,
      );
    return new CidrValue(text);
  };
  add("cidr(string): CIDR", parse);
  add("isCIDR(string): bool", isCidr);
  add("CIDR.ip(): IP", ({ text }: CidrValue) => new IpValue(text.split("/")[0] as string));
  add("CIDR.prefixLength(): int", ({ text }: CidrValue) => BigInt(text.split("/")[1] as string));
  add("CIDR.containsIP(string): bool", ({ text }: CidrValue, ip: string) => contains(text, ip));
  add("CIDR.containsIP(IP): bool", ({ text }: CidrValue, ip: IpValue) => contains(text, ip.text));
  add("string(CIDR): string", ({ text }: CidrValue) => text);
}

function contains(cidr: string, ip: string): boolean {
  const [network = "", prefix] = cidr.split("/");
  const [ours, theirs] = [isIP(network), isIP(ip)];
  if (theirs === 0)
    throw new Error(`IP Address ${JSON.stringify(ip)} parse error during conversion from string`);
  if (ours !== theirs) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), ours === 4 ? "ipv4" : "ipv6");
  return list.check(ip, ours === 4 ? "ipv4" : "ipv6");
}
