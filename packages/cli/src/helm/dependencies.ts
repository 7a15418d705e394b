/** The charts that a chart depends on, fetched as `helm dependency update` and `build` do, with the same words. */
import { statSync } from "node:fs";
import { go } from "@sluice/gotemplate";
import {
  buildDependencies,
  type Dependency,
  type DependencyFetcher,
  loadDirectory,
  type RepositoryIndex,
  updateDependencies,
} from "@sluice/helm";
import type { Shell } from "../shell.ts";
import { knownRepositories, type Repository } from "./configuration.ts";
import type { Remote } from "./download.ts";
import type { Fetched, Fetching } from "./fetched.ts";
import { type ChartRegistry, isRegistry, withRegistry } from "./registry.ts";
import { goWords, HelmError } from "./report.ts";
import { fetchArchive, openIndex } from "./repository.ts";
import { checkFetched, type Strategy } from "./verify.ts";

/** Takes what Helm would print; `helm package -u` prints nothing. */
type Say = (line: string) => void;

/**
 * Brings the dependencies of the chart in `dir` into its charts/.
 * @param how by what Chart.yaml asks for, or by Chart.lock if there is one
 * @throws in Helm's words
 */
export async function bringDependencies(
  dir: string,
  how: "update" | "build",
  options: Remote & { verify?: boolean; keyring?: string },
  shell: Shell,
  say: Say = shell.terminal.out,
): Promise<void> {
  expectDirectory(dir);
  const warn = (line: string) => shell.terminal.err(`${line}\n`);
  const chart = loadDirectory(dir, { warn });
  const locked = how === "build" ? chart.lock?.dependencies : undefined;
  const wanted = locked ?? chart.metadata.dependencies;
  if (!wanted) return;
  const fetching = { ...shell, warn };
  const known = knownRepositories(shell.env);
  const indexes = new Indexes(known, options, fetching);
  if (!locked) await greet(wanted, known, indexes, say);
  const progress = new Progress(wanted, say);
  const bring = how === "build" ? buildDependencies : updateDependencies;
  // `helm dependency build` takes charts without a signature, `update` does not.
  const strategy: Strategy = !options.verify ? "never" : how === "build" ? "if-possible" : "always";
  const from: From = {
    known,
    options,
    fetching,
    strategy,
    shell,
    say,
    downloading: () => progress.downloading(),
  };
  await withRegistry(options, fetching, shell.terminal.out, (registry) =>
    bring(dir, fetcherOf(from, indexes, registry), { now: new Date(shell.now()), warn }),
  ).catch((thrown: Error) => {
    if (progress.started) say(`Save error occurred:  ${thrown.message}\n`);
    throw thrown;
  });
  progress.finish();
}

/** Where charts come from, and what happens on the way. */
type From = {
  known: readonly Repository[];
  options: Remote & { keyring?: string };
  fetching: Fetching;
  strategy: Strategy;
  shell: Shell;
  say: Say;
  downloading(): void;
};

function fetcherOf(from: From, indexes: Indexes, registry: ChartRegistry): DependencyFetcher {
  const { known, options, fetching, strategy, shell, downloading } = from;
  const wish = { provenance: strategy !== "never", say: shell.terminal.out };
  return {
    index: (repository) => indexes.of(repository),
    archive: (url, repository) => {
      downloading();
      return checked(url, fetchArchive(url, remoteFor(repository, known, options), fetching, wish), from);
    },
    oci: {
      tags: (address) => tagsOf(registry, address),
      pull: (address, version) => {
        downloading();
        return checked(address, registry.pull(address, version, wish.provenance), from);
      },
    },
    alias: (name) => known.find((each) => each.name === name)?.url,
  };
}

/** The archive, if its signature is good or not wanted. */
async function checked(address: string, fetching: Promise<Fetched>, from: From): Promise<Buffer> {
  const { strategy, options, shell, say } = from;
  try {
    const fetched = await fetching;
    await checkFetched(fetched, { strategy, name: address, keyring: options.keyring, say }, shell);
    return fetched.bytes;
  } catch (thrown) {
    if (shell.signal.aborted || !isRegistry(address)) throw thrown;
    throw new HelmError(`could not download ${address}: ${(thrown as Error).message}`, { cause: thrown });
  }
}

async function tagsOf(registry: ChartRegistry, address: string): Promise<string[]> {
  try {
    return await registry.tags(address);
  } catch (thrown) {
    const repository = address.slice(0, address.lastIndexOf("/"));
    const words = `could not retrieve list of tags for repository ${repository}: ${(thrown as Error).message}`;
    throw new HelmError(words, { cause: thrown });
  }
}

function expectDirectory(dir: string): void {
  let info: ReturnType<typeof statSync>;
  try {
    info = statSync(dir);
  } catch (thrown) {
    throw new HelmError(`could not find ${dir}: ${goWords(thrown, "stat", dir).message}`);
  }
  if (!info!.isDirectory()) throw new HelmError("only unpacked charts can be updated");
}

/** Each index is fetched once. */
class Indexes {
  readonly #known: readonly Repository[];
  readonly #options: Remote;
  readonly #fetching: Fetching;
  readonly #fetched = new Map<string, Promise<RepositoryIndex>>();

  constructor(known: readonly Repository[], options: Remote, fetching: Fetching) {
    this.#known = known;
    this.#options = options;
    this.#fetching = fetching;
  }

  of(repository: string): Promise<RepositoryIndex> {
    const url = repository.replace(/\/$/, "");
    const before = this.#fetched.get(url);
    if (before) return before;
    const remote = remoteFor(repository, this.#known, this.#options);
    const index = openIndex(repository, remote, this.#fetching);
    index.catch(() => undefined);
    this.#fetched.set(url, index);
    return index;
  }
}

/** How to talk to a repository: as `helm repo add` was told, else as the command line says. */
function remoteFor(url: string, known: readonly Repository[], options: Remote): Remote {
  const same = (other: string) => other.replace(/\/$/, "") === url.replace(/\/$/, "");
  return { ...(known.find((each) => same(each.url)) ?? options), credentialsFor: url };
}

/** What Helm says while it fetches the indexes of repositories. */
async function greet(
  wanted: readonly Dependency[],
  known: readonly Repository[],
  indexes: Indexes,
  say: Say,
): Promise<void> {
  const plain = (url: string) => url.replace(/\/$/, "");
  const managed = new Set(known.map(({ url }) => plain(url)));
  const urls = wanted.map(({ repository = "" }) => repository).filter((url) => /^https?:/.test(url));
  const unmanaged = new Map(urls.filter((url) => !managed.has(plain(url))).map((url) => [plain(url), url]));
  if (unmanaged.size > 0) say("Getting updates for unmanaged Helm repositories...\n");
  await Promise.all([...unmanaged.values()].map((url) => told(go.quote(url), url)));
  if (known.length === 0) return;
  say("Hang tight while we grab the latest from your chart repositories...\n");
  await Promise.all(known.map(({ name, url }) => told(go.quote(name), url, ` (${url})`)));
  say("Update Complete. ⎈Happy Helming!⎈\n");

  async function told(name: string, url: string, more = ""): Promise<void> {
    try {
      await indexes.of(url);
      say(`...Successfully got an update from the ${name} chart repository\n`);
    } catch (thrown) {
      const why = (thrown as Error).cause ?? thrown;
      say(
        `...Unable to get an update from the ${name} chart repository${more}:\n\t${(why as Error).message}\n`,
      );
    }
  }
}

type Line = { text: string; downloads: boolean };

/** What Helm says while it fetches charts: a line for each in the order of the dependencies. */
class Progress {
  readonly #lines: Line[];
  readonly #say: Say;
  readonly #count: number;
  started = false;

  constructor(wanted: readonly Dependency[], say: Say) {
    this.#say = say;
    this.#count = wanted.length;
    const seen = new Set<string>();
    this.#lines = wanted.flatMap(({ name = "", version = "", repository = "" }): Line[] => {
      if (repository.startsWith("file://")) return [];
      if (repository === "")
        return [{ text: `Dependency ${name} did not declare a repository. ${ASSUMING}`, downloads: false }];
      const key = JSON.stringify([name, version, repository]);
      const what = seen.has(key) ? "Already downloaded" : "Downloading";
      seen.add(key);
      return [{ text: `${what} ${name} from repo ${repository}`, downloads: true }];
    });
  }

  downloading(): void {
    this.#start();
    for (let line = this.#lines.shift(); line; line = this.#lines.shift()) {
      this.#say(`${line.text}\n`);
      if (line.downloads) return;
    }
  }

  finish(): void {
    this.#start();
    for (const { text } of this.#lines) this.#say(`${text}\n`);
    this.#say("Deleting outdated charts\n");
  }

  #start(): void {
    if (!this.started) this.#say(`Saving ${this.#count} charts\n`);
    this.started = true;
  }
}

const ASSUMING = "Assuming it exists in the charts directory";
