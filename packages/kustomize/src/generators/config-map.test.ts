import assert from "node:assert/strict";
import { test } from "node:test";
import { testCases } from "../testing/cases.ts";
import { buildTree } from "../testing/tree.ts";

const existing =
  "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: g, labels: {old: a}}\ndata: {a: old, b: kept}\n";
const component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n";
const files = { "f.txt": "one\ntwo\n", "e.env": "# note\nA=1\n  B= x \n\nC\n" };

testCases({
  "makes a ConfigMap of literals, files and env files": [
    existing,
    "configMapGenerator: [{name: made, literals: ['k=v=w', 'q=\"a b\"'], files: [f.txt, r=f.txt], envs: [e.env], options: {disableNameSuffixHash: true}}]",
    /data:\n {2}A: "1"\n {2}B: ' x '\n {2}C: ""\n {2}f\.txt: \|\n {4}one\n {4}two\n {2}k: v=w\n {2}q: a b\n {2}r: \|/,
    files,
  ],
  "makes a Secret": [
    existing,
    "secretGenerator: [{name: made, literals: [k=v], type: t}]",
    /data:\n {2}k: dg==\nkind: Secret[\s\S]*type: t/,
  ],
  "appends a hash to the name": [
    existing,
    "configMapGenerator: [{name: made, literals: [k=v]}]",
    /name: made-[a-z0-9]{10}/,
  ],
  "merges into an object of that name": [
    existing,
    "configMapGenerator: [{name: g, behavior: merge, literals: [a=new]}]",
    /data:\n {2}a: new\n {2}b: kept[\s\S]*old: a/,
  ],
  "encodes texts of a Secret that it merges into, in lines of 70 characters": [
    `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: ${"x".repeat(60)}}\n`,
    "secretGenerator: [{name: s, behavior: merge, literals: [k=v], options: {disableNameSuffixHash: true}}]",
    /a: \|\n {4}\S{70}\n {4}\S{10}\n/,
  ],
  "makes strings of several lines, and of booleans of YAML 1.1, which stay strings when patched": [
    existing,
    `configMapGenerator: [{name: made, files: [a=f.txt], literals: [b=y, c=z], options: {labels: {l: "on"}, disableNameSuffixHash: true}}]
patches: [{patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: made, labels: {l: 1}}, data: {a: 1, b: 1, c: 1}}'}]`,
    /a: "1"\n {2}b: "1"\n {2}c: 1\n[\s\S]*l: "1"/,
    files,
  ],
  "replaces an object of that name": [
    existing,
    "configMapGenerator: [{name: g, behavior: replace, literals: [a=new]}]",
    /data:\n {2}a: new\nkind/,
  ],
  "takes options of all generators, own ones first": [
    existing,
    "generatorOptions: {labels: {l: all, m: all}, immutable: true}\nconfigMapGenerator: [{name: made, options: {labels: {l: own}}}]",
    /immutable: true[\s\S]*l: own\n {4}m: all/,
  ],
  "refuses to create what is there": [
    existing,
    "configMapGenerator: [{name: g}]",
    /exists; can not use behavior: 'unspecified'.*\(from r\.yaml:1\)/,
  ],
  "refuses to merge into nothing": [
    existing,
    "configMapGenerator: [{name: made, behavior: merge}]",
    /does not exist; cannot merge or replace/,
  ],
  "refuses to merge into what a patch gave another kind": [
    existing,
    "components: [a, b]",
    /merging from generator.*cannot find resource with id ConfigMap\.v1\.\[noGrp\]\/g\.\[noNs\] to replace/,
    {
      "a/kustomization.yaml": `${component}patches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: g}}', target: {kind: ConfigMap}, options: {allowKindChange: true}}]`,
      "b/kustomization.yaml": `${component}configMapGenerator: [{name: g, behavior: merge}]`,
    },
  ],
  "refuses a literal without a key, and does not show it": [
    existing,
    "secretGenerator: [{name: made, literals: [hunter2]}]",
    /^(?![\s\S]*hunter2)[\s\S]*expected key=value/,
  ],
  "refuses a key twice": [
    existing,
    "configMapGenerator: [{name: made, literals: [a=1, a=2]}]",
    /illegally repeats the key `a`/,
  ],
  "refuses a generator without a name": [
    existing,
    "configMapGenerator: [{literals: [a=1]}]",
    /must have a name/,
  ],
});

test("puts what is no UTF-8 into binaryData, in lines of 70 characters", () => {
  const bytes = Buffer.alloc(60, 0xff);
  const fs = {
    readFile: (path: string) =>
      path.endsWith(".bin") ? bytes : Buffer.from("configMapGenerator: [{name: made, files: [x.bin]}]"),
    stat: (path: string) =>
      path === "/app"
        ? ("directory" as const)
        : /(\.bin|\/kustomization\.yaml)$/.test(path)
          ? ("file" as const)
          : undefined,
    realPath: (path: string) => path,
  };
  const { object } = buildTree({}, { fs }).resources[0]!;
  assert.equal(object.binaryData["x.bin"], `${"/".repeat(70)}\n${"/".repeat(10)}\n`);
});
