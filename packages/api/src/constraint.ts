import { compareVersions, tryParseVersion, type Version } from "./semver.ts";

/** A range of versions. */
export type Constraint = {
  original: string;
  /** Whether `version` lies in the range. A text that is not a version does not. */
  test(version: string | Version): boolean;
};

/** One comparison of a range, with how much of its version was written out. */
type Term = { operator: string; version: Version; wild?: "all" | "minor" | "patch" };

const part = "[0-9xX*|]+";
const identifiers = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
const pattern = (capture: "" | "?:") =>
  `v?(${capture}${part})(${capture}\\.${part})?(${capture}\\.${part})?` +
  `(${capture}-${identifiers})?(?:\\+${identifiers})?`;

const space = "[\\t\\n\\f\\r ]";
const operators = "=>|>=|=<|<=|!=|~>|=|>|<|~|\\^|";
const termForm = new RegExp(`(${operators})${space}*${pattern("")}`, "y");
const separator = new RegExp(`${space}*,${space}*|${space}+|$`, "y");
const hyphenRange = new RegExp(
  `${space}*(${pattern("?:")})${space}+-${space}+(${pattern("?:")})${space}*`,
  "g",
);

// No range that means something is anywhere near; it bounds the work of `hyphenRange`.
const longest = 1024;

/**
 * Reads a range as Masterminds/semver v3 does: comparisons (`=` `!=` `>` `<` `>=` `=>` `<=` `=<`), `~1.2` (also
 * `~>`), `^1.2`, wildcards (`1.x`, `*`), hyphens (`1.2 - 1.4`), joined by commas or spaces (and) and `||` (or).
 * Prereleases match only where a term of the same alternative has a prerelease itself, `>=1.2.0-0` for instance.
 * @throws {Error} if `text` is not a range.
 */
export function parseConstraint(text: string): Constraint {
  const fail = () =>
    new Error(
      `"${text}" is not a range of versions; write it like ">=1.2.0 <2.0.0", "~1.2" or "^1.0.0 || ^2.0.0"`,
    );
  if (text.length > longest) throw fail();
  const written = text.replace(hyphenRange, (_, from, to) => `>= ${from}, <= ${to} `);
  const alternatives = written.split("||").map((alternative) => {
    const terms = readTerms(alternative);
    if (!terms) throw fail();
    return terms;
  });
  return {
    original: text,
    test: (version) => {
      const parsed = typeof version === "string" ? tryParseVersion(version) : version;
      return parsed !== undefined && alternatives.some((terms) => holds(terms, parsed));
    },
  };
}

/**
 * The latest of `versions` that lies in `range`; the first of several that are equal. Texts that are not
 * versions are passed over.
 * @returns the version as it was written, or undefined if there is none.
 * @throws {Error} if `range` is not a range.
 */
export function latest(versions: Iterable<string>, range: string | Constraint): string | undefined {
  const constraint = typeof range === "string" ? parseConstraint(range) : range;
  let best: Version | undefined;
  for (const text of versions) {
    const version = tryParseVersion(text);
    if (!version || !constraint.test(version)) continue;
    if (!best || compareVersions(version, best) > 0) best = version;
  }
  return best?.original;
}

/** The terms of one alternative, or undefined if it is malformed. At least one; commas only between two. */
function readTerms(text: string): Term[] | undefined {
  const body = text.replace(/[\t\n\f\r ]+$/, "");
  let at = body.length - body.replace(/^[\t\n\f\r ]+/, "").length;
  const terms: Term[] = [];
  do {
    termForm.lastIndex = at;
    const match = termForm.exec(body);
    const term = match && readTerm(match);
    if (!term) return undefined;
    terms.push(term);
    separator.lastIndex = termForm.lastIndex;
    const gap = separator.exec(body);
    if (!gap) return undefined;
    at = separator.lastIndex;
    if (gap[0] === "") return terms;
  } while (at <= body.length);
  return undefined;
}

function readTerm([, operator = "", major = "", minor = "", patch = "", prerelease = ""]: RegExpExecArray):
  | Term
  | undefined {
  if (isWild(major)) return termOf(operator, `0.0.0${prerelease}`, "all");
  if (minor === "" || isWild(minor.slice(1))) return termOf(operator, `${major}.0.0${prerelease}`, "minor");
  if (patch === "" || isWild(patch.slice(1)))
    return termOf(operator, `${major}${minor}.0${prerelease}`, "patch");
  return termOf(operator, `${major}${minor}${patch}${prerelease}`);
}

function termOf(operator: string, text: string, wild?: Term["wild"]): Term | undefined {
  const version = tryParseVersion(text);
  return version && { operator, version, wild };
}

const isWild = (part: string) => part === "x" || part === "X" || part === "*";

function holds(terms: Term[], version: Version): boolean {
  const wantsPrereleases = terms.some((term) => term.version.prerelease !== "");
  if (version.prerelease !== "" && !wantsPrereleases) return false;
  return terms.every((term) => termHolds(term, version));
}

function termHolds(term: Term, version: Version): boolean {
  switch (term.operator) {
    case "":
    case "=":
      return term.wild ? isNear(term, version) : compareVersions(version, term.version) === 0;
    case "!=":
      return isOther(term, version);
    case ">":
      return isAfter(term, version);
    case ">=":
    case "=>":
      return compareVersions(version, term.version) >= 0;
    case "<":
      return compareVersions(version, term.version) < 0;
    case "<=":
    case "=<":
      return isUpTo(term, version);
    case "~":
    case "~>":
      return isNear(term, version);
    default:
      return isCompatible(term, version);
  }
}

/** `~`: from the version on, within its minor version, or its major one if the minor is wild. */
function isNear({ version: base, wild }: Term, version: Version): boolean {
  if (compareVersions(version, base) < 0) return false;
  const zero = base.major === 0n && base.minor === 0n && base.patch === 0n;
  // ~0.0.0 is anything, not only what it says: constraintTilde in Masterminds' constraints.go. `*` is read so.
  if (zero && wild !== "minor" && wild !== "patch") return true;
  return version.major === base.major && (version.minor === base.minor || wild === "minor");
}

/** `^`: from the version on, up to the next change of its first part that is not zero. */
function isCompatible({ version: base, wild }: Term, version: Version): boolean {
  if (compareVersions(version, base) < 0) return false;
  if (base.major > 0n || wild === "minor") return version.major === base.major;
  if (version.major > 0n) return false;
  if (base.minor > 0n || wild === "patch") return version.minor === base.minor;
  return version.minor === 0n && version.patch === base.patch;
}

/** `>`: a wild part must be passed as a whole, so >11 begins at 12.0.0. */
function isAfter({ version: base, wild }: Term, version: Version): boolean {
  if (wild === "minor") return version.major > base.major;
  if (wild === "patch") {
    return version.major > base.major || (version.major === base.major && version.minor > base.minor);
  }
  return compareVersions(version, base) > 0;
}

/** `<=`: a wild part is in as a whole, so <=11 ends before 12.0.0. */
function isUpTo({ version: base, wild }: Term, version: Version): boolean {
  if (!wild) return compareVersions(version, base) <= 0;
  if (version.major !== base.major) return version.major < base.major;
  return wild === "minor" || version.minor <= base.minor;
}

/** `!=`: with a wild part, nothing of what it stands for. */
function isOther({ version: base, wild }: Term, version: Version): boolean {
  if (!wild) return compareVersions(version, base) !== 0;
  if (version.major !== base.major) return true;
  if (wild === "minor") return false;
  if (version.minor !== base.minor) return true;
  if (wild === "patch")
    return (version.prerelease || base.prerelease) !== "" && version.prerelease !== base.prerelease;
  return compareVersions(version, base) !== 0;
}
