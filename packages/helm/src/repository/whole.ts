import { go } from "@sluice/gotemplate";
import { buildDocuments, stripMark, YamlError } from "@sluice/yaml";
import { decodeData, type Shape, text, texts } from "../chart/decode.ts";
import type { Metadata } from "../chart.ts";
import { ChartError } from "../errors.ts";
import { entriesShape, entryOf } from "./fields.ts";
import type { Sink } from "./scan.ts";

const annotations: Shape = { kind: "map", name: "map[string]string", of: text };

/** IndexFile of Helm's pkg/repo/v1/index.go. */
const indexShape = (strict: boolean): Shape => ({
  kind: "struct",
  name: "repo.IndexFile",
  strict,
  fields: {
    serverInfo: { kind: "any" },
    apiVersion: text,
    generated: { kind: "time" },
    entries: { kind: "map", name: "map[string]repo.ChartVersions", of: entriesShape(strict) },
    publicKeys: texts,
    annotations,
  },
});

type Index = {
  apiVersion?: string;
  generated?: string;
  entries?: Record<string, (Metadata | null)[] | null>;
};

/** Reads an index as a whole: JSON, or YAML in whatever way it is written. @throws {ChartError} `bad-index`, in Helm's words */
export function readWhole(content: Buffer, sink: Sink, only?: string): void {
  let index: Index | null;
  try {
    const json = asJson(content);
    const data = json === undefined ? asYaml(content) : json;
    index = decodeData(indexShape(json === undefined), data) as Index | null;
  } catch (thrown) {
    if (!(thrown instanceof go.GoError)) throw thrown;
    const line = /\bline (\d+): /.exec(thrown.message)?.[1];
    throw new ChartError("bad-index", thrown.message, {
      line: line === undefined ? undefined : Number(line),
    });
  }
  sink.apiVersion = index?.apiVersion;
  sink.generated = index?.generated;
  for (const [name, entries] of Object.entries(index?.entries ?? {})) {
    if (only !== undefined && name !== only) continue;
    const key = Buffer.from(name).toString("latin1");
    sink.chart(key);
    for (const entry of entries || []) sink.entry(key, entry && entryOf(entry));
  }
}

function asJson(content: Buffer): unknown {
  try {
    return JSON.parse(stripMark(content.toString()));
  } catch {
    return undefined;
  }
}

/** Reads strictly, which refuses a key that comes twice. */
function asYaml(content: Buffer): unknown {
  // Looked for first, so that not both results are held.
  const repeated = repeatedKey(content);
  const data = go.readSpelled(content);
  if (repeated) throw repeated;
  return data;
}

function repeatedKey(content: Buffer): go.GoError | undefined {
  try {
    buildDocuments(content.toString(), { dialect: "kubernetes", spelling: false, duplicates: "error" });
  } catch (thrown) {
    if (!(thrown instanceof YamlError) || thrown.code !== "duplicate-key") return undefined;
    const key = /"(.*)"/s.exec(thrown.reason)?.[1] ?? "";
    const where = `yaml: unmarshal errors:\n  line ${thrown.at?.line}: key ${go.quote(key)} already set in map`;
    return new go.GoError(`error converting YAML to JSON: ${where}`);
  }
  return undefined;
}
