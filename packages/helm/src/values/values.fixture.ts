/** Charts for tests, made of as little as possible. */
import type { Chart, Metadata, Values } from "../chart.ts";
import { readValues } from "./read.ts";

type Parts = {
  values?: object;
  charts?: Chart[];
  dependencies?: Metadata["dependencies"];
  schema?: unknown;
  version?: string;
};

/** A chart with some defaults, charts within, and a schema as data or as text. */
export function chartOf(
  name: string,
  { values = {}, charts = [], dependencies, schema, version }: Parts = {},
): Chart {
  const text = typeof schema === "string" ? schema : JSON.stringify(schema);
  return {
    metadata: { name, version: version ?? "1.0.0", dependencies },
    values: readValues(JSON.stringify(values)),
    schema: schema === undefined ? undefined : { name: "values.schema.json", data: Buffer.from(text) },
    templates: [],
    files: [],
    raw: [],
    dependencies: charts,
  };
}

/** Values as plain objects, so that they can be compared with literals; integers of `--set` become `"3n"`. */
export function plain(values: unknown): unknown {
  return JSON.parse(JSON.stringify(values, (_, value) => (typeof value === "bigint" ? `${value}n` : value)));
}

/** Freezes values and all that is in them, so that writing to them fails. */
export function frozen<T extends Chart | Values>(value: T): T {
  for (const item of Object.values(value)) {
    if (typeof item === "object" && item !== null && !ArrayBuffer.isView(item)) frozen(item as Values);
  }
  return Object.freeze(value);
}
