/** Versions (`semver("1.2.3")`; apiserver/pkg/cel/library/semverlib.go over blang/semver). */
import type { Environment } from "@marcbachmann/cel-js";
import type { Add } from "./celenv.ts";

type Parts = { numbers: bigint[]; pre: string[] };

class VersionValue {
  readonly typeName = "kubernetes.Semver";
  readonly parts: Parts;
  constructor(parts: Parts) {
    this.parts = parts;
  }
}

export function addVersions(env: Environment, add: Add): void {
  env.registerType("Semver", VersionValue);
  for (const [normalized, lenient] of [
    ["", false],
    [", bool", true],
  ] as const) {
    const read = (text: string, isLenient = lenient) => parse(isLenient ? normalize(text) : text);
    add(`semver(string${normalized}): Semver`, (text, isLenient?) => new VersionValue(read(text, isLenient)));
    add(`isSemver(string${normalized}): bool`, (text, isLenient?) => {
      try {
        return read(text, isLenient) !== undefined;
      } catch {
        return false;
      }
    });
  }
  type Compared = [VersionValue, VersionValue];
  add("Semver.isGreaterThan(Semver): bool", (...[a, b]: Compared) => compare(a.parts, b.parts) > 0);
  add("Semver.isLessThan(Semver): bool", (...[a, b]: Compared) => compare(a.parts, b.parts) < 0);
  add("Semver.compareTo(Semver): int", (...[a, b]: Compared) => BigInt(compare(a.parts, b.parts)));
  env.registerOperator("Semver == Semver", (a: VersionValue, b: VersionValue) => !compare(a.parts, b.parts));
  for (const [i, name] of ["major", "minor", "patch"].entries())
    add(`Semver.${name}(): int`, ({ parts }: VersionValue) => parts.numbers[i]);
}

/** A version without "v" and zeros in front, and with all three numbers. */
function normalize(text: string): string {
  const [major = "", minor, ...rest] = text.replace(/^v/, "").split(".");
  const given = [major, ...(minor === undefined ? [] : [minor]), ...(rest.length ? [rest.join(".")] : [])];
  const parts = given.map((part) =>
    part.length > 1 ? part.replace(/^0+/, "").replace(/^(?!\d)/, "0") : part,
  );
  if (parts.length < 3 && /[+-]/.test(parts.at(-1)!))
    throw new Error("short version cannot contain PreRelease/Build meta data");
  return [...parts, "0", "0"].slice(0, 3).join(".");
}

/** @throws what blang/semver says of a text that is no version */
function parse(text: string): Parts {
  if (text === "") throw new Error("Version string empty");
  const [major, minor, ...rest] = text.split(".");
  if (minor === undefined || rest.length === 0) throw new Error("No Major.Minor.Patch elements found");
  const [, patch = "", pre, build] = /^([^+-]*)(?:-([^+]*))?(?:\+([\s\S]*))?$/.exec(rest.join("."))!;
  const names = ["major", "minor", "patch"];
  const numbers = [major!, minor, patch].map((digits, i) => {
    const name = names[i]!;
    if (!/^\d*$/.test(digits))
      throw new Error(
        `Invalid character(s) found in ${name === "patch" ? "patch" : name} number ${JSON.stringify(digits)}`,
      );
    if (digits.length > 1 && digits.startsWith("0"))
      throw new Error(
        `${name[0]!.toUpperCase()}${name.slice(1)} number must not contain leading zeroes ${JSON.stringify(digits)}`,
      );
    if (digits === "") throw new Error('strconv.ParseUint: parsing "": invalid syntax');
    return BigInt(digits);
  });
  checkBuild(build);
  return { numbers, pre: preRelease(pre) };
}

function preRelease(text: string | undefined): string[] {
  const parts = text === undefined ? [] : text.split(".");
  for (const part of parts) {
    if (part === "") throw new Error("Prerelease is empty");
    if (/^\d+$/.test(part) && part.length > 1 && part.startsWith("0"))
      throw new Error(`Numeric PreRelease version must not contain leading zeroes ${JSON.stringify(part)}`);
    if (!/^[0-9A-Za-z-]+$/.test(part))
      throw new Error(`Invalid character(s) found in prerelease ${JSON.stringify(part)}`);
  }
  return parts;
}

function checkBuild(text: string | undefined): void {
  for (const part of text?.split(".") ?? []) {
    if (part === "") throw new Error("Build meta data is empty");
    if (!/^[0-9A-Za-z-]+$/.test(part))
      throw new Error(`Invalid character(s) found in build meta data ${JSON.stringify(part)}`);
  }
}

const order = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

function compare(a: Parts, b: Parts): number {
  for (const [i, number] of a.numbers.entries())
    if (number !== b.numbers[i]) return order(number, b.numbers[i]!);
  // a version without a pre-release comes after those with one
  if (a.pre.length === 0 || b.pre.length === 0) return order(b.pre.length > 0, a.pre.length > 0);
  for (let i = 0; i < Math.min(a.pre.length, b.pre.length); i++) {
    const [left, right] = [a.pre[i]!, b.pre[i]!];
    if (left === right) continue;
    const [isNumber, isOther] = [/^\d+$/.test(left), /^\d+$/.test(right)];
    if (isNumber && isOther) return order(BigInt(left), BigInt(right));
    return isNumber === isOther ? order(left, right) : isNumber ? -1 : 1;
  }
  return order(a.pre.length, b.pre.length);
}
