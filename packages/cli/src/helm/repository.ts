/** Charts of repositories, over HTTP and in registries. */
import { basename } from "node:path";
import { go } from "@sluice/gotemplate";
import {
  archiveUrl,
  type ChartVersion,
  type RepositoryIndex,
  readIndex,
  selectVersion,
  type Warn,
} from "@sluice/helm";
import { knownRepositories } from "./configuration.ts";
import { addressOf, download, type Remote } from "./download.ts";
import { type Fetched, type Fetching, provenanceBy, type Wish } from "./fetched.ts";
import type { ChartOptions } from "./flags.ts";
import { isRegistry, withRegistry } from "./registry.ts";
import { HelmError } from "./report.ts";

/**
 * Fetches the archive of a chart: by its address, of the repository `--repo`, or as NAME/CHART of a repository that
 * `helm repo add` has added.
 * @throws {HelmError} in Helm's words
 */
export async function fetchChart(
  name: string,
  options: ChartOptions,
  fetching: Fetching,
  wish: Wish,
): Promise<Fetched> {
  const { version } = options;
  if (options.repo !== undefined) {
    const remote = { ...options, credentialsFor: options.repo };
    const index = await openIndex(options.repo, remote, fetching);
    const url = addressIn(index, { url: options.repo, name, version }, fetching.warn);
    return fetchArchive(url, remote, fetching, wish);
  }
  if (isRegistry(name))
    return withRegistry(options, fetching, wish.say, (registry) =>
      registry.pull(name, version, wish.provenance),
    );
  if (/^https?:\/\//.test(name)) return fetchArchive(name, options, fetching, wish);
  const [, repository, chart] = /^([^/]*)\/(.*)$/s.exec(name) ?? [];
  if (chart === undefined)
    throw new HelmError(`non-absolute URLs should be in form of repo_name/path_to_chart, got: ${name}`);
  const known = knownRepositories(fetching.env).find((each) => each.name === repository);
  if (!known) throw new HelmError(`repo ${repository} not found`);
  const remote = { ...known, credentialsFor: known.url };
  const index = await openIndex(known.url, remote, fetching);
  const url = addressIn(index, { url: known.url, name: chart, version }, fetching.warn);
  return fetchArchive(url, remote, fetching, wish);
}

/** Fetches the archive at an address that an index names; some name those of registries. */
export async function fetchArchive(
  url: string,
  remote: Remote,
  { signal, env }: Fetching,
  wish: Wish,
): Promise<Fetched> {
  if (isRegistry(url)) {
    // What identifies us at a repository is for its host only.
    const { plainHttp, caFile, insecureSkipTlsVerify, registryConfig } = remote;
    const own = { plainHttp, caFile, insecureSkipTlsVerify, registryConfig };
    return withRegistry(own, { signal, env }, wish.say, (registry) =>
      registry.pull(url, undefined, wish.provenance),
    );
  }
  const from = { ...remote, signal, env };
  const bytes = await download(url, { ...from, what: "chart" });
  const prov = () => download(`${url}.prov`, { ...from, what: "provenance" });
  return {
    bytes,
    fileName: basename(new URL(url).pathname),
    address: url,
    provenance: await provenanceBy(prov, wish, signal),
  };
}

/** Fetches and reads the index of a repository. @throws {HelmError} */
export async function openIndex(
  url: string,
  remote: Remote,
  { signal, env }: Fetching,
): Promise<RepositoryIndex> {
  const address = addressOf(url);
  address.pathname = `${address.pathname.replace(/\/$/, "")}/index.yaml`;
  try {
    return await readIndex([await download(address.href, { ...remote, signal, env, what: "index" })], {
      source: url,
    });
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const why = (thrown as Error).message;
    throw new HelmError(
      `looks like ${go.quote(url)} is not a valid chart repository or cannot be reached: ${why}`,
      { cause: thrown },
    );
  }
}

/** Where the archive of a chart's version lies. @throws {HelmError} */
export function addressIn(
  index: RepositoryIndex,
  { url, name, version }: { url: string; name: string; version?: string },
  warn: Warn,
): string {
  const what = `chart ${go.quote(name)}${version ? ` version ${go.quote(version)}` : ""}`;
  let found: ChartVersion;
  try {
    found = selectVersion(index, name, version, warn);
  } catch (thrown) {
    throw new HelmError(`${what} not found in ${url} repository`, { cause: thrown });
  }
  const [first] = found.urls;
  if (first === undefined) throw new HelmError(`${what} has no downloadable URLs`);
  return archiveUrl(url, first);
}
