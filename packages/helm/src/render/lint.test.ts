import assert from "node:assert/strict";
import { test } from "node:test";
import type { Chart, Values } from "../chart.ts";
import { printForLint } from "./lint.ts";
import { renderRelease } from "./render.ts";

const chartWith = (text: string, values: Values = {}): Chart => ({
  metadata: { apiVersion: "v2", name: "web", version: "1.0.0" },
  values,
  templates: [{ name: "templates/a.yaml", data: Buffer.from(text) }],
  files: [],
  raw: [],
  dependencies: [],
});
const options = { namespace: "there", values: {}, now: () => 0, random: Buffer.alloc, warn: () => {} };
const printed = (chart: Chart) => printForLint(chart, options)?.get("web/templates/a.yaml");

test("what templates print is told as it is, manifest or not", () => {
  assert.equal(
    printed(chartWith("a: [{{ .Release.Name }} {{ .Release.Namespace }}")),
    "a: [test-release there",
  );
});

test("values that are required may be missing, which is logged", () => {
  const lines: string[] = [];
  const chart = chartWith('a{{ required "give b" .Values.b }}{{ fail "x" }}{{ fail "{\\"b\\"}" }}');
  const warn = (line: string) => lines.push(line);
  assert.equal(printForLint(chart, { ...options, warn })?.get("web/templates/a.yaml"), "a");
  assert.deepEqual(lines, [
    'level=WARN msg="missing required value" message="give b"',
    'level=INFO msg="funcMap fail" message=x',
    String.raw`level=INFO msg="funcMap fail" message="{\"b\"}"`,
  ]);
});

test("values that do not fit the schema are refused, unless they are not to be looked at", () => {
  const schema = { name: "values.schema.json", data: Buffer.from('{"required": ["b"]}') };
  const chart = { ...chartWith("x"), schema };
  assert.throws(() => printForLint(chart, options), /missing property 'b'/);
  assert.equal(
    printForLint(chart, { ...options, skipSchemaValidation: true })?.get("web/templates/a.yaml"),
    "x",
  );
});

test("nulls among globals reach the charts within, which they do not in a release", () => {
  const within: Chart = {
    ...chartWith("{{ toJson .Values.global }}"),
    metadata: { apiVersion: "v2", name: "sub", version: "1.0.0" },
  };
  const top = chartWith("", { global: { a: 1, z: null } });
  const metadata = { ...top.metadata, dependencies: [{ name: "sub", version: "*" }] };
  const chart = { ...top, metadata, dependencies: [within] };
  const { global } = renderRelease(chart, { ...options, release: { name: "r", namespace: "n" } }).values[
    "sub"
  ] as {
    global: Values;
  };
  assert.deepEqual({ ...global }, { a: 1 });
  assert.equal(printForLint(chart, options)?.get("web/charts/sub/templates/a.yaml"), '{"a":1,"z":null}');
});
