import { type Case, testCases } from "../testing/cases.ts";

const thing = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a, namespace: x}\n";
const map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
const operation = (kind: string) => ({
  get: { "x-kubernetes-group-version-kind": { group: "example.com", version: "v1", kind } },
});
const withPaths = (...paths: string[]) => ({
  "s.json": JSON.stringify({ paths: Object.fromEntries(paths.map((path) => [path, operation("Thing")])) }),
});
const CLUSTER = "/apis/example.com/v1/things/{name}";
const NAMESPACED = "/apis/example.com/v1/namespaces/{namespace}/things/{name}";
const over = "openapi: {path: s.json}\n";

testCases({
  "keeps objects out of namespaces whose paths have none": [
    thing.replace(", namespace: x", ""),
    `${over}namespace: q`,
    /metadata:\n {2}name: a\n$/,
    withPaths(CLUSTER),
  ],
  "knows kinds with a path that has a namespace to be in namespaces": [
    thing,
    `${over}namespace: q`,
    /namespace: q/,
    withPaths(CLUSTER, NAMESPACED),
  ],
  "tells objects outside namespaces apart by name alone": [
    `${thing}---\n${thing.replace("namespace: x", "namespace: z")}`,
    over,
    /already registered id: Thing.v1.example.com\/a.z/,
    withPaths(CLUSTER),
  ],
  "takes the scope of built-in kinds from nowhere else": [
    map,
    `${over}namespace: q`,
    /namespace: q/,
    {
      "s.json":
        '{"paths": {"/a": {"get": {"x-kubernetes-group-version-kind": {"group": "", "version": "v1", "kind": "ConfigMap"}}}}}',
    },
  ],
  ...Object.fromEntries(
    Object.entries({
      "{": /it starts with '{' but is not JSON/,
      "{definitions: {}}": /not JSON/,
      "definitions: [": /line 1|1:1[0-9]/,
      "": /s.json: EOF/,
      '{"definitions": []}': /expected an object within "\/definitions"/,
      '{"definitions": {"a": {"properties": {"b/c": 1}}}}': /within "\/definitions\/a\/properties\/b~1c"/,
      '{"definitions": {"a": {"type": 3}}}': /expected a string or a list within "\/definitions\/a\/type"/,
      '{"paths": {"/x": {"get": []}}}': /within "\/paths\/~1x\/get"/,
    }).flatMap(([text, problem]): [string, Case][] => [
      [
        `does not mind a schema that nothing needs: ${text}`,
        [map, over, /kind: ConfigMap/, { "s.json": text }],
      ],
      [
        `refuses it where the scope of a kind is needed: ${text}`,
        [thing, over, new RegExp(`invalid schema file: .*(?:${problem.source})`), { "s.json": text }],
      ],
    ]),
  ),
  "refuses a broken schema where a patch merges": [
    map,
    `${over}patches: [{patch: "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {b: c}}"}]`,
    /invalid schema file: s.json/,
    { "s.json": "[]" },
  ],
  "refuses a broken schema of a base where a patch merges by the built-in one beside it": [
    map,
    "",
    /invalid schema file: base\/s.json/,
    {
      "kustomization.yaml":
        'resources: [r.yaml, other, base]\npatches: [{patch: "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {b: c}}"}]',
      "other/kustomization.yaml":
        'resources: [r.yaml]\npatches: [{patch: "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {b: c}}"}]',
      "other/r.yaml": map.replace("name: a", "name: c"),
      "base/kustomization.yaml": `resources: [r.yaml]\n${over}`,
      "base/r.yaml": map.replace("name: a", "name: b"),
      "base/s.json": "[]",
    },
  ],
  "does not mind parts of a schema that are null": [
    thing,
    over,
    /kind: Thing/,
    {
      "s.json":
        '{"definitions": {"a": null, "b": {"properties": {"c": null}}}, "paths": {"/x": null, "y": 1}}',
    },
  ],
});
