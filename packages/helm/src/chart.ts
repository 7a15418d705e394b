/** What a chart is made of. A loaded chart is never changed: charts are cached and shared by all their releases. */
import type { ChartMetadata } from "@sluice/gotemplate";

/** A file of a chart. */
export type ChartFile = {
  /** Path within the chart, with slashes: `templates/web.yaml`. */
  name: string;
  /** The content, without a byte order mark. */
  data: Uint8Array;
  /** When it was changed, if the archive or the directory tells. */
  modTime?: Date;
};

/** Chart.yaml. */
export type Metadata = ChartMetadata;

/** A chart that another one asks for. */
export type Dependency = NonNullable<Metadata["dependencies"]>[number];

/** Chart.lock, or requirements.lock of a v1 chart. */
export type Lock = {
  /** RFC 3339. */
  generated: string;
  /** `sha256:…` over the dependencies that were asked for and those that were found. */
  digest: string;
  dependencies: readonly Dependency[];
};

/**
 * Values of a chart: data as YAML gives it, in objects without a prototype. Numbers of files are `number` (Go's float64),
 * integers of `--set` are `bigint` (int64). `null` has a meaning of its own: it deletes a default.
 */
export type Values = { [key: string]: unknown };

/** A chart as it lies in a directory or an archive. */
export type Chart = {
  metadata: Metadata;
  lock?: Lock;
  /** The defaults of values.yaml. */
  values: Values;
  /** values.schema.json. */
  schema?: ChartFile;
  /** Everything below `templates/`: manifests, helpers, NOTES.txt. */
  templates: readonly ChartFile[];
  /** Everything else, `crds/` included, but not Chart.yaml, values.yaml, the schema and the charts within. What `.Files` sees. */
  files: readonly ChartFile[];
  /** Every file of this chart and the charts within, as it was found: what `show` prints and `package` packs. */
  raw: readonly ChartFile[];
  /** The charts below `charts/`. */
  dependencies: readonly Chart[];
};
