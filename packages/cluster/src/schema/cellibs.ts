/** Kubernetes' CEL libraries for quantities and URLs (apiserver/pkg/cel/library). */
import type { Environment } from "@marcbachmann/cel-js";
import type { Add } from "./celenv.ts";
import { escapedPath, type GoUrl, hostnameOf, parseUrl, portOf, queryOf, uriProblem } from "./gourl.ts";
import { parseQuantity, powerOf, type Quantity } from "./quantity.ts";

class QuantityValue {
  readonly typeName = "kubernetes.Quantity";
  readonly quantity: Quantity;
  /** whether Go keeps it as an integer: that depends on how it was written */
  readonly isWhole: boolean;
  constructor(quantity: Quantity, isWhole: boolean) {
    this.quantity = quantity;
    this.isWhole = isWhole;
  }
}
class UrlValue {
  readonly typeName = "kubernetes.URL";
  readonly text: string;
  readonly url: GoUrl;
  constructor(text: string, url: GoUrl) {
    this.text = text;
    this.url = url;
  }
}

const UNIT = 1_000_000_000n;
const MAX_INT = 2n ** 63n - 1n;
const order = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

export function addQuantities(env: Environment, add: Add): void {
  env.registerType("Quantity", QuantityValue);
  const read = (text: string) => {
    const quantity = parseQuantity(text);
    if (!quantity)
      throw new Error(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      );
    return new QuantityValue(quantity, isWrittenWhole(text));
  };
  const of = (other: QuantityValue | bigint) =>
    typeof other === "bigint" ? other * UNIT : other.quantity.nano;
  const isInteger = (a: QuantityValue) =>
    a.isWhole && of(a) / UNIT <= MAX_INT && of(a) / UNIT >= -MAX_INT - 1n;
  add("quantity(string): Quantity", read);
  add("isQuantity(string): bool", (text: string) => parseQuantity(text) !== undefined);
  add("Quantity.isGreaterThan(Quantity): bool", (a: QuantityValue, b: QuantityValue) => of(a) > of(b));
  add("Quantity.isLessThan(Quantity): bool", (a: QuantityValue, b: QuantityValue) => of(a) < of(b));
  add("Quantity.compareTo(Quantity): int", (a: QuantityValue, b: QuantityValue) =>
    BigInt(order(of(a), of(b))),
  );
  add("sign(Quantity): int", (a: QuantityValue) => BigInt(order(of(a), 0n)));
  add("Quantity.isInteger(): bool", isInteger);
  add("Quantity.asInteger(): int", (a: QuantityValue) => {
    if (!isInteger(a)) throw new Error("cannot convert value to integer");
    return of(a) / UNIT;
  });
  add("Quantity.asApproximateFloat(): double", (a: QuantityValue) => Number(of(a)) / 1e9);
  for (const [name, sign] of [
    ["add", 1n],
    ["sub", -1n],
  ] as const)
    for (const operand of ["Quantity", "int"])
      add(
        `Quantity.${name}(${operand}): Quantity`,
        (a: QuantityValue, b: QuantityValue | bigint) =>
          new QuantityValue(
            { ...a.quantity, nano: of(a) + sign * of(b) },
            a.isWhole && (typeof b === "bigint" || b.isWhole),
          ),
      );
  env.registerOperator("Quantity == Quantity", (a: QuantityValue, b: QuantityValue) => of(a) === of(b));
}

/** True without digits behind the point, once the suffix has moved it: not `1000m`, nor `1.5Gi`. */
function isWrittenWhole(text: string): boolean {
  const [, fraction = "", suffix = ""] = /^[+-]?\d*(?:\.(\d*))?(.*)$/.exec(text)!;
  return (powerOf(suffix) ?? 0) >= fraction.length;
}

export function addUrls(env: Environment, add: Add): void {
  env.registerType("URL", UrlValue);
  add("url(string): URL", (text: string) => {
    try {
      return new UrlValue(text, parseUrl(text));
    } catch (thrown) {
      throw new Error(`URL parse error during conversion from string: ${(thrown as Error).message}`);
    }
  });
  add("isURL(string): bool", (text: string) => uriProblem(text) === undefined);
  const part = (name: string, type: string, take: (url: GoUrl) => unknown) =>
    add(`URL.${name}(): ${type}`, ({ url }: UrlValue) => take(url));
  part("getScheme", "string", ({ scheme }) => scheme);
  part("getHost", "string", ({ host }) => host);
  part("getHostname", "string", hostnameOf);
  part("getPort", "string", portOf);
  part("getEscapedPath", "string", escapedPath);
  part("getQuery", "map<string, list<string>>", queryOf);
  env.registerOperator("URL == URL", (a: UrlValue, b: UrlValue) => a.text === b.text);
}
