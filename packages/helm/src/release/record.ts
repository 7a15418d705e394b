/** How Helm stores a release: JSON, compressed, in a Secret. Helm 3 and Helm 4 read what is written here, and the other way round. */
import { gunzipSync, gzipSync } from "node:zlib";
import type { Chart, ChartFile, Values } from "../chart.ts";
import { ChartError } from "../errors.ts";
import type { Hook } from "../render/hooks.ts";
import { type Kind, RELEASE } from "./fields.ts";
import { read, write } from "./json.ts";

export type ReleaseStatus =
  | "unknown"
  | "deployed"
  | "uninstalled"
  | "superseded"
  | "failed"
  | "uninstalling"
  | "pending-install"
  | "pending-upgrade"
  | "pending-rollback";

/** Times are RFC 3339, in any zone, with up to nine digits of a second. */
export type ReleaseInfo = {
  first_deployed?: string;
  last_deployed?: string;
  deleted?: string;
  description?: string;
  status?: ReleaseStatus;
  /** The revision that a rollback went back to. */
  rollback_revision?: number;
  notes?: string;
};

/** A file in base64. */
export type StoredFile = { name: string; data?: string; modtime?: string };

/** The chart of a release, without the charts within. */
export type StoredChart = {
  metadata?: Chart["metadata"];
  lock?: Chart["lock"];
  templates?: StoredFile[];
  /** The defaults, after dependencies were processed. */
  values?: Values;
  /** values.schema.json in base64. */
  schema?: string;
  schemamodtime?: string;
  files?: StoredFile[];
  modtime?: string;
};

/** A revision of a release, with the names that it has in its record. Labels live on the Secret only. */
export type Release = {
  name?: string;
  info?: ReleaseInfo;
  chart?: StoredChart;
  /** What the user set, nulls included; not the values that templates saw. */
  config?: Values;
  manifest?: string;
  hooks?: Hook[];
  /** The revision, from 1. */
  version?: number;
  namespace?: string;
  apply_method?: "ssa" | "csa";
};

/** Bytes that a Secret may hold. */
const MAX_SECRET = 1024 * 1024;
/** Bytes of JSON that a record may unfold to. The largest that fit into a Secret compress about a hundredfold. */
const MAX_JSON = 128 * 1024 * 1024;

/**
 * The text of `data.release` before the API puts it in base64 once more: base64 of compressed JSON.
 * @throws {ChartError} `limit`, if a Secret cannot hold it; the message names what takes the room
 */
export function encodeRelease(release: Release): string {
  const json = Buffer.from(releaseJson(release));
  let text = gzipSync(json).toString("base64");
  if (text.length > MAX_SECRET) text = gzipSync(json, { level: 9 }).toString("base64");
  if (text.length <= MAX_SECRET) return text;
  throw new ChartError("limit", tooLarge(release, text.length));
}

/** The JSON of a release, byte for byte as Helm 4 writes it. */
export function releaseJson(release: Release): string {
  return write(RELEASE, release);
}

/**
 * Reads what `encodeRelease`, Helm 3 or Helm 4 have written; fields that nobody knows are dropped, as Helm drops them.
 * @throws {ChartError} `bad-release`, if it is damaged; the message has no part of the content
 */
export function decodeRelease(text: string): Release {
  return read(RELEASE, parseJson(unpack(text)), "") as Release;
}

function unpack(text: string): Buffer {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length <= 3 || bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_JSON });
  } catch (cause) {
    const large = (cause as { code?: string }).code === "ERR_BUFFER_TOO_LARGE";
    const what = large ? `unfolds to more than ${MAX_JSON} bytes` : "is cut off or damaged";
    throw new ChartError("bad-release", `the stored release cannot be read: it ${what}`);
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    const data: unknown = JSON.parse(bytes.toString("utf8"));
    if (data !== null) return data;
  } catch {
    // The parser's own words quote the text, which holds secrets.
  }
  throw new ChartError("bad-release", "the stored release cannot be read: it is no JSON object");
}

/** A chart as records hold it, after its dependencies were processed. */
export function storeChart(chart: Chart): StoredChart {
  const { metadata, lock, schema, values, raw } = chart;
  const head = raw.find(({ name }) => name === "Chart.yaml");
  const hasValues = Object.keys(values).length > 0 || raw.some(({ name }) => name === "values.yaml");
  return {
    metadata,
    ...(lock && { lock }),
    ...(chart.templates.length > 0 && { templates: storeFiles(chart.templates) }),
    ...(hasValues && { values }),
    ...(schema && { schema: base64(schema.data), ...timeOf(schema, "schemamodtime") }),
    ...(chart.files.length > 0 && { files: storeFiles(chart.files) }),
    ...(head && timeOf(head, "modtime")),
  };
}

const storeFiles = (files: readonly ChartFile[]): StoredFile[] =>
  files.map((file) => ({ name: file.name, data: base64(file.data), ...timeOf(file, "modtime") }));

const base64 = (data: Uint8Array): string =>
  Buffer.from(data.buffer, data.byteOffset, data.length).toString("base64");

function timeOf<K extends string>({ modTime }: ChartFile, name: K): { [key in K]?: string } {
  if (modTime === undefined) return {};
  return { [name]: modTime.toISOString().replace(/\.?0*Z$/, "Z") } as { [key in K]: string };
}

/** `sh.helm.release.v1.web.v3` */
export const releaseSecretName = (name: string, revision: number): string =>
  `sh.helm.release.v1.${name}.v${revision}`;

/** Labels of Helm's own, which users cannot set. */
export const SYSTEM_LABELS: readonly string[] = [
  "name",
  "owner",
  "status",
  "version",
  "createdAt",
  "modifiedAt",
];

/** The type of the Secrets that hold releases. */
export const RELEASE_SECRET_TYPE = "helm.sh/release.v1";

/**
 * The Secret of a release, to be created or to replace the one that is there.
 * @param at `created` or `modified`, and when, in seconds since 1970: an update drops the time of creation, as in Helm
 * @param labels the user's labels; Helm's own win
 * @throws {ChartError} as `encodeRelease` does
 */
export function releaseSecret(
  release: Release,
  at: { created: number } | { modified: number },
  labels: Readonly<Record<string, string>> = {},
) {
  const { name = "", namespace, version = 0, info } = release;
  const own = Object.entries(labels).filter(([key]) => !SYSTEM_LABELS.includes(key));
  const time: Record<string, string> =
    "created" in at ? { createdAt: String(at.created) } : { modifiedAt: String(at.modified) };
  const system = { name, owner: "helm", status: info?.status ?? "", version: String(version), ...time };
  const all: Record<string, string> = { ...Object.fromEntries(own), ...system };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: releaseSecretName(name, version), namespace, labels: all },
    type: RELEASE_SECRET_TYPE,
    data: { release: Buffer.from(encodeRelease(release)).toString("base64") },
  };
}

/** The release of a Secret as the API shows it. @throws {ChartError} as `decodeRelease` does */
export function releaseOf(secret: { data?: Readonly<Record<string, string>> }): Release {
  const data = secret.data?.release;
  if (data === undefined)
    throw new ChartError("bad-release", "the Secret has no data.release, so it holds no release");
  return decodeRelease(Buffer.from(data, "base64").toString("latin1"));
}

/** The parts of a record that take the most room when compressed alone. */
function tooLarge(release: Release, size: number): string {
  const { chart } = release;
  const files = [...(chart?.templates ?? []), ...(chart?.files ?? [])];
  const parts: [string, string | undefined][] = [
    ["the manifest", release.manifest],
    ["the hooks", release.hooks && JSON.stringify(release.hooks)],
    ["the values of the user", release.config && partJson(release.config)],
    ["the notes", release.info?.notes],
    ["values.yaml of the chart", chart?.values && partJson(chart.values)],
    ["values.schema.json of the chart", chart?.schema],
    ...files.map(({ name, data }): [string, string | undefined] => [`${name} of the chart`, data]),
  ];
  const sized = parts.map(([what, text = ""]) => ({
    what,
    bytes: Math.ceil((gzipSync(text).length * 4) / 3),
  }));
  const largest = sized.sort((a, b) => b.bytes - a.bytes).slice(0, 3);
  const named = largest.map(({ what, bytes }) => `${what} (${bytes})`).join(", ");
  return `the record of release "${release.name}" takes ${size} bytes, a Secret holds ${MAX_SECRET}; most is taken by ${named}. Leave files that the chart does not need out of it with .helmignore, or move data out of the chart`;
}

const DATA: Kind = { of: "data" };
const partJson = (value: unknown): string => write(DATA, value);
