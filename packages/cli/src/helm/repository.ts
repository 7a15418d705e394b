/** Charts of repositories over HTTP. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
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
import { download, type Remote } from "./download.ts";
import type { ChartOptions } from "./flags.ts";
import { HelmError } from "./report.ts";

/** How repositories are asked. */
export type Fetching = { signal: AbortSignal; warn: Warn; env: Readonly<Record<string, string | undefined>> };

/** A repository, as repositories.yaml of `helm repo add` lists it. */
export type Repository = Remote & { name: string; url: string };

/**
 * Fetches the archive of a chart: by its address, of the repository `--repo`, or as NAME/CHART of a repository that
 * `helm repo add` has added.
 * @throws {HelmError} in Helm's words
 */
export async function fetchChart(name: string, options: ChartOptions, fetching: Fetching): Promise<Buffer> {
  const { signal } = fetching;
  if (options.repo !== undefined) {
    const remote = { ...options, credentialsFor: options.repo };
    const index = await openIndex(options.repo, remote, fetching);
    const url = addressIn(index, { url: options.repo, name, version: options.version }, fetching.warn);
    return download(url, { ...remote, signal, what: "chart" });
  }
  if (/^https?:\/\//.test(name)) return download(name, { ...options, signal, what: "chart" });
  const [repository, chart] = splitOnce(name, "/");
  if (chart === undefined)
    throw new HelmError(`non-absolute URLs should be in form of repo_name/path_to_chart, got: ${name}`);
  const known = knownRepositories(fetching.env).find((each) => each.name === repository);
  if (!known) throw new HelmError(`repo ${repository} not found`);
  const remote = { ...known, credentialsFor: known.url };
  const index = await openIndex(known.url, remote, fetching);
  const url = addressIn(index, { url: known.url, name: chart, version: options.version }, fetching.warn);
  return download(url, { ...remote, signal, what: "chart" });
}

/** Fetches and reads the index of a repository. @throws {HelmError} */
export async function openIndex(url: string, remote: Remote, { signal }: Fetching): Promise<RepositoryIndex> {
  const address = new URL(url);
  address.pathname = `${address.pathname.replace(/\/$/, "")}/index.yaml`;
  try {
    return await readIndex([await download(address.href, { ...remote, signal, what: "index" })], {
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

/** The repositories that `helm repo add` has added on this machine. */
export function knownRepositories(env: Fetching["env"]): Repository[] {
  const config =
    env["HELM_CONFIG_HOME"] || join(env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "helm");
  const file = env["HELM_REPOSITORY_CONFIG"] || join(config, "repositories.yaml");
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
