import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, sep } from "node:path";
import { go } from "@sluice/gotemplate";
import type { Chart, Dependency, Lock } from "../chart.ts";
import { ChartError } from "../errors.ts";
import { constraintOf } from "./constraint.ts";
import { loadArchive, loadChart, loadDirectory, type PathOptions } from "./load.ts";
import { checkLock, goTime, lockDigest, writeLock } from "./lock.ts";
import { packageChart } from "./package.ts";
import {
  addressed,
  type DependencyFetcher,
  fetchDependency,
  type LocalCharts,
  resolveDependencies,
} from "./resolve.ts";

export type DependencyOptions = PathOptions & {
  /** What a new lock file says about when it was made. */
  now: Date;
};

/** What was done: the lock that holds now, and the files in charts/ that were written and removed. */
export type DependencyOutcome = { lock?: Lock; saved: string[]; removed: string[] };

/**
 * Gets the dependencies of the chart in a directory into its charts/, in the latest versions that fit, and writes Chart.lock if
 * they differ from it. `helm dependency update`: Manager.Update of Helm's pkg/downloader.
 *
 * Everything is fetched and checked before anything in the directory changes.
 * @throws {ChartError} in Helm's words, and whatever the fetcher throws
 */
export async function updateDependencies(
  dir: string,
  fetcher: DependencyFetcher,
  options: DependencyOptions,
): Promise<DependencyOutcome> {
  const chart = loadDirectory(dir, options);
  if (!chart.metadata.dependencies) return { saved: [], removed: [] };
  const asked = addressed(chart.metadata.dependencies, fetcher);
  const found = await resolveDependencies(asked, localCharts(dir, options), fetcher);
  const { saved, removed, dependencies } = await download(dir, found, fetcher, options);
  const digest = lockDigest(asked, dependencies);
  if (chart.lock?.digest === digest) return { lock: chart.lock, saved, removed };
  const lock = { generated: goTime(options.now.toISOString()), digest, dependencies };
  saveLock(dir, chart, lock);
  return { lock, saved, removed };
}

/**
 * Gets the dependencies of a chart in the versions of its Chart.lock, or those that fit if it has none.
 * `helm dependency build`: Manager.Build of Helm's pkg/downloader.
 * @throws {ChartError} in Helm's words, and whatever the fetcher throws
 */
export async function buildDependencies(
  dir: string,
  fetcher: DependencyFetcher,
  options: DependencyOptions,
): Promise<DependencyOutcome> {
  const chart = loadDirectory(dir, options);
  if (!chart.lock) return updateDependencies(dir, fetcher, options);
  checkLock(chart, chart.metadata.dependencies && addressed(chart.metadata.dependencies, fetcher));
  const { saved, removed } = await download(dir, chart.lock.dependencies, fetcher, options);
  return { lock: chart.lock, saved, removed };
}

const bad = (words: string) => new ChartError("bad-dependencies", words);

/** A path of a dependency from the chart's directory, or from the root of the file system. */
const placeOf = (dir: string, path: string): string => (path.startsWith("/") ? path : join(dir, path));

function loadLocal(dir: string, path: string, options: PathOptions): Chart {
  const place = placeOf(dir, path);
  if (!existsSync(place)) throw bad(`directory ${place} not found`);
  return loadDirectory(place, options);
}

const localCharts = (dir: string, options: PathOptions): LocalCharts => ({
  expectWithin: (name) => {
    const place = join(dir, "charts", name);
    if (!existsSync(place)) throw bad(`directory ${place} not found`);
  },
  version: (path) => loadLocal(dir, path, options).metadata.version!,
});

type Archive = { file: string; bytes: Uint8Array };

async function download(
  dir: string,
  wanted: readonly Dependency[],
  fetcher: DependencyFetcher,
  options: PathOptions,
): Promise<{ saved: string[]; removed: string[]; dependencies: Dependency[] }> {
  const charts = chartsOf(dir, options.root);
  const archives: Archive[] = [];
  const dependencies: Dependency[] = [];
  for (const one of wanted) {
    const { archive, version } = await obtain(dir, one, fetcher, options);
    if (archive) archives.push(archive);
    dependencies.push({ ...one, version });
  }
  const saved = save(dir, charts, archives, options);
  const local = new Set(wanted.filter((one) => !one.repository).map(({ name }) => name));
  return { saved, removed: removeOutdated(charts, new Set(saved), local, options), dependencies };
}

/** The archive of a dependency and its version; no archive for one that has no repository, which is checked only. */
async function obtain(
  dir: string,
  one: Dependency,
  fetcher: DependencyFetcher,
  options: PathOptions,
): Promise<{ archive?: Archive; version?: string }> {
  const { name = "", repository = "", version = "" } = one;
  if (repository !== "" && !repository.startsWith("file://"))
    return { archive: await fetchDependency(one, fetcher), version };
  const constraint = constraintOf(
    version,
    "bad-dependencies",
    `dependency ${name} has an invalid version/constraint format: `,
  );
  if (repository === "") {
    const found = loadLocal(dir, `charts/${name}`, options).metadata.version!;
    if (constraint.test(found)) return { version };
    throw bad(`dependency ${name} at version ${found} does not satisfy the constraint ${version}`);
  }
  const chart = loadLocal(dir, repository.slice("file://".length), options);
  if (!constraint.test(chart.metadata.version!))
    throw bad(`can't get a valid version for dependency ${name}`);
  const { name: file, bytes } = packageChart(chart, { incomplete: true });
  return { archive: { file, bytes }, version: chart.metadata.version };
}

/** The directory charts/, made if it is not there. It must not lead out of the root. */
function chartsOf(dir: string, root?: string): string {
  const charts = join(dir, "charts");
  mkdirSync(charts, { recursive: true, mode: 0o755 });
  if (root !== undefined && !`${realpathSync(charts)}${sep}`.startsWith(`${realpathSync(root)}${sep}`))
    throw bad(`${charts} leads out of ${root}; charts must not link to files elsewhere`);
  return charts;
}

/** Writes all archives beside charts/ and moves them there when all are complete and are charts. */
function save(dir: string, charts: string, archives: readonly Archive[], options: PathOptions): string[] {
  const staging = mkdtempSync(join(dir, "tmpcharts-"));
  try {
    for (const { file, bytes } of archives) {
      loadChecked(file, bytes, options);
      writeFileSync(join(staging, file), bytes, { mode: 0o644 });
    }
    const files = [...new Set(archives.map(({ file }) => file))];
    for (const file of files) renameSync(join(staging, file), join(charts, file));
    return files;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function loadChecked(file: string, bytes: Uint8Array, options: PathOptions): void {
  try {
    loadArchive(bytes, options);
  } catch (thrown) {
    if (!(thrown instanceof ChartError)) throw thrown;
    throw new ChartError(thrown.code, `${file} is no chart: ${thrown.message}`, { file, cause: thrown });
  }
}

/** Removes archives that are not wanted any more; what cannot be read as a chart stays, and so do local ones. */
function removeOutdated(
  charts: string,
  wanted: ReadonlySet<string>,
  local: ReadonlySet<string | undefined>,
  options: PathOptions,
): string[] {
  const files = readdirSync(charts, { withFileTypes: true }).filter(
    (entry) => entry.isFile() && !wanted.has(entry.name),
  );
  const outdated = files
    .map(({ name }) => name)
    .filter((name) => {
      try {
        return !local.has(loadChart(join(charts, name), options).metadata.name);
      } catch {
        options.warn?.(`Could not verify ${join(charts, name)} for deletion (Skipping)`);
        return false;
      }
    });
  for (const name of outdated) rmSync(join(charts, name));
  return outdated;
}

/** Writes the lock file under another name and moves it, so that nobody sees half of it. */
function saveLock(dir: string, { metadata }: Chart, lock: Lock): void {
  const name = metadata.apiVersion === "v1" ? "requirements.lock" : "Chart.lock";
  const file = join(dir, name);
  if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink())
    throw bad(`the ${name} file is a symlink to ${go.quote(readlinkSync(file))}`);
  const staging = mkdtempSync(join(dir, "tmplock-"));
  try {
    writeFileSync(join(staging, name), writeLock(lock), { mode: 0o644 });
    renameSync(join(staging, name), file);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}
