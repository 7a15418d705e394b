/** Charts of repositories, over HTTP and in registries. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { go } from "@sluice/gotemplate";
import {
  archiveUrl,
  type ChartVersion,
  type RepositoryIndex,
  readIndex,
  selectVersion,
  type Warn,
} from "@sluice/helm";
import { parse } from "@sluice/yaml";
import { addressOf, download, type Remote } from "./download.ts";
import type { ChartOptions } from "./flags.ts";
import { isRegistry, withRegistry } from "./registry.ts";
import { HelmError } from "./report.ts";

/** How repositories are asked. */
export type Fetching = { signal: AbortSignal; warn: Warn; env: Readonly<Record<string, string | undefined>> };

/** A repository, as repositories.yaml of `helm repo add` lists it. */
export type Repository = Remote & { name: string; url: string };

/** An archive, and what vouches for it. */
export type Fetched = {
  bytes: Buffer;
  /** As the archive is called in its provenance file. */
  fileName: string;
  address: string;
  provenance: { kind: "none" } | { kind: "there"; data: Buffer } | { kind: "missing"; because: string };
};

/** What is fetched, and who hears of charts that were pulled from registries. */
export type Wish = { provenance: boolean; say(line: string): void };

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
  const [repository, chart] = splitOnce(name, "/");
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
  const bytes = await download(url, { ...remote, signal, env, what: "chart" });
  return {
    bytes,
    fileName: basename(new URL(url).pathname),
    address: url,
    provenance: wish.provenance ? await provenanceOf(url, { ...remote, signal, env }) : { kind: "none" },
  };
}

async function provenanceOf(
  url: string,
  remote: Remote & Pick<Fetching, "signal" | "env">,
): Promise<Fetched["provenance"]> {
  try {
    return { kind: "there", data: await download(`${url}.prov`, { ...remote, what: "provenance" }) };
  } catch (thrown) {
    if (remote.signal.aborted) throw thrown;
    return { kind: "missing", because: (thrown as Error).message };
  }
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

/** Where Helm's own configuration lies. */
export const helmConfig = (env: Fetching["env"]): string =>
  env["HELM_CONFIG_HOME"] || join(env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "helm");

/** The repositories that `helm repo add` has added on this machine. */
export function knownRepositories(env: Fetching["env"]): Repository[] {
  const file = env["HELM_REPOSITORY_CONFIG"] || join(helmConfig(env), "repositories.yaml");
  if (!existsSync(file)) return [];
  const { repositories } = (parse(readFileSync(file, "utf8"), { file }) ?? {}) as { repositories?: Listed[] };
  return (repositories ?? []).map((each) => ({
    name: each.name ?? "",
    url: each.url ?? "",
    username: each.username,
    password: each.password,
    caFile: each.caFile,
    certFile: each.certFile,
    keyFile: each.keyFile,
    insecureSkipTlsVerify: each.insecure_skip_tls_verify,
    passCredentials: each.pass_credentials_all,
  }));
}

type Listed = {
  name?: string;
  url?: string;
  username?: string;
  password?: string;
  caFile?: string;
  certFile?: string;
  keyFile?: string;
  insecure_skip_tls_verify?: boolean;
  pass_credentials_all?: boolean;
};

function splitOnce(text: string, by: string): [string, string | undefined] {
  const at = text.indexOf(by);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
