import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "./build.ts";
import { memoryFileSystem } from "./filesystem.ts";
import type { ChartPull, ChartRendering, Helm } from "./helm-charts.ts";

const chart = `helmCharts:
- name: web
`;
const files = (more: Record<string, string>) =>
  memoryFileSystem({
    "/app/charts/web/values.yaml": "replicas: 1\nports: {http: 80, admin: 81}\ny: 1\n",
    ...more,
  });

/** Builds with a Helm that prints one ConfigMap, and tells what it was asked for. */
function inflate(kustomization: string, more: Record<string, string> = {}) {
  const asked: ChartRendering[] = [];
  const pulled: ChartPull[] = [];
  const helm: Helm = {
    pull: (wanted) => {
      pulled.push(wanted);
      throw new Error("not here");
    },
    render: (wanted) => {
      asked.push(wanted);
      return "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf, namespace: own}\n";
    },
  };
  const fs = files({ "/app/kustomization.yaml": kustomization, ...more });
  return { asked, pulled, yaml: () => build("/app", { fs, helm }).yaml() };
}

const values = (kustomization: string, more?: Record<string, string>) => {
  const { asked, yaml } = inflate(kustomization, more);
  yaml();
  return asked[0]!.values.map(({ data }) => data);
};

test("a chart's objects are named by the kustomization, but stay in the namespace that the chart gives them", () => {
  const { asked, yaml } = inflate(
    `${chart}  releaseName: rel\n  namespace: there\nnamePrefix: a-\nnamespace: b\n`,
  );
  assert.equal(yaml(), "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a-conf\n  namespace: own\n");
  const { dir, releaseName, namespace } = asked[0]!;
  assert.deepEqual([dir, releaseName, namespace], ["/app/charts/web", "rel", "there"]);
});

const rows: Record<string, [fields: string, values: string[]]> = {
  "the chart's own values": ["", ["replicas: 1\nports: {http: 80, admin: 81}\ny: 1\n"]],
  "inline values override": [
    "  valuesInline: {replicas: 2, ports: {admin: null}}",
    ['{"ports":{"http":80},"replicas":2,"y":1}'],
  ],
  "inline values give way": [
    "  valuesMerge: merge\n  valuesInline: {replicas: 2, more: [1.5]}",
    ['{"more":[1.5],"ports":{"admin":81,"http":80},"replicas":1,"y":1}'],
  ],
  "inline values replace": ["  valuesMerge: replace\n  valuesInline: {replicas: 2}", ['{"replicas":2}']],
  "other files": ["  valuesFile: a.yaml\n  additionalValuesFiles: [b.yaml]", ["a: 1\n", "b: 1\n"]],
};
for (const [sentence, [fields, wanted]] of Object.entries(rows)) {
  test(`values of a chart: ${sentence}`, () => {
    assert.deepEqual(
      values(`${chart}${fields}\n`, { "/app/a.yaml": "a: 1\n", "/app/b.yaml": "b: 1\n" }),
      wanted,
    );
  });
}

test("a remote chart lies in a directory of its own for each version", () => {
  const { pulled, yaml } = inflate(`${chart}  repo: https://charts.example.com\n  version: 1.2.3\n`);
  assert.throws(yaml, /chart web: not here/);
  assert.deepEqual(pulled, [
    {
      home: "/app/charts/web-1.2.3",
      name: "web",
      repo: "https://charts.example.com",
      version: "1.2.3",
      devel: false,
    },
  ]);
});

test("a generator's file and the old field ask for charts too", () => {
  const generator =
    "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\nname: web\n";
  assert.equal(inflate("generators: [g.yaml]\n", { "/app/g.yaml": generator }).yaml().includes("conf"), true);
  const old = inflate("helmChartInflationGenerator: [{chartName: web, releaseName: old}]\n");
  old.yaml();
  assert.equal(old.asked[0]!.releaseName, "old");
});

const mistakes: Record<string, [fields: string, said: RegExp]> = {
  "a name that is a flag": ["  releaseName: --post-renderer", /releaseName must not start with '-'/],
  "a way to merge that is none": [
    "  valuesMerge: x",
    /valuesMerge must be one of \[merge override replace\]/,
  ],
  "a map in the place of a text": ["  valuesInline: {ports: 1}", /could not merge values: .*ports/],
  "values outside": ["  valuesFile: ../a.yaml", /'\.\.\/a\.yaml'/],
};
for (const [sentence, [fields, said]] of Object.entries(mistakes))
  test(`a chart is refused for ${sentence}`, () => assert.throws(inflate(`${chart}${fields}\n`).yaml, said));

test("without Helm a chart is refused with the alternatives", () => {
  const fs = files({ "/app/kustomization.yaml": chart });
  assert.throws(() => build("/app", { fs }), /must specify --enable-helm.*HelmRelease/);
});
