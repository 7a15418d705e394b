import { tryParseVersion } from "@sluice/api";
import { go } from "@sluice/gotemplate";
import type { Dependency, Lock, Metadata } from "../chart.ts";
import { ChartError, type ChartErrorCode } from "../errors.ts";
import { decodeYaml, type Shape, text, texts } from "./decode.ts";

/** Dependency of Helm's pkg/chart/v2/dependency.go. */
const dependency: Shape = {
  kind: "struct",
  name: "v2.Dependency",
  fields: {
    name: text,
    version: text,
    repository: text,
    condition: text,
    tags: texts,
    enabled: { kind: "bool" },
    "import-values": { kind: "list", name: "[]interface {}", of: { kind: "any" } },
    alias: text,
  },
};

const dependencies: Shape = { kind: "list", name: "[]*v2.Dependency", of: dependency };

/** Metadata of Helm's pkg/chart/v2/metadata.go. */
export const metadataShape: Shape & { kind: "struct" } = {
  kind: "struct",
  name: "v2.Metadata",
  fields: {
    name: text,
    home: text,
    sources: texts,
    version: text,
    description: text,
    keywords: texts,
    maintainers: {
      kind: "list",
      name: "[]*v2.Maintainer",
      of: { kind: "struct", name: "v2.Maintainer", fields: { name: text, email: text, url: text } },
    },
    icon: text,
    apiVersion: text,
    condition: text,
    tags: text,
    appVersion: text,
    deprecated: { kind: "bool" },
    annotations: { kind: "map", name: "map[string]string", of: text },
    kubeVersion: text,
    dependencies,
    type: text,
  },
};

/** What Helm looks at before it decides how to read a chart. */
const chartBase: Shape = { kind: "struct", name: "loader.chartBase", fields: { apiVersion: text } };

const lockShape: Shape = {
  kind: "struct",
  name: "v2.Lock",
  fields: { generated: { kind: "time" }, digest: text, dependencies },
};

/** Decodes a file of a chart. @throws {ChartError} `cannot load FILE: …` in Helm's words */
function decodeFile(shape: Shape, file: string, data: Uint8Array, code: ChartErrorCode, base?: object) {
  try {
    return decodeYaml(shape, data, base);
  } catch (thrown) {
    if (!(thrown instanceof go.GoError)) throw thrown;
    const line = /\bline (\d+): /.exec(thrown.message)?.[1];
    throw new ChartError(code, `cannot load ${file}: ${thrown.message}`, {
      file,
      line: line === undefined ? undefined : Number(line),
    });
  }
}

/**
 * Reads Chart.yaml, or requirements.yaml over it, without judging what it says. A chart without `apiVersion` is one of Helm 2's.
 * @throws {ChartError} `bad-metadata`
 */
export function readMetadata(file: string, data: Uint8Array, base: Metadata = {}): Metadata {
  const metadata = (decodeFile(metadataShape, file, data, "bad-metadata", base) ?? base) as Metadata;
  return metadata.apiVersion ? metadata : { ...metadata, apiVersion: "v1" };
}

/** Refuses a chart of a format that is not v1 or v2, as Helm does before it reads anything else. */
export function checkApiVersion(data: Uint8Array): void {
  const file = "Chart.yaml";
  const base = decodeFile(chartBase, file, data, "bad-metadata") as { apiVersion?: string } | null;
  switch (base?.apiVersion ?? "") {
    case "":
    case "v1":
    case "v2":
      return;
    case "v3":
      throw new ChartError("unsupported", "invalid chart apiVersion", { file });
    default:
      throw new ChartError("unsupported", "unsupported chart version", { file });
  }
}

/** Reads Chart.lock or requirements.lock; an empty one is none. @throws {ChartError} `bad-metadata` */
export function readLock(file: string, data: Uint8Array): Lock | undefined {
  const lock = decodeFile(lockShape, file, data, "bad-metadata") as Partial<Lock> | null;
  if (lock === null) return undefined;
  return {
    generated: lock.generated ?? "0001-01-01T00:00:00Z",
    digest: lock.digest ?? "",
    dependencies: (lock.dependencies ?? []).map(cleanDependency),
  };
}

/**
 * Checks metadata as Metadata.Validate of Helm's pkg/chart/v2 does, and returns it with its texts made printable.
 * @throws {ChartError} `bad-metadata`
 */
export function validateMetadata(given: Metadata): Metadata {
  const metadata = {
    ...cleanFields(given, [
      "name",
      "description",
      "home",
      "icon",
      "condition",
      "tags",
      "appVersion",
      "kubeVersion",
    ]),
    ...(given.sources && { sources: given.sources.map((one) => printable(one ?? "")) }),
    ...(given.keywords && { keywords: given.keywords.map((one) => printable(one ?? "")) }),
  };
  const { name = "", version = "", type = "" } = metadata;
  if (!metadata.apiVersion) throw invalid("chart.metadata.apiVersion is required");
  checkName(name);
  if (version === "") throw invalid("chart.metadata.version is required");
  if (!tryParseVersion(version)) throw invalid(`chart.metadata.version ${go.quote(version)} is invalid`);
  if (!["", "application", "library"].includes(type))
    throw invalid("chart.metadata.type must be application or library");
  return {
    ...metadata,
    ...(given.maintainers && { maintainers: given.maintainers.map(cleanMaintainer) }),
    ...(given.dependencies && { dependencies: cleanDependencies(given.dependencies) }),
  };
}

function checkName(name: string): void {
  if (name === "") throw invalid("chart.metadata.name is required");
  if (name === "." || name === "..") throw invalid(`chart.metadata.name ${go.quote(name)} is not allowed`);
  // A name becomes part of paths.
  if (name.includes("/")) throw invalid(`chart.metadata.name ${go.quote(name)} is invalid`);
}

function cleanMaintainer(one: NonNullable<Metadata["maintainers"]>[number] | null) {
  if (one === null) throw invalid("maintainers must not contain empty or null nodes");
  return cleanFields(one, ["name", "email", "url"]);
}

function cleanDependencies(all: readonly Dependency[]): Dependency[] {
  const seen = new Set<string>();
  return all.map((given) => {
    const one = cleanDependency(given);
    const key = one.alias || one.name || "";
    if (seen.has(key)) throw invalid(`more than one dependency with name or alias ${go.quote(key)}`);
    seen.add(key);
    return one;
  });
}

function cleanDependency(given: Dependency | null): Dependency {
  if (given === null) throw invalid("dependencies must not contain empty or null nodes");
  const one = {
    ...cleanFields(given, ["name", "version", "repository", "condition"]),
    ...(given.tags && { tags: given.tags.map((tag) => printable(tag ?? "")) }),
  };
  if (one.alias && !/^[a-zA-Z0-9_-]+$/.test(one.alias))
    throw invalid(`dependency ${go.quote(one.name ?? "")} has disallowed characters in the alias`);
  return one;
}

function cleanFields<T extends object>(given: T, names: readonly (keyof T)[]): T {
  const clean = { ...given };
  for (const name of names) {
    const value = given[name];
    if (typeof value === "string") clean[name] = printable(value) as T[keyof T];
  }
  return clean;
}

/** A text on one line: white space becomes spaces, and what cannot be printed goes. */
const printable = (value: string): string =>
  // V8 takes 2 ms to compile classes of Unicode
  /^[ -~]*$/.test(value)
    ? value
    : value.replace(/\p{White_Space}/gu, " ").replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, "");

const invalid = (words: string) =>
  new ChartError("bad-metadata", `validation: ${words}`, { file: "Chart.yaml" });
