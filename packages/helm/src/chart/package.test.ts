import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { Chart } from "../chart.ts";
import { chartYaml, packed } from "./chart.fixture.ts";
import { loadArchive } from "./load.ts";
import { packageChart } from "./package.ts";

const LONG = `templates/${"d".repeat(80)}/${"n".repeat(90)}.yaml`;
const chart = loadArchive(
  packed("web", {
    "values.yaml": "\ufeffa: 1\r\n",
    "templates/b.yaml": "b",
    "templates/a.yaml": "a",
    "templates/ü.yaml": "u",
    [LONG]: "long",
    "README.md": "r",
    "values.schema.json": "{}",
    "Chart.yaml": chartYaml(
      "web",
      "annotations: {b: x, a: 1}\nkeywords: []\ndependencies: [{name: db, enabled: true}]\n",
    ),
    "Chart.lock": 'generated: "2020-01-01T00:00:00.120+00:00"\ndigest: d\ndependencies: [{name: db}]\n',
    "charts/db/Chart.yaml": chartYaml("db"),
    "charts/db/values.yaml": "b: 1\n",
  }),
);

const contents = (one: Chart) =>
  Object.fromEntries(one.raw.map(({ name, data }) => [name, Buffer.from(data).toString()]));

test("a chart is packed as Helm packs it, Chart.yaml and Chart.lock written anew", () => {
  const { name, bytes } = packageChart(chart);
  assert.equal(name, "web-1.0.0.tgz");
  assert.deepEqual(contents(loadArchive(bytes)), {
    "Chart.yaml":
      'annotations:\n  a: "1"\n  b: x\napiVersion: v2\ndependencies:\n- enabled: true\n  name: db\n  repository: ""\nname: web\nversion: 1.0.0\n',
    "Chart.lock":
      'dependencies:\n- name: db\n  repository: ""\ndigest: d\ngenerated: "2020-01-01T00:00:00.12Z"\n',
    "values.yaml": "a: 1\r\n",
    "values.schema.json": "{}",
    "templates/a.yaml": "a",
    "templates/b.yaml": "b",
    [LONG]: "long",
    "templates/ü.yaml": "u",
    "README.md": "r",
    "charts/db/Chart.yaml": chartYaml("db"),
    "charts/db/values.yaml": "b: 1\n",
  });
});

test("packing twice gives the same bytes, whatever the order of the files", () => {
  const mixed = { ...chart, templates: [...chart.templates].reverse(), files: [...chart.files].reverse() };
  assert.deepEqual(packageChart(mixed).bytes, packageChart(chart).bytes);
});

test("GNU tar lists what was packed: no owner, one mode, one time", () => {
  const { bytes } = packageChart(chart, { modTime: new Date("2001-02-03T04:05:06Z") });
  const listed = execFileSync("tar", ["tvf", "-"], {
    input: gunzipSync(bytes),
    env: { TZ: "UTC", LC_ALL: "C.UTF-8" },
  });
  const lines = listed.toString().trim().split("\n");
  assert.equal(lines.length, 11);
  assert.ok(
    lines.every((line) => /^-rw-r--r-- 0\/0 +\d+ 2001-02-03 04:05 web\//.test(line)),
    lines.join("\n"),
  );
  assert.ok(lines.some((line) => line.endsWith(`web/${LONG}`)));
});

test("version and appVersion can be replaced, and only by a version", () => {
  const { name, metadata } = packageChart(chart, { version: "2.0.0-rc.1+b", appVersion: "7" });
  assert.deepEqual([name, metadata.appVersion], ["web-2.0.0-rc.1+b.tgz", "7"]);
  assert.throws(() => packageChart(chart, { version: "1.x" }), { message: "invalid semantic version" });
});

test("a chart is not packed while dependencies are missing or its schema is no JSON", () => {
  const message = "found in Chart.yaml, but missing in charts/ directory: db";
  assert.throws(() => packageChart({ ...chart, dependencies: [] }), { code: "bad-dependencies", message });
  assert.ok(packageChart({ ...chart, dependencies: [] }, { incomplete: true }));
  const schema = { name: "values.schema.json", data: Buffer.from("{") };
  const broken = { code: "bad-schema", message: "failed to save: invalid JSON in values.schema.json" };
  assert.throws(() => packageChart({ ...chart, schema }), broken);
});

test("a chart of Helm 2 keeps its dependencies in requirements.yaml", () => {
  const old = loadArchive(
    packed("a", {
      "Chart.yaml": "name: a\nversion: 1.0.0\n",
      "requirements.yaml": "dependencies: []\n",
      "requirements.lock": 'generated: "2020-01-01T00:00:00Z"\ndigest: d\n',
    }),
  );
  assert.deepEqual(contents(loadArchive(packageChart(old).bytes)), {
    "Chart.yaml": "apiVersion: v1\nname: a\nversion: 1.0.0\n",
    "requirements.yaml": "dependencies: []\n",
    "requirements.lock": 'generated: "2020-01-01T00:00:00Z"\ndigest: d\n',
  });
});
