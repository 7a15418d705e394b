import { compareVersions, tryParseVersion, type Version } from "@sluice/api";
import { go } from "@sluice/gotemplate";
import { constraintOf } from "../chart/constraint.ts";
import { validateMetadata } from "../chart/metadata.ts";
import { ChartError } from "../errors.ts";
import { logLine, type Warn } from "../values/warn.ts";
import { Unusual } from "./fields.ts";
import { Packed } from "./packed.ts";
import { IndexScanner } from "./scan.ts";
import { readWhole } from "./whole.ts";

/** A version of a chart, as a repository offers it. */
export type ChartVersion = {
  name: string;
  version: string;
  apiVersion: string;
  appVersion?: string;
  description?: string;
  type?: string;
  kubeVersion?: string;
  /** RFC 3339. */
  created?: string;
  /** SHA-256 of the archive, in hexadecimal, perhaps behind `sha256:`. */
  digest?: string;
  deprecated: boolean;
  removed: boolean;
  /** Where the archive is; relative to the repository if it has no scheme. */
  urls: readonly string[];
};

export type IndexOptions = {
  /** How the index is called in warnings. */
  source?: string;
  /** Keep this chart only: all that is needed to find one of its versions, at a fraction of the cost. */
  only?: string;
  /** Bytes of the index. 256 MiB unless told. */
  maxBytes?: number;
};

const MiB = 1024 * 1024;
/** An index in JSON, or in YAML that is not written line by line, is held and parsed as a whole up to these sizes. */
const maxWhole = { json: 32 * MiB, yaml: 8 * MiB } as const;

/**
 * Reads the index.yaml of a chart repository as it arrives, in little memory: what is kept of an entry is packed, and unpacked
 * when its chart is asked for.
 * @throws {ChartError} `bad-index`, in Helm's words; `limit`
 */
export async function readIndex(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: IndexOptions = {},
): Promise<RepositoryIndex> {
  const { only, maxBytes = 256 * MiB } = options;
  const reader = new Reader(only);
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new ChartError("limit", `index is larger than the maximum size ${maxBytes}`);
    reader.take(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
  }
  if (bytes === 0) throw new ChartError("bad-index", "empty index.yaml file");
  const packed = reader.finish();
  if (!packed.apiVersion) throw new ChartError("bad-index", "no API version specified");
  return new RepositoryIndex(packed, options.source ?? "index.yaml");
}

/** Scans line by line, and keeps what it has seen for as long as it is small enough to be read as a whole instead. */
class Reader {
  readonly #only?: string;
  #packed = new Packed();
  #scanner: IndexScanner | undefined;
  #seen: Buffer[] | undefined = [];
  #bytes = 0;
  #limit: number = maxWhole.yaml;
  /** Why it is not scanned any more. */
  #unusual: Unusual | undefined;
  #started = false;

  constructor(only?: string) {
    this.#only = only;
    this.#scanner = new IndexScanner(this.#packed, only);
  }

  take(chunk: Buffer): void {
    let bytes = chunk;
    if (!this.#started && bytes.length > 0) {
      this.#started = true;
      if (bytes.subarray(0, 3).equals(MARK)) bytes = bytes.subarray(3);
      if (/^\s*\{/.test(bytes.subarray(0, 256).toString("latin1"))) {
        this.#limit = maxWhole.json;
        this.#giveUp(new Unusual("JSON", 1));
      }
    }
    this.#bytes += bytes.length;
    if (this.#bytes > this.#limit) this.#seen = undefined;
    this.#seen?.push(bytes);
    if (this.#unusual) this.#expectSmall();
    this.#scan((scanner) => scanner.feed(bytes));
  }

  finish(): Packed {
    this.#scan((scanner) => scanner.end());
    if (this.#unusual) {
      this.#expectSmall();
      this.#packed = new Packed();
      readWhole(Buffer.concat(this.#seen!), this.#packed, this.#only);
    }
    this.#packed.finish();
    return this.#packed;
  }

  #scan(work: (scanner: IndexScanner) => void): void {
    if (!this.#scanner) return;
    try {
      work(this.#scanner);
    } catch (thrown) {
      if (!(thrown instanceof Unusual)) throw thrown;
      this.#giveUp(thrown);
      this.#expectSmall();
    }
  }

  #giveUp(because: Unusual): void {
    this.#unusual = because;
    this.#scanner = undefined;
  }

  #expectSmall(): void {
    if (this.#seen) return;
    const { message, line, certain } = this.#unusual!;
    if (certain) throw new ChartError("bad-index", message, { line });
    const words = `index: line ${line}: ${message}; an index with that is read up to ${this.#limit / MiB} MiB only`;
    throw new ChartError("bad-index", words, { line });
  }
}

const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** The index of a chart repository. */
export class RepositoryIndex {
  readonly #packed: Packed;
  readonly #source: string;

  constructor(packed: Packed, source: string) {
    this.#packed = packed;
    this.#source = source;
  }

  /** When it was made, as RFC 3339. */
  get generated(): string | undefined {
    return this.#packed.generated;
  }

  /** The charts, in the order of the index. */
  get names(): string[] {
    return [...this.#packed.charts.keys()];
  }

  /**
   * The versions of a chart, latest first; undefined if the index has no such chart. Entries that Helm would not take are left
   * out with a warning.
   */
  versions(name: string, warn?: Warn): ChartVersion[] | undefined {
    const entries = this.#packed.entries(name);
    if (!entries) return undefined;
    const versions: { entry: ChartVersion; version: Version }[] = [];
    // Helm looks at the last one first.
    for (const entry of entries.reverse()) {
      const problem = entry === null ? "empty entry" : problemOf(entry);
      if (entry !== null && problem === undefined)
        versions.unshift({ entry, version: tryParseVersion(entry.version)! });
      else warn?.(logLine("WARN", this.#skipping(name, entry?.version, problem!)));
    }
    versions.sort((a, b) => compareVersions(b.version, a.version));
    return versions.map(({ entry }) => entry);
  }

  #skipping(name: string, version: string | undefined, problem: string): string {
    const which = version === undefined ? go.quote(name) : `${go.quote(name)} ${go.quote(version)}`;
    return `skipping loading invalid entry for chart ${which} from ${this.#source}: ${problem}`;
  }
}

/** Why Helm would leave an entry out. Its texts are cleaned as those of Chart.yaml are. */
function problemOf(entry: ChartVersion & { problem?: string }): string | undefined {
  try {
    const { name, version, apiVersion, type, appVersion, description, kubeVersion } = entry;
    const clean = validateMetadata({ name, version, apiVersion, type, appVersion, description, kubeVersion });
    Object.assign(entry, clean);
  } catch (thrown) {
    if (thrown instanceof ChartError) return thrown.message;
    throw thrown;
  }
  const { problem } = entry;
  delete entry.problem;
  return problem;
}

/**
 * Finds the version of a chart as IndexFile.Get of Helm's pkg/repo/v1 does.
 * @param constraint a version or a range; nothing is the latest stable version
 * @throws {ChartError} `bad-index` in Helm's words
 */
export function selectVersion(
  index: RepositoryIndex,
  name: string,
  constraint = "",
  warn?: Warn,
): ChartVersion {
  const versions = index.versions(name, warn);
  if (!versions) throw new ChartError("bad-index", "no chart name found");
  if (versions.length === 0) throw new ChartError("bad-index", "no chart version found");
  const range = constraintOf(constraint || "*", "bad-index");
  const exact = versions.find(({ version }) => constraint !== "" && version === constraint);
  if (exact) return exact;
  const found = versions.find(({ version }) => range.test(version));
  if (!found) throw new ChartError("bad-index", `no chart version found for ${name}-${constraint}`);
  if (constraint !== "" && !isRange(constraint)) {
    const message = "unable to find exact version requested; falling back to closest available version";
    warn?.(logLine("WARN", message, { chart: name, requested: constraint, selected: found.version }));
  }
  return found;
}

/** isVersionRange of Helm's index.go: whether it names no single version. */
function isRange(constraint: string): boolean {
  if (/[\^~<>=!*]|\|\|| - /.test(constraint)) return true;
  return /[xX]/.test(constraint.replace(/[-+].*$/s, ""));
}
