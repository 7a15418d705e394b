export type ChartErrorCode =
  /** Chart.yaml is missing, cannot be read or says something that Helm refuses. */
  | "bad-metadata"
  /** An archive or a directory is no chart, or breaks a limit of size, count or path. */
  | "bad-archive"
  /** A `.helmignore` has a rule that cannot be read. */
  | "bad-ignore"
  /** A values file, the values of a chart or a `--set` text cannot be read. */
  | "bad-values"
  /** values.schema.json is no schema, or refers to something that is not part of it. */
  | "bad-schema"
  /** The values do not fit values.schema.json. */
  | "schema-violation"
  /** The dependencies of Chart.yaml contradict each other, the lock or what lies in `charts/`. */
  | "bad-dependencies"
  /** A release cannot have this name. */
  | "bad-name"
  /** The chart does not fit the cluster or cannot be installed. */
  | "unsupported"
  /** What a template printed is no manifest. */
  | "bad-manifest"
  /** A post-renderer failed. */
  | "post-render"
  /** An index.yaml of a repository cannot be read, or nothing in it fits. */
  | "bad-index"
  /** A provenance file cannot be read or does not fit. */
  | "bad-provenance"
  /** A stored release cannot be read. */
  | "bad-release"
  /** A limit of size, depth or count was reached. */
  | "limit";

/** Where in a chart: its file, and the line from 1 if it is known. */
export type ChartErrorFacts = {
  file?: string;
  line?: number;
  /** All that the templates printed, where that is what is wrong. */
  printed?: string;
  cause?: unknown;
};

/** A chart, its values or a release that cannot be used. Where Helm has words for it, `message` is word for word Helm's. */
export class ChartError extends Error {
  readonly code: ChartErrorCode;
  readonly file?: string;
  readonly line?: number;
  readonly printed?: string;

  constructor(code: ChartErrorCode, message: string, facts: ChartErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = "ChartError";
    this.code = code;
    this.file = facts.file;
    this.line = facts.line;
    this.printed = facts.printed;
  }
}
