import { statSync } from "node:fs";
import { compareBytes } from "@sluice/yaml";
import type { Chart, ChartFile, Metadata } from "../chart.ts";
import { ChartError } from "../errors.ts";
import { readValues } from "../values/read.ts";
import { logLine, type Warn } from "../values/warn.ts";
import { readArchive } from "./archive.ts";
import { asChartError, readDirectory, readFileWithin } from "./directory.ts";
import { Budget, limits, type SizeLimits } from "./limits.ts";
import { checkApiVersion, readLock, readMetadata, validateMetadata } from "./metadata.ts";
import { notAnArchive } from "./sniff.ts";

export type LoadOptions = SizeLimits & {
  /** Takes what Helm would print on stderr. */
  warn?: Warn;
};

export type PathOptions = LoadOptions & {
  /** For directories of people one does not trust: links that lead out of this directory are refused. */
  root?: string;
};

/**
 * Loads a chart from a directory or a packed chart, as loader.Load of Helm's pkg/chart/loader does.
 * @throws {ChartError} in Helm's words
 */
export function loadChart(path: string, options: PathOptions = {}): Chart {
  let info: ReturnType<typeof statSync>;
  try {
    info = statSync(path);
  } catch (thrown) {
    throw asChartError(thrown, path);
  }
  return info!.isDirectory() ? loadDirectory(path, options) : loadFile(path, options);
}

/** Loads the chart in a directory, without what its `.helmignore` names. @throws {ChartError} in Helm's words */
export function loadDirectory(dir: string, options: PathOptions = {}): Chart {
  const file = `${dir}/Chart.yaml`;
  const head = readFileWithin(file, limits.maxFileBytes, options.root);
  if (head === undefined) {
    const words = `unable to detect chart at ${file}: open ${file}: no such file or directory`;
    throw new ChartError("bad-metadata", words, { file });
  }
  checkApiVersion(head);
  const budget = new Budget(options);
  return loadFiles(readDirectory(dir, budget, options.root, options.warn), budget, options.warn);
}

function loadFile(path: string, options: PathOptions): Chart {
  const bytes = readFileWithin(path, options.maxBytes ?? limits.maxBytes, options.root) ?? new Uint8Array();
  const problem = notAnArchive(path, bytes);
  if (problem) throw new ChartError("bad-archive", problem, { file: path });
  return loadPacked(bytes, options, `file '${path}'`);
}

/** Loads a packed chart (.tgz), as LoadArchive of Helm's pkg/chart/loader does. @throws {ChartError} in Helm's words */
export function loadArchive(bytes: Uint8Array, options: LoadOptions = {}): Chart {
  return loadPacked(bytes, options, "stream");
}

function loadPacked(bytes: Uint8Array, options: LoadOptions, what: string): Chart {
  const budget = new Budget(options);
  let files: ChartFile[];
  try {
    files = readArchive(bytes, budget);
  } catch (thrown) {
    if (!(thrown instanceof ChartError)) throw thrown;
    const words =
      thrown.message === "gzip: invalid header"
        ? `${what} does not appear to be a valid chart file (details: ${thrown.message})`
        : `unable to load chart archive: ${thrown.message}`;
    throw wrapped(thrown, words);
  }
  const head = files.find((file) => file.name === "Chart.yaml");
  if (!head) throw new ChartError("bad-archive", "unable to detect chart version, no Chart.yaml found");
  checkApiVersion(head.data);
  return loadFiles(files, budget, options.warn);
}

const wrapped = (cause: ChartError, words: string) =>
  new ChartError(cause.code, words, { file: cause.file, line: cause.line, cause });

/** A chart of its files, with the charts within. LoadFiles of Helm's pkg/chart/v2/loader. */
function loadFiles(files: readonly ChartFile[], budget: Budget, warn?: Warn, depth = 0): Chart {
  const parts = new Parts(files, warn);
  for (const file of files) parts.add(file);
  const chart = parts.finish();
  const { name } = chart.metadata;
  const dependencies: Chart[] = [];
  // Helm takes them in any order; this one is the same every time.
  for (const sub of [...parts.subcharts.keys()].sort(compareBytes)) {
    if (sub.startsWith("_") || sub.startsWith(".")) continue;
    if (depth >= limits.maxDepth)
      throw new ChartError("limit", `charts are nested more than ${limits.maxDepth} deep`);
    try {
      const within = filesOfSubchart(sub, parts.subcharts.get(sub)!, name!, budget);
      dependencies.push(loadFiles(within, budget, warn, depth + 1));
    } catch (thrown) {
      if (!(thrown instanceof ChartError) || thrown.message.startsWith("error unpacking subchart tar"))
        throw thrown;
      throw wrapped(thrown, `error unpacking subchart ${sub} in ${name}: ${thrown.message}`);
    }
  }
  return { ...chart, dependencies };
}

/** The files of a chart below `charts/`, which is a directory or an archive. Loose files there are part of no chart. */
function filesOfSubchart(
  sub: string,
  files: readonly ChartFile[],
  parent: string,
  budget: Budget,
): ChartFile[] {
  if (!sub.endsWith(".tgz")) {
    return files
      .filter((file) => file.name.includes("/"))
      .map((file) => ({ ...file, name: file.name.slice(sub.length + 1) }));
  }
  const [file] = files;
  if (file!.name !== sub) {
    const words = `error unpacking subchart tar in ${parent}: expected ${sub}, got ${file!.name}`;
    throw new ChartError("bad-archive", words, { file: `charts/${file!.name}` });
  }
  return readArchive(file!.data, budget);
}

/** What of a chart has been found so far. */
class Parts {
  readonly #raw: readonly ChartFile[];
  readonly #warn?: Warn;
  #metadata?: Metadata;
  readonly #chart: Pick<Chart, "lock" | "schema" | "values"> = { values: Object.create(null) };
  readonly #templates: ChartFile[] = [];
  readonly #files: ChartFile[] = [];
  /** What lies below `charts/`, by its first name, with paths from there. */
  readonly subcharts = new Map<string, ChartFile[]>();

  constructor(raw: readonly ChartFile[], warn?: Warn) {
    this.#raw = raw;
    this.#warn = warn;
    for (const file of raw) {
      if (file.name === "Chart.yaml") this.#metadata = readMetadata(file.name, file.data, this.#metadata);
    }
  }

  add(file: ChartFile): void {
    switch (file.name) {
      case "Chart.yaml":
        return;
      case "Chart.lock":
        this.#chart.lock = readLock(file.name, file.data);
        return;
      case "values.yaml":
        this.#chart.values = readDefaults(file);
        return;
      case "values.schema.json":
        this.#chart.schema = file;
        return;
      case "requirements.yaml": {
        const v1 = this.#metadata?.apiVersion === "v1";
        this.#metadata = readMetadata(file.name, file.data, this.#metadata);
        this.#addOld(file, v1, OLD_DEPENDENCIES);
        return;
      }
      case "requirements.lock":
        this.#chart.lock = readLock(file.name, file.data);
        this.#addOld(file, this.#metadata?.apiVersion === "v1", OLD_LOCK);
        return;
    }
    if (file.name.startsWith("templates/")) this.#templates.push(file);
    else if (file.name.startsWith("charts/") && !file.name.endsWith(".prov")) this.#addWithin(file);
    else this.#files.push(file);
  }

  /** A file that only charts of Helm 2 have. */
  #addOld(file: ChartFile, v1: boolean, words: string): void {
    if (v1) this.#files.push(file);
    else this.#warn?.(logLine("INFO", words));
  }

  #addWithin(file: ChartFile): void {
    const name = file.name.slice("charts/".length);
    const sub = name.split("/", 1)[0]!;
    const known = this.subcharts.get(sub);
    if (known) known.push({ ...file, name });
    else this.subcharts.set(sub, [{ ...file, name }]);
  }

  finish(): Omit<Chart, "dependencies"> {
    if (!this.#metadata)
      throw new ChartError("bad-metadata", "Chart.yaml file is missing", { file: "Chart.yaml" });
    return {
      metadata: validateMetadata(this.#metadata),
      ...this.#chart,
      templates: this.#templates,
      files: this.#files,
      raw: this.#raw,
    };
  }
}

const OLD_DEPENDENCIES =
  'Warning: Dependencies are handled in Chart.yaml since apiVersion "v2". We recommend migrating dependencies to Chart.yaml.';
const OLD_LOCK =
  'Warning: Dependency locking is handled in Chart.lock since apiVersion "v2". We recommend migrating to Chart.lock.';

function readDefaults(file: ChartFile): Chart["values"] {
  try {
    return readValues(file.data);
  } catch (thrown) {
    if (!(thrown instanceof ChartError)) throw thrown;
    throw new ChartError(thrown.code, `cannot load ${file.name}: ${thrown.message}`, {
      file: file.name,
      line: thrown.line,
      cause: thrown,
    });
  }
}
