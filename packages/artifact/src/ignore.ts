import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { artifactError } from "./errors.ts";
import { compileGlob } from "./glob.ts";
import { limits } from "./limits.ts";

/**
 * Decides what stays out of an artifact. Paths are relative to the packed directory, with `/`.
 * `prunes` says that a directory and everything below it is ignored, so that it need not be read.
 */
export type Ignore = ((relativePath: string, isDirectory: boolean) => boolean) & {
  prunes?: (relativePath: string) => boolean;
};

/** One `.sourceignore` file: the directory that it governs ("" is the root) and what it says. */
export type SourceIgnoreFile = { directory: string; text: string };

type Pattern = {
  domain: string[];
  includes: boolean;
  directoriesOnly: boolean;
  anchored: boolean;
  segments: Segment[];
};
type Segment =
  | { kind: "empty" }
  | { kind: "globstar" }
  | { kind: "never" }
  | { kind: "glob"; test: (name: string) => boolean };

const vcs = [".git/", ".gitignore", ".gitmodules", ".gitattributes"];
const media = ["*.jpg", "*.jpeg", "*.gif", "*.png", "*.wmv", "*.flv", "*.tar.gz", "*.zip"];
const ci = [
  ".github/",
  ".circleci/",
  ".travis.yml",
  ".gitlab-ci.yml",
  "appveyor.yml",
  ".drone.yml",
  "cloudbuild.yaml",
  "codeship-services.yml",
  "codeship-steps.yml",
];
const tools = ["**/.goreleaser.yml", "**/.sops.yaml", "**/.flux.yaml"];

/**
 * Builds the matcher of a source from `spec.ignore` and its `.sourceignore` files. The last pattern that matches
 * decides; `spec` comes after the files. With `defaults` (Git and OCI sources) the VCS files are always excluded
 * first, and the media, CI and tool files are excluded if neither `spec` nor a file has any pattern; without (buckets)
 * only the given patterns count. So does fluxcd/pkg/artifact/storage, SourceIgnoreFilter.
 *
 * Where Flux's matcher differs from git's, Flux is followed, because deployed manifests depend on it: a file may be
 * included again below an excluded directory; `**` counts only as a whole segment; `/**` alone matches nothing.
 */
export function ignoreMatcher(options: {
  spec?: string;
  files?: readonly SourceIgnoreFile[];
  defaults: boolean;
}): Ignore {
  const own = [
    ...(options.files ?? []).flatMap((file) => parsePatterns(file.text, segmentsOf(file.directory))),
    ...parsePatterns(options.spec ?? "", []),
  ];
  if (own.length > limits.maxIgnorePatterns) {
    throw artifactError(
      "too-large",
      `ignore rules: ${own.length} patterns, the limit is ${limits.maxIgnorePatterns}; use fewer, wider patterns`,
    );
  }
  const base = options.defaults ? (own.length > 0 ? vcs : [...vcs, ...media, ...ci, ...tools]) : [];
  const patterns = [...base.map((line) => parsePattern(line, [])), ...own];
  const decidingIndex = (path: string[], isDirectory: boolean) =>
    patterns.findLastIndex((pattern) => patternMatches(pattern, path, isDirectory));
  const ignored = (path: string, isDirectory: boolean) => {
    const deciding = patterns[decidingIndex(segmentsOf(path), isDirectory)];
    return deciding !== undefined && !deciding.includes;
  };
  // A pattern that matches a directory matches all that is below it, so only a later inclusion can bring a file back.
  const prunes = (directory: string) => {
    const path = segmentsOf(directory);
    const deciding = decidingIndex(path, true);
    if (deciding < 0 || patterns[deciding]!.includes) return false;
    return !patterns.slice(deciding + 1).some((later) => later.includes && mayMatchBelow(later, path));
  };
  return Object.assign(ignored, { prunes });
}

/**
 * Reads every `.sourceignore` below `dir`, outer ones first, siblings by name; `.git` directories and symlinks are not
 * entered. Throws `too-large` for a file of more than 1 MiB.
 */
export async function readSourceIgnore(dir: string): Promise<SourceIgnoreFile[]> {
  const found: SourceIgnoreFile[] = [];
  const visit = async (directory: string): Promise<void> => {
    const entries = await readdir(join(dir, directory), { withFileTypes: true });
    if (entries.some((entry) => entry.name === ".sourceignore" && entry.isFile())) {
      found.push({ directory, text: await readIgnoreFile(join(dir, directory, ".sourceignore"), directory) });
    }
    const below = entries.filter((entry) => entry.isDirectory() && entry.name !== ".git");
    for (const name of below.map((entry) => entry.name).sort())
      await visit(directory ? `${directory}/${name}` : name);
  };
  await visit("");
  return found;
}

async function readIgnoreFile(file: string, directory: string): Promise<string> {
  const { size } = await stat(file);
  if (size > limits.maxIgnoreFileBytes) {
    throw artifactError(
      "too-large",
      `${join(directory, ".sourceignore")}: ${size} bytes, the limit is ${limits.maxIgnoreFileBytes}`,
    );
  }
  return await readFile(file, "utf8");
}

const segmentsOf = (path: string): string[] => (path === "" ? [] : path.split("/"));

function parsePatterns(text: string, domain: string[]): Pattern[] {
  return text
    .split("\n")
    .map((line) => line.replace(/\r$/, ""))
    .filter((line) => !line.startsWith("#") && line.trim() !== "")
    .map((line) => parsePattern(line, domain));
}

function parsePattern(line: string, domain: string[]): Pattern {
  const includes = line.startsWith("!");
  let body = includes ? line.slice(1) : line;
  if (!body.endsWith("\\ ")) body = body.replace(/ +$/, "");
  const directoriesOnly = body.endsWith("/");
  if (directoriesOnly) body = body.slice(0, -1);
  const anchored = body.includes("/");
  const segments = anchored ? body.split("/").map(parseSegment) : [globSegment(body)];
  return { domain, includes, directoriesOnly, anchored, segments };
}

function parseSegment(text: string): Segment {
  if (text === "") return { kind: "empty" };
  if (text === "**") return { kind: "globstar" };
  if (text.includes("**")) return { kind: "never" };
  return globSegment(text);
}

const globSegment = (text: string): Segment => ({ kind: "glob", test: compileGlob(text) });

const fits = (segment: Segment | undefined, name: string): boolean =>
  segment?.kind === "glob" && segment.test(name);

function patternMatches(pattern: Pattern, fullPath: string[], isDirectory: boolean): boolean {
  const { domain } = pattern;
  if (fullPath.length <= domain.length || domain.some((name, index) => fullPath[index] !== name))
    return false;
  const path = domain.length === 0 ? fullPath : fullPath.slice(domain.length);
  const end = pattern.anchored
    ? anchoredMatch(pattern.segments, path)
    : path.findIndex((name) => fits(pattern.segments[0], name)) + 1;
  if (end === 0) return false;
  return !(pattern.directoriesOnly && !isDirectory && end === path.length);
}

/** How many names of `path` the segments cover; 0 if they do not match. */
function anchoredMatch(segments: Segment[], path: string[]): number {
  let at = 0;
  let traversing = false;
  let matched = false;
  for (const [index, segment] of segments.entries()) {
    if (segment.kind === "empty") traversing = false;
    else if (segment.kind === "globstar") {
      if (index === segments.length - 1) break;
      traversing = true;
    } else {
      if (traversing) while (at < path.length && !fits(segment, path[at]!)) at++;
      traversing = false;
      if (at >= path.length || !fits(segment, path[at]!)) return 0;
      matched = true;
      at++;
    }
  }
  return matched ? at : 0;
}

/** Whether an inclusion could match something below `directory`: false only if that is certain. */
function mayMatchBelow(pattern: Pattern, directory: string[]): boolean {
  const shared = Math.min(pattern.domain.length, directory.length);
  for (let index = 0; index < shared; index++) if (pattern.domain[index] !== directory[index]) return false;
  if (!pattern.anchored) return true;
  let at = pattern.domain.length;
  for (const segment of pattern.segments) {
    if (segment.kind === "empty") continue;
    if (segment.kind === "globstar" || at >= directory.length) return true;
    if (!fits(segment, directory[at]!)) return false;
    at++;
  }
  return true;
}
