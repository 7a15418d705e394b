import { go } from "@sluice/gotemplate";
import { Raw, resolvePlain } from "@sluice/yaml";
import { decodeData, decodeYaml, type Shape, text, texts } from "../chart/decode.ts";
import { metadataShape, validateMetadata } from "../chart/metadata.ts";
import type { Metadata } from "../chart.ts";
import { ChartError } from "../errors.ts";

/**
 * Something that cannot be understood from where it stands, by its line: the index has to be read as a whole. If it is
 * `certain`, this is what is wrong with it however it is read.
 */
export class Unusual extends Error {
  readonly line: number;
  readonly certain: boolean;
  constructor(words: string, line: number, certain = false) {
    super(words);
    this.line = line;
    this.certain = certain;
  }
}

/** What is kept of an entry of an index. Texts are byte strings until a chart is asked for. */
export type Entry = {
  name?: string;
  version?: string;
  apiVersion?: string;
  appVersion?: string;
  description?: string;
  type?: string;
  kubeVersion?: string;
  created?: string;
  digest?: string;
  deprecated?: boolean;
  removed?: boolean;
  urls?: string[];
  /** Why Helm would leave it out, other than for its name, version and type. */
  problem?: string;
};

type Kind = "text" | "bool" | "time" | "urls" | "checked" | "skipped";

/** Every field that an entry may have: ChartVersion of Helm's pkg/repo/v1/index.go. Others are errors, as in Helm. */
export const KINDS: Readonly<Record<string, Kind>> = Object.assign(Object.create(null), {
  ...Object.fromEntries(Object.keys(metadataShape.fields).map((name) => [name, "skipped"])),
  ...{ name: "text", version: "text", apiVersion: "text", appVersion: "text", description: "text" },
  ...{ type: "text", kubeVersion: "text", digest: "text", created: "time" },
  ...{ deprecated: "bool", removed: "bool", urls: "urls" },
  ...{ dependencies: "checked", maintainers: "checked" },
  ...{ checksum: "skipped", engine: "skipped", tillerVersion: "skipped", url: "skipped" },
});

/** Texts that must be written as texts: a number for a version is an error here, other than in Chart.yaml. */
function exact(fields: Readonly<Record<string, Shape>>): Record<string, Shape> {
  const changed = (shape: Shape): Shape => {
    if (shape.kind === "text") return { kind: "exact-text" };
    if (shape.kind === "struct") return { ...shape, fields: exact(shape.fields) };
    return "of" in shape ? { ...shape, of: changed(shape.of) } : shape;
  };
  return Object.fromEntries(Object.entries(fields).map(([name, shape]) => [name, changed(shape)]));
}

/** The fields of a whole entry, for those that are read with the YAML parser. */
const entryShape: Shape & { kind: "struct" } = {
  kind: "struct",
  name: "repo.ChartVersion",
  embedded: { name: "Metadata", fields: metadataShape.fields },
  fields: {
    ...exact(metadataShape.fields),
    created: { kind: "time" },
    removed: { kind: "bool" },
    digest: text,
    urls: texts,
    checksum: text,
    engine: text,
    tillerVersion: text,
    url: text,
  },
};

/** The entries of a chart. Fields that Helm does not know are errors in YAML and none in JSON. */
export const entriesShape = (strict: boolean): Shape => ({
  kind: "list",
  name: "repo.ChartVersions",
  of: { ...entryShape, strict },
});

/** A field with the lines that belong to it, all as byte strings. */
export type Field = { key: string; value: string; lines: string[]; indent: number; line: number };

/**
 * Reads a field into `entry`. Plain texts on one line are read here, all else by the YAML parser.
 * @throws {Unusual}
 */
export function readField(entry: Entry, field: Field): void {
  switch (KINDS[field.key]!) {
    case "skipped":
      return;
    case "text":
      set(entry, field, textOf(field));
      return;
    case "bool":
      if (field.lines.length === 0 && (field.value === "true" || field.value === "false"))
        set(entry, field, field.value === "true");
      else set(entry, field, slowly(field)[field.key as keyof Entry]);
      return;
    case "time":
      set(entry, field, timeOf(field));
      return;
    case "urls":
      set(entry, field, urlsOf(field));
      return;
    case "checked":
      entry.problem ??= problemOf(field);
  }
}

function set(entry: Entry, { key }: Field, value: unknown): void {
  if (value !== undefined && value !== null) (entry as Record<string, unknown>)[key] = value;
}

/**
 * What text a scalar on one line stands for; undefined if that takes a parser to tell.
 * @param exactly the field for which it must not be a number or a boolean
 * @throws {Unusual} if it is one nevertheless
 */
export function simpleScalar(value: string, exactly?: Field): string | undefined {
  if (value.startsWith('"')) return /^"([^"\\\x00-\x1f]*)"\s*(?:\s#.*)?$/.exec(value)?.[1];
  if (value.startsWith("'"))
    return /^'((?:[^'\x00-\x1f]|'')*)'\s*(?:\s#.*)?$/.exec(value)?.[1]?.replaceAll("''", "'");
  const plain = plainText(value);
  return plain === undefined || !mayBeTyped(plain) ? plain : typed(plain, exactly);
}

/** A plain scalar without its comment; undefined for what is none. */
function plainText(value: string): string | undefined {
  if (/^[|>&*!{}[\]%@`,#?:'"\x00-\x1f]|^-(?:\s|$)|[\x00-\x1f]|:(?:\s|$)/.test(value)) return undefined;
  const comment = value.indexOf(" #");
  return comment < 0 ? value : value.slice(0, comment).trimEnd();
}

/** Whether it may be a number, a boolean or null. Versions like 1.2.3 and addresses are not. */
const mayBeTyped = (plain: string) =>
  plain.length < 30 && /^[-+.\d~yYnNtTfFoO]/.test(plain) && !/^\d+\.\d+\.\d+/.test(plain);

function typed(plain: string, exactly?: Field): string {
  const value = resolvePlain(plain, "kubernetes");
  if (typeof value === "string") return value;
  if (exactly !== undefined && value !== null) {
    const found = typeof value === "boolean" ? "bool" : "number";
    const field = `ChartVersion.entries.Metadata.${exactly.key}`;
    const words = `json: cannot unmarshal ${found} into Go struct field ${field} of type string`;
    throw new Unusual(`error unmarshaling JSON: while decoding JSON: ${words}`, exactly.line, true);
  }
  return (decodeData(text, new Raw(plain, value)) as string | null) ?? "";
}

/** Descriptions mostly repeat from version to version. */
let known: { written: string; text: string } = { written: "", text: "" };

function textOf(field: Field): string | undefined {
  const { key, value, lines } = field;
  if (lines.length === 0) {
    if (value === "") return undefined;
    const simple = simpleScalar(value, key === "digest" ? undefined : field);
    if (simple !== undefined) return simple;
  }
  const written = [value, ...lines].join("\n");
  if (known.written === written) return known.text;
  const read = foldedText(value, lines) ?? (slowly(field)[key as keyof Entry] as string | undefined);
  if (read !== undefined) known = { written, text: read };
  return read;
}

/** A plain scalar over several lines, as Go writes those that are longer than a line. */
function foldedText(value: string, lines: readonly string[]): string | undefined {
  if (value === "") return undefined;
  const parts = [value, ...lines].map((line) => line.trim());
  const isPlain = parts.every((part, index) => {
    const plain = index === 0 ? plainText(part) : part;
    return part !== "" && plain === part && !/:(?:\s|$)|\s#|^#|[\x00-\x1f]/.test(part);
  });
  return isPlain ? parts.join(" ") : undefined;
}

const rfc3339 =
  /^"?\d{4}-(?:0[1-9]|1[0-2])-(?:[01]\d|2\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-][01]\d:[0-5]\d)"?$/;

/** Whether it is a time in its usual form. */
export const isTime = (value: string): boolean => rfc3339.test(value);

function timeOf(field: Field): string | undefined {
  const { value, lines } = field;
  if (lines.length === 0 && isTime(value)) return value.replaceAll('"', "");
  return slowly(field).created;
}

function urlsOf(field: Field): string[] {
  const { value, lines } = field;
  if (value === "") {
    const items = lines.map((line) => /^( *)- +(.*)$/.exec(line));
    const urls = items.map(
      (item) => item?.[1] === items[0]?.[1] && item?.[2] && simpleScalar(item[2].trimEnd()),
    );
    if (urls.every((url) => typeof url === "string")) return urls;
  }
  return slowly(field).urls ?? [];
}

/** Why Helm would refuse an entry for this field. Only what may be refused is looked at closely. */
function problemOf(field: Field): string | undefined {
  const suspect = [field.value, ...field.lines].some(
    (line) => /alias|[&*{[!]/.test(line) || isEmptyItem(line),
  );
  if (!suspect || field.value === "[]") return undefined;
  const whole = slowlyWhole(field) as Metadata;
  return entryProblem({ [field.key]: whole[field.key as keyof Metadata] });
}

function isEmptyItem(line: string): boolean {
  const item = line.trim();
  return item.startsWith("-") && /^(?:~|null|Null|NULL)?(?:\s*#.*)?$/.test(item.slice(1).trim());
}

/** Helm's words about maintainers and dependencies, if there is something wrong with them. */
function entryProblem({ maintainers, dependencies }: Metadata): string | undefined {
  try {
    validateMetadata({ apiVersion: "v2", name: "a", version: "1.0.0", maintainers, dependencies });
  } catch (thrown) {
    if (!(thrown instanceof ChartError)) throw thrown;
    // Some repositories leave out aliases; Helm lets that pass: ignoreSkippableChartValidationError.
    if (!thrown.message.startsWith("validation: more than one dependency")) return thrown.message;
  }
  return undefined;
}

const slowly = (field: Field): Entry => asBytes(slowlyWhole(field));

function slowlyWhole({ key, value, lines, indent, line }: Field): object {
  const source = [`${" ".repeat(indent)}${key}: ${value}`, ...lines, ""].join("\n");
  return (parsed({ ...entryShape, strict: true }, source, line) ?? {}) as object;
}

/** An entry that is written in a way that only the YAML parser reads; null for one that is nothing. */
export function readEntry(source: string, line: number): Entry | null {
  const [entry = null] = (parsed(entriesShape(true), source, line) ?? []) as [Metadata | null];
  return entry && entryOf(entry);
}

/** What is kept of an entry that was read as a whole. */
export const entryOf = (given: Metadata): Entry => ({ ...asBytes(given), problem: entryProblem(given) });

function parsed(shape: Shape, source: string, line: number): unknown {
  try {
    return decodeYaml(shape, Buffer.from(source, "latin1"));
  } catch (thrown) {
    if (!(thrown instanceof go.GoError)) throw thrown;
    throw new Unusual(thrown.message, line);
  }
}

const FIELDS = Object.keys(KINDS).filter((key) => !["skipped", "checked"].includes(KINDS[key]!));

/** The fields that are kept, with their texts as byte strings. */
function asBytes(given: object): Entry {
  const entry: Record<string, unknown> = {};
  for (const key of FIELDS) {
    const value = (given as Record<string, unknown>)[key];
    if (Array.isArray(value)) entry[key] = value.map((one) => bytes(String(one ?? "")));
    else if (value !== undefined && value !== null)
      entry[key] = typeof value === "string" ? bytes(value) : value;
  }
  return entry;
}

const bytes = (value: string) => Buffer.from(value, "utf8").toString("latin1");
