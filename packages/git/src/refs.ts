import { isStrictVersion, latest } from "@sluice/api";
import { gitError } from "./errors.ts";
import type { Ref, Resolved } from "./types.ts";

/** The refs that a remote showed: full name → object; annotated tags also have a `…^{}` entry with the commit. */
export type Listing = ReadonlyMap<string, string>;

/** What a remote is asked for, after `Ref`'s rules of precedence. */
export type Wanted =
  | { kind: "commit"; commit: string; branch?: string; name?: string }
  | { kind: "name"; name: string }
  | { kind: "semver"; range: string }
  | { kind: "tag"; tag: string }
  | { kind: "branch"; branch: string };

const HEADS = "refs/heads/";
const TAGS = "refs/tags/";
const PEELED = "^{}";
const DEFAULT_BRANCH = "master";

/** Applies the precedence commit > name > semver > tag > branch and checks what is left. Throws `ref-missing`. */
export function wantedOf(ref: Ref): Wanted {
  if (ref.commit) {
    if (!/^[0-9a-f]{40}$/i.test(ref.commit)) {
      throw gitError(
        "ref-missing",
        `commit "${printable(ref.commit)}" is not a full SHA-1: give all 40 digits`,
      );
    }
    const branch = ref.branch && checked("branch", ref.branch);
    return {
      kind: "commit",
      commit: ref.commit.toLowerCase(),
      branch,
      name: ref.name && checked("ref", ref.name),
    };
  }
  if (ref.name) return { kind: "name", name: checked("ref", ref.name) };
  if (ref.semver) return { kind: "semver", range: ref.semver };
  if (ref.tag) return { kind: "tag", tag: checked("tag", ref.tag) };
  return { kind: "branch", branch: checked("branch", ref.branch || DEFAULT_BRANCH) };
}

/** The options of `git ls-remote` that make the server list no more than needed. */
export function listingOptions(wanted: Wanted): string[] {
  switch (wanted.kind) {
    case "branch":
      return ["--heads"];
    case "tag":
    case "semver":
      return ["--tags"];
    case "commit":
      return ["--heads", "--tags"];
    case "name":
      if (wanted.name.startsWith(HEADS)) return ["--heads"];
      return wanted.name.startsWith(TAGS) ? ["--tags"] : [];
  }
}

/** Reads the output of `git ls-remote`. */
export function parseListing(output: string): Listing {
  const refs = new Map<string, string>();
  for (const line of output.split("\n")) {
    const match = /^([0-9a-f]{40}|[0-9a-f]{64})\t(.+)$/.exec(line);
    if (match?.[1] && match[2]) refs.set(match[2], match[1]);
  }
  return refs;
}

/**
 * Finds what is wanted in a listing. A commit is taken at its word here: the listing only shows that its branch exists.
 * Throws `ref-missing`, saying what is there instead.
 */
export function choose(listing: Listing, wanted: Wanted, url: string): Resolved {
  switch (wanted.kind) {
    case "branch": {
      const ref = HEADS + wanted.branch;
      return found(wanted.branch, ref, lookUp(listing, ref, url, "branches", HEADS));
    }
    case "tag": {
      const ref = TAGS + wanted.tag;
      return found(wanted.tag, ref, lookUp(listing, ref, url, "tags", TAGS));
    }
    case "semver": {
      const tag = latestTag(namesUnder(listing, TAGS), wanted.range, url);
      return found(tag, TAGS + tag, lookUp(listing, TAGS + tag, url, "tags", TAGS));
    }
    case "name": {
      const kind = wanted.name.startsWith(TAGS)
        ? "tags"
        : wanted.name.startsWith(HEADS)
          ? "branches"
          : "refs";
      const commit = lookUp(
        listing,
        wanted.name,
        url,
        kind,
        kind === "refs" ? "" : kind === "tags" ? TAGS : HEADS,
      );
      return found(wanted.name, wanted.name.replace(PEELED, ""), commit);
    }
    case "commit": {
      const { commit, branch, name } = wanted;
      if (branch) lookUp(listing, HEADS + branch, url, "branches", HEADS);
      else if (listing.size === 0) throw gitError("ref-missing", `${url}: ${some([], "branches")}`);
      const label = name ?? branch;
      const revision = label ? `${label}@sha1:${commit}` : `sha1:${commit}`;
      return branch ? { commit, ref: HEADS + branch, revision } : { commit, revision };
    }
  }
}

/** The commits at the tips of a listing, by the ref they are under; tags peeled, and for a branch only that branch. */
export function tipsOf(listing: Listing, branch?: string): Map<string, string> {
  const tips = new Map<string, string>();
  for (const [name, object] of listing) {
    if (name.endsWith(PEELED)) continue;
    if (branch === undefined || name === HEADS + branch) tips.set(listing.get(name + PEELED) ?? object, name);
  }
  return tips;
}

/**
 * The highest tag in a range. As in Flux a tag has to be a whole version, with or without "v" (fluxcd/pkg/version). Of
 * tags that differ in their build metadata only, the last in alphabetical order: their dates, which Flux goes by, are
 * not part of a listing.
 */
function latestTag(tags: string[], range: string, url: string): string {
  const versions = tags
    .filter((tag) => isStrictVersion(tag.replace(/^v/, "")))
    .sort()
    .reverse();
  let tag: string | undefined;
  try {
    tag = latest(versions, range);
  } catch (error) {
    throw gitError(
      "ref-missing",
      `semver "${printable(range)}" is not a version range: ${(error as Error).message}`,
    );
  }
  if (tag !== undefined) return tag;
  throw gitError("ref-missing", `${url}: no tag matches semver "${printable(range)}"; ${some(tags, "tags")}`);
}

function found(label: string, ref: string, commit: string): Resolved {
  if (commit.length !== 40) {
    throw gitError("unsupported", `${ref} is a SHA-256 commit: Sluice reads SHA-1 repositories only`);
  }
  return { commit, ref, revision: `${label}@sha1:${commit}` };
}

function lookUp(listing: Listing, ref: string, url: string, kind: string, prefix: string): string {
  const commit = listing.get(ref + PEELED) ?? listing.get(ref);
  if (commit) return commit;
  throw gitError("ref-missing", `${url}: ${ref} does not exist; ${some(namesUnder(listing, prefix), kind)}`);
}

function namesUnder(listing: Listing, prefix: string): string[] {
  const names = [...listing.keys()].filter((name) => name.startsWith(prefix) && !name.endsWith(PEELED));
  return names.map((name) => name.slice(prefix.length));
}

function some(names: string[], kind: string): string {
  if (names.length === 0) return `there are no ${kind}: is the repository empty, or the URL wrong?`;
  const shown = names.slice(0, 10).map(printable).join(", ");
  return `${kind} are ${shown}${names.length > 10 ? ` and ${names.length - 10} more` : ""}`;
}

/** The rules of `git check-ref-format`, and no leading dash. */
function checked(kind: string, name: string): string {
  const full = kind === "ref" ? name.replace(/^(refs\/tags\/.*)\^\{\}$/, "$1") : `x/${name}`;
  const wrong =
    name.startsWith("-") ||
    /[\s\p{Cc}~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(\/|$)/u.test(full) ||
    /^[/.]|[/.]$/.test(full) ||
    full === "@" ||
    name.length > 1024;
  if (wrong) throw gitError("ref-missing", `"${printable(name)}" cannot be the name of a ${kind}`);
  return name;
}

function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "�").slice(0, 200);
}
