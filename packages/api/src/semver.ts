/**
 * Semantic versions and ranges as Masterminds/semver v3 takes them, which is what Helm and Flux use.
 * It differs from npm's semver in grammar (commas, `!=`, `=>`, `v1.2`) and in when prereleases match.
 */

/** A version that was read; compare with `compareVersions`. */
export type Version = {
  /** The text it was read from. */
  original: string;
  /** bigint, as the parts may fill 64 bits (dates and build numbers do get long). */
  major: bigint;
  minor: bigint;
  patch: bigint;
  /** What follows the `-`, or "". */
  prerelease: string;
  /** What follows the `+`, or ""; it takes no part in comparisons. */
  metadata: string;
};

const largest = 2n ** 64n - 1n;
const identifiers = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
const versionForm = new RegExp(
  `^v?(\\d+)(?:\\.(\\d+))?(?:\\.(\\d+))?(?:-(${identifiers}))?(?:\\+(${identifiers}))?$`,
);
const strictForm = /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:[-+]|$)/;

/**
 * Reads a version leniently: `v1.2.3`, `1.2`, `1` and `01.2.3` are fine. A numeric part of a prerelease must
 * not begin with a zero, and no number may exceed 64 bits.
 * @returns undefined if `text` is not a version.
 */
export function tryParseVersion(text: string): Version | undefined {
  const match = versionForm.exec(text);
  if (!match) return undefined;
  const [, major, minor = "0", patch = "0", prerelease = "", metadata = ""] = match as unknown as string[];
  if (prerelease.split(".").some((part) => /^0\d+$/.test(part))) return undefined;
  const version = { original: text, major: BigInt(major!), minor: BigInt(minor), patch: BigInt(patch) };
  const tooLarge = [version.major, version.minor, version.patch].some((number) => number > largest);
  return tooLarge ? undefined : { ...version, prerelease, metadata };
}

/**
 * Reads a version leniently, as `tryParseVersion` does.
 * @throws {Error} if `text` is not a version.
 */
export function parseVersion(text: string): Version {
  const version = tryParseVersion(text);
  if (!version) throw new Error(`"${text}" is not a semantic version; write it like 1.2.3 or v1.2.3-rc.1`);
  return version;
}

/** Whether `text` is a version by the letter of semver.org: three parts, no `v`, no leading zeros. */
export function isStrictVersion(text: string): boolean {
  return strictForm.test(text) && tryParseVersion(text) !== undefined;
}

/** Writes a version in full: `v1.2` as `1.2.0`. */
export function formatVersion({ major, minor, patch, prerelease, metadata }: Version): string {
  return `${major}.${minor}.${patch}${prerelease && `-${prerelease}`}${metadata && `+${metadata}`}`;
}

/** Negative, zero or positive as `a` is before, as old as, or after `b`; build metadata does not count. */
export function compareVersions(a: Version, b: Version): number {
  return (
    compare(a.major, b.major) ||
    compare(a.minor, b.minor) ||
    compare(a.patch, b.patch) ||
    comparePrereleases(a.prerelease, b.prerelease)
  );
}

function compare<T extends bigint | string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A version without a prerelease comes after those with one. */
function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0;
  if (a === "" || b === "") return a === "" ? 1 : -1;
  const [left, right] = [a.split("."), b.split(".")];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const order = compareIdentifiers(left[index], right[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Fewer before more, numbers before words, numbers by value, words by code unit. */
function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) return compare(x, y);
  if (x === undefined && y === undefined) return compare(a, b);
  return x === undefined ? 1 : -1;
}

function numberOf(identifier: string): bigint | undefined {
  if (!/^\d+$/.test(identifier)) return undefined;
  const number = BigInt(identifier);
  return number > largest ? undefined : number;
}
