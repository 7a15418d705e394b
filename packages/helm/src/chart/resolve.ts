import { compareVersions, tryParseVersion } from "@sluice/api";
import { go } from "@sluice/gotemplate";
import type { Dependency } from "../chart.ts";
import { ChartError } from "../errors.ts";
import type { RepositoryIndex } from "../repository/index.ts";
import { versionsOfTags } from "../repository/oci.ts";
import { archiveUrl } from "../repository/urls.ts";
import { constraintOf } from "./constraint.ts";

/** How charts are got from elsewhere. What is not there cannot be done, and is said. */
export type DependencyFetcher = {
  /** The index of a repository; all that is needed of it is one chart. */
  index(repository: string, chart: string): Promise<RepositoryIndex>;
  /** An archive at an address that the index of `repository` names. */
  archive(url: string, repository: string): Promise<Uint8Array>;
  /** The address of the repository that is known by a name: for `@name` and `alias:name`. */
  alias?(name: string): string | undefined;
  oci?: {
    /** The tags of `oci://registry/path/chart`. */
    tags(reference: string): Promise<readonly string[]>;
    /** An archive in a version, or in the latest one of a range. */
    pull(reference: string, version: string): Promise<Uint8Array>;
  };
};

/** What is known of the charts that need no fetcher. */
export type LocalCharts = {
  /** Refuses a name that has no directory in charts/. */
  expectWithin(name: string): void;
  /** The version of the chart in the directory that follows `file://`. */
  version(path: string): string;
};

const bad = (words: string) => new ChartError("bad-dependencies", words, { file: "Chart.yaml" });

/** The dependencies with names of repositories replaced by their addresses. @throws {ChartError} in Helm's words */
export function addressed(asked: readonly Dependency[], fetcher: DependencyFetcher): Dependency[] {
  const unknown: string[] = [];
  const found = asked.map((one) => {
    const { repository = "" } = one;
    const alias = /^(?:@|alias:)(.*)$/s.exec(repository)?.[1];
    const url = alias === undefined ? repository : fetcher.alias?.(alias);
    if (url === undefined || !(url === "" || URL.canParse(url))) unknown.push(repository);
    return url === undefined || url === repository ? one : { ...one, repository: url };
  });
  if (unknown.length === 0) return found;
  const words = `no repository definition for ${unknown.join(", ")}. Please add them via 'helm repo add'`;
  const plain = unknown.some((one) => !one.includes("//") && !/^(?:@|alias:)/.test(one));
  throw bad(plain ? words + NOTE : words);
}

const NOTE = `
Note that repositories must be URLs or aliases. For example, to refer to the "example"
repository, use "https://charts.example.com/" or "@example" instead of
"example". Don't forget to add the repo, too ('helm repo add').`;

/**
 * Finds the version of each dependency that is to be used. Resolve of Helm's internal/resolver.
 * @param asked the dependencies, as `addressed` gives them
 * @throws {ChartError} `bad-dependencies` in Helm's words
 */
export async function resolveDependencies(
  asked: readonly Dependency[],
  local: LocalCharts,
  fetcher: DependencyFetcher,
): Promise<Dependency[]> {
  const locked: Dependency[] = [];
  const missing: string[] = [];
  for (const one of asked) {
    const { name = "", repository = "", version = "" } = one;
    const found = await resolveOne({ name, repository, version }, local, fetcher);
    if (found === undefined)
      missing.push(`${go.quote(name)} (repository ${go.quote(repository)}, version ${go.quote(version)})`);
    else locked.push({ name, repository, version: found });
  }
  if (missing.length === 0) return locked;
  throw bad(
    `can't get a valid version for ${missing.length} subchart(s): ${missing.join(", ")}. Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml`,
  );
}

type Wanted = { name: string; repository: string; version: string };

async function resolveOne(
  { name, repository, version }: Wanted,
  local: LocalCharts,
  fetcher: DependencyFetcher,
): Promise<string | undefined> {
  const before = `dependency ${go.quote(name)} has an invalid version/constraint format: `;
  const constraint = constraintOf(version, "bad-dependencies", before);
  if (repository === "") {
    local.expectWithin(name);
    return version;
  }
  if (repository.startsWith("file://")) {
    const found = local.version(repository.slice("file://".length));
    return constraint.test(found) ? found : undefined;
  }
  if (repository.startsWith("oci://")) {
    // A single version is taken as it is, a range is looked for among the tags; if nothing fits, pulling it will tell.
    if (tryParseVersion(version)) return version;
    const reference = `${repository}/${name}`;
    const tags = await ociOf(fetcher, reference).tags(reference);
    return versionsOfTags(tags).find((tag) => constraint.test(tag)) ?? version;
  }
  const versions = (await fetcher.index(repository, name)).versions(name);
  if (!versions) throw bad(`${name} chart not found in repo ${repository}`);
  return versions.find((one) => one.urls.length > 0 && constraint.test(one.version))?.version;
}

function ociOf({ oci }: DependencyFetcher, reference: string): NonNullable<DependencyFetcher["oci"]> {
  if (oci) return oci;
  throw bad(
    `${reference}: charts cannot be fetched from OCI registries here; put the archive into charts/ instead`,
  );
}

/** Names of archives that stay in their directory. */
const ARCHIVE = /^[\w.+-]+\.tgz$/;

/** Fetches the archive of a dependency whose version is settled, with the name of its file. @throws {ChartError} */
export async function fetchDependency(
  { name = "", repository = "", version = "" }: Dependency,
  fetcher: DependencyFetcher,
): Promise<{ file: string; bytes: Uint8Array }> {
  const usual = `${name}-${version}.tgz`;
  const reference = `${repository}/${name}`;
  const pulled = repository.startsWith("oci://")
    ? await ociOf(fetcher, reference).pull(reference, version)
    : undefined;
  // Both come from a chart, and the file is written.
  if (!ARCHIVE.test(usual)) throw bad(`dependency ${go.quote(name)} cannot be stored as ${go.quote(usual)}`);
  if (pulled) return { file: usual, bytes: pulled };
  const versions = (await fetcher.index(repository, name)).versions(name) ?? [];
  const found = versions.find((one) => one.urls.length > 0 && isSame(one.version, version));
  if (!found) {
    const words = `could not find ${name}: chart ${go.quote(name)} version ${go.quote(version)} not found in ${repository} repository`;
    throw bad(words);
  }
  const url = archiveUrl(repository, found.urls[0]!);
  const last = new URL(url).pathname.split("/").at(-1)!;
  return { file: ARCHIVE.test(last) ? last : usual, bytes: await fetcher.archive(url, repository) };
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [tryParseVersion(a), tryParseVersion(b)];
  return left && right ? compareVersions(left, right) === 0 : a === b;
}
