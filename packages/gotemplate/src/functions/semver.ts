/** Masterminds/semver: `semver` and `semverCompare`. */
import { compareVersions, formatVersion, parseConstraint, tryParseVersion, type Version } from "@sluice/api";
import { GoError } from "../errors.ts";
import { goQuote } from "../quote.ts";
import { GoObject, type Method, Num, type ObjectType, UINT64, type Value } from "../value.ts";
import { type Functions, fn } from "./define.ts";

const LARGEST = 2n ** 64n - 1n;

class SemVer extends GoObject {
  readonly version: Version;
  constructor(version: Version, type: ObjectType) {
    super(type, fieldsOf(version));
    this.version = version;
  }
}

const fieldsOf = (version: Version): ReadonlyMap<string, Value> =>
  new Map<string, Value>([
    ["major", new Num(version.major, UINT64)],
    ["minor", new Num(version.minor, UINT64)],
    ["patch", new Num(version.patch, UINT64)],
    ["pre", version.prerelease],
    ["metadata", version.metadata],
    ["original", version.original],
  ]);

/** semver.NewVersion. @throws {GoError} in its words */
function newVersion(text: string): Version {
  if (text.length > 256) throw new GoError("version string is too long (max 256 bytes)");
  const version = tryParseVersion(text);
  if (!version) throw new GoError(whyNot(text));
  return version;
}

/** What is wrong with a text that is no version. */
function whyNot(text: string): string {
  const form =
    /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/.exec(
      text,
    );
  if (!form) return "invalid semantic version";
  const huge = form.slice(1, 4).find((part) => part !== undefined && BigInt(part) > LARGEST);
  if (huge !== undefined)
    return `error parsing version segment: strconv.ParseUint: parsing ${goQuote(huge)}: value out of range`;
  return "version segment starts with 0";
}

function compareTo(constraint: string, version: string): boolean {
  let range: ReturnType<typeof parseConstraint>;
  try {
    range = parseConstraint(constraint);
  } catch {
    throw new GoError(`improper constraint: ${goQuote(badAlternative(constraint))}`);
  }
  return range.test(newVersion(version));
}

/** Go names the first alternative that it cannot read, spaces and all. */
function badAlternative(constraint: string): string {
  const parts = constraint.split("||");
  const bad = parts.find((part) => {
    try {
      parseConstraint(part);
      return false;
    } catch {
      return true;
    }
  });
  return bad ?? constraint;
}

const prefixOf = ({ original }: Version): string => (original.startsWith("v") ? "v" : "");

/** A later version; Go gives it by value. */
function changed(version: Version, change: Partial<Version>): SemVer {
  const next = { ...version, ...change };
  return new SemVer({ ...next, original: prefixOf(version) + formatVersion(next) }, VALUE);
}

function incPatch(version: Version): SemVer {
  const patch = version.prerelease === "" ? version.patch + 1n : version.patch;
  return changed(version, { patch, prerelease: "", metadata: "" });
}

const get = (result: string, pick: (version: Version) => Value): Method => ({
  params: [],
  result,
  call: ({ version }: SemVer) => pick(version),
});
const uint = (pick: (version: Version) => bigint): Method =>
  get("uint64", (version) => new Num(pick(version), UINT64));
const versus = (decide: (order: number) => Value): Method => ({
  params: ["any"],
  result: "bool",
  call: (one: SemVer, other: Value) => {
    if (!(other instanceof SemVer))
      throw new GoError("runtime error: invalid memory address or nil pointer dereference");
    return decide(compareVersions(one.version, other.version));
  },
});
const set = (change: (text: string) => Partial<Version>): Method => ({
  params: ["string"],
  result: "semver.Version",
  call: ({ version }: SemVer, text: string) => changed(version, change(text)),
});

function checkedPart(text: string, what: string): string {
  if (text !== "" && !/^[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*$/.test(text))
    throw new GoError(`invalid ${what} string`);
  if (what === "prerelease" && text.split(".").some((part) => /^0\d+$/.test(part)))
    throw new GoError("version segment starts with 0");
  return text;
}

const METHODS = new Map<string, Method>([
  ["Major", uint(({ major }) => major)],
  ["Minor", uint(({ minor }) => minor)],
  ["Patch", uint(({ patch }) => patch)],
  ["Prerelease", get("string", ({ prerelease }) => prerelease)],
  ["Metadata", get("string", ({ metadata }) => metadata)],
  ["Original", get("string", ({ original }) => original)],
  ["String", get("string", formatVersion)],
  ["IncPatch", get("semver.Version", incPatch)],
  [
    "IncMinor",
    get("semver.Version", (version) =>
      changed(version, { minor: version.minor + 1n, patch: 0n, prerelease: "", metadata: "" }),
    ),
  ],
  [
    "IncMajor",
    get("semver.Version", (version) =>
      changed(version, { major: version.major + 1n, minor: 0n, patch: 0n, prerelease: "", metadata: "" }),
    ),
  ],
  ["Compare", versus((order) => BigInt(order))],
  ["LessThan", versus((order) => order < 0)],
  ["LessThanEqual", versus((order) => order <= 0)],
  ["GreaterThan", versus((order) => order > 0)],
  ["GreaterThanEqual", versus((order) => order >= 0)],
  ["Equal", versus((order) => order === 0)],
  ["SetPrerelease", set((text) => ({ prerelease: checkedPart(text, "prerelease") }))],
  ["SetMetadata", set((text) => ({ metadata: checkedPart(text, "metadata") }))],
]);

const shape = (kind: ObjectType["kind"], name: string): ObjectType => ({
  name,
  kind,
  fields: [
    ...["major", "minor", "patch"].map((field) => ({ name: field, type: "uint64", hidden: true })),
    ...["pre", "metadata", "original"].map((field) => ({ name: field, type: "string", hidden: true })),
  ],
  methods: METHODS,
  text: ({ version }: SemVer) => formatVersion(version),
  jsonText: ({ version }: SemVer) => formatVersion(version),
  copy: ({ type }: SemVer) => new SemVer(ZERO, type),
});
const ZERO: Version = { original: "", major: 0n, minor: 0n, patch: 0n, prerelease: "", metadata: "" };
const POINTER = shape("ptr", "*semver.Version");
const VALUE = shape("struct", "semver.Version");

export const semver: Functions = {
  semver: fn("string", (_, text) => new SemVer(newVersion(text), POINTER)),
  semverCompare: fn("string string", (_, constraint, version) => compareTo(constraint, version)),
};
