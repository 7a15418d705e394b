import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type BuildOptions, build } from "./build.ts";
import { KustomizeError } from "./errors.ts";
import { diskFileSystem, memoryFileSystem } from "./filesystem.ts";
import { hashFiles } from "./load/loader.ts";
import { buildTree, outcome, type Tree } from "./testing/tree.ts";

const pod = (name: string) => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n`;

const failures: Record<string, [Tree, RegExp, BuildOptions?]> = {
  "says what is missing in an empty directory": [
    { "x.txt": "" },
    /unable to find one of 'kustomization\.yaml', 'kustomization\.yml' or 'Kustomization' in directory/,
  ],
  "refuses two kustomization files": [
    { "kustomization.yaml": "resources: []", Kustomization: "resources: []" },
    /Found multiple kustomization files/,
  ],
  "names an unknown field, its line and what was meant": [
    { "kustomization.yaml": "resources: []\npatchs: []" },
    /^kustomization\.yaml:2: invalid Kustomization: json: unknown field "patchs"; did you mean "patches"\?$/,
  ],
  "names an unknown field deep inside": [
    { "kustomization.yaml": "patches:\n- path: x\n  target:\n    knid: Pod" },
    /^kustomization\.yaml:4: .*unknown field "knid" in patches\[0\]\.target; did you mean "kind"/,
  ],
  "refuses an empty kustomization": [{ "kustomization.yaml": "" }, /kustomization\.yaml is empty/],
  "refuses a wrong version": [
    { "kustomization.yaml": "apiVersion: apps/v1\nresources: [x]" },
    /Failed to read kustomization file under \.:\napiVersion for Kustomization should be kustomize\.config\.k8s\.io\/v1beta1 \(kustomization\.yaml:1\)/,
  ],
  "tells the way from the root to the mistake": [
    {
      "kustomization.yaml": "resources:\n- base",
      "base/kustomization.yaml": "resources:\n- a.yaml\n- b.yaml",
      "base/a.yaml": pod("a"),
      "base/b.yaml": `${pod("b")}---\nkind: Pod\nmetadata: {}\n`,
    },
    /^kustomization\.yaml:2: accumulating resources from 'base': base\/kustomization\.yaml:3: accumulating resources from 'b\.yaml': base\/b\.yaml:6: missing metadata\.name in object Pod/,
  ],
  "refuses remote resources and says how to vendor them": [
    { "kustomization.yaml": "resources: ['https://github.com/org/repo//base?ref=v1']" },
    /is not fetched: .*Vendor it: copy the files/,
  ],
  "refuses Git hosts without a scheme": [
    { "kustomization.yaml": "resources: [github.com/org/repo]" },
    /remote resource 'github\.com\/org\/repo' is not fetched/,
  ],
  "refuses plugins that would run something": [
    {
      "kustomization.yaml":
        "transformers: ['{apiVersion: x/v1, kind: Mine, metadata: {name: m}}']\nresources: []",
    },
    /external plugins disabled; unable to load external plugin 'Mine'\. .*use the built-in/,
  ],
  "refuses a cycle of bases": [
    {
      "kustomization.yaml": "resources: [a]",
      "a/kustomization.yaml": "resources: [../b]",
      "b/kustomization.yaml": "resources: [../a]",
    },
    /cycle detected: candidate root 'a' contains visited root 'a'/,
  ],
  "refuses the directory above as a base": [
    { "kustomization.yaml": "resources: [a]", "a/kustomization.yaml": "resources: [..]" },
    /cycle detected/,
  ],
  "refuses files outside the kustomization's directory": [
    {
      "kustomization.yaml": "resources: [a]",
      "a/kustomization.yaml": "resources: [../x.yaml]",
      "x.yaml": pod("x"),
    },
    /security; file 'x\.yaml' is not in or below 'a'/,
  ],
  "refuses the same object twice, and says where the second is": [
    { "kustomization.yaml": "resources: [a.yaml]", "a.yaml": `${pod("a")}---\n${pod("a")}` },
    /may not add resource with an already registered id: Pod\.v1\.\[noGrp\]\/a\.\[noNs\]/,
  ],
  "refuses a component among resources": [
    {
      "kustomization.yaml": "resources: [c]",
      "c/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: x",
    },
    /expected kind != 'Component' for path 'c'; list it under components/,
  ],
  "refuses an alias bomb": [
    {
      "kustomization.yaml": "resources: [a.yaml]",
      "a.yaml": `a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`).join("\n")}`,
    },
    /excessive aliasing/,
  ],
  "refuses what is nested too deep": [
    { "kustomization.yaml": "resources: [a.yaml]", "a.yaml": `${"{a: ".repeat(2000)}` },
    /nesting exceeded/,
  ],
  "says where malformed YAML is": [
    { "kustomization.yaml": "resources: [a.yaml]", "a.yaml": `${pod("a")}---\na:\n  b: c: d\n` },
    /MalformedYAMLError: yaml: line 2: mapping values are not allowed in this context in File: a\.yaml \(a\.yaml:7:7\)/,
  ],
  "refuses a validator that remembers a name, as JSON patches do": [
    {
      "kustomization.yaml":
        "resources: [a.yaml]\nvalidators: ['{apiVersion: builtin, kind: PatchTransformer, metadata: {name: v}, patch: \"- {op: test, path: /kind, value: Pod}\", target: {kind: Pod}}']",
      "a.yaml": pod("a"),
    },
    /validator shouldn't modify the resource map: nodes unequal: Pod/,
  ],
  "refuses a validator that changes something": [
    {
      "kustomization.yaml":
        "resources: [a.yaml]\nvalidators: ['{apiVersion: builtin, kind: LabelTransformer, metadata: {name: v}, labels: {a: b}, fieldSpecs: [{path: metadata/labels, create: true}]}']",
      "a.yaml": pod("a"),
    },
    /validator shouldn't modify the resource map/,
  ],
};
for (const [sentence, [tree, expected, options]] of Object.entries(failures)) {
  test(sentence, () => assert.match(outcome(tree, options), expected));
}

const outputs: Record<string, [Tree, string | RegExp, BuildOptions?]> = {
  "reads the first document of a kustomization only": [
    { "kustomization.yaml": "# c\n%YAML 1.1\n---\nresources: [a.yaml]\n--- x\n  b: [\n", "a.yaml": pod("a") },
    /name: a\n/,
  ],
  "reads a kustomization with lines of Windows": [
    { "kustomization.yaml": "# c\r\n\r\n---\r\nresources: [a.yaml]\r\n", "a.yaml": pod("a") },
    /name: a\n/,
  ],
  "reads the first document of configurations and replacements only": [
    {
      "kustomization.yaml": "resources: [a.yaml]\nconfigurations: [c.yaml]\nreplacements: [{path: r.yaml}]\n",
      "a.yaml": pod("a"),
      "c.yaml": "namePrefix: []\n---\na: [\n",
      "r.yaml": "{sourceValue: b, targets: [{select: {kind: Pod}}]}\n---\na: [\n",
    },
    /name: b\n/,
  ],
  "keeps the label of who validated": [
    {
      "kustomization.yaml":
        "resources: [a.yaml]\nvalidators: ['{apiVersion: builtin, kind: LabelTransformer, metadata: {name: v}, labels: {validated-by: b}, fieldSpecs: [{path: metadata/labels, create: true}]}']",
      "a.yaml": pod("a"),
    },
    /labels:\n {4}validated-by: b\n/,
  ],
  "unfolds lists": [
    {
      "kustomization.yaml": "resources: [a.yaml]",
      "a.yaml": `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n`,
    },
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n",
  ],
  "reads fields in any case": [
    { "kustomization.yaml": "Resources: [a.yaml]\nnameprefix: x", "a.yaml": pod("a") },
    /name: xa/,
  ],
  "folds deprecated fields": [
    {
      "kustomization.yaml": "bases: [b]\nimageTags: [{name: i, newTag: '2'}]",
      "b/kustomization.yaml": "resources: [a.yaml]",
      "b/a.yaml": `${pod("a")}spec: {containers: [{image: i}]}\n`,
    },
    /image: i:2/,
  ],
  "keeps resources that only feed the build out": [
    {
      "kustomization.yaml": "resources: [a.yaml]",
      "a.yaml": `${pod("a")}---\n${pod("b")}  annotations: {config.kubernetes.io/local-config: "true"}\n`,
    },
    pod("a"),
  ],
  "notes where resources came from": [
    {
      "kustomization.yaml":
        "resources: [b]\nbuildMetadata: [originAnnotations, transformerAnnotations]\nnamePrefix: x",
      "b/kustomization.yaml": "resources: [a.yaml]",
      "b/a.yaml": pod("a"),
    },
    /transformations: \|\n {6}- configuredIn: kustomization\.yaml\n {8}configuredBy:\n {10}apiVersion: builtin\n {10}kind: PrefixTransformer\n {4}config\.kubernetes\.io\/origin: \|\n {6}path: b\/a\.yaml/,
  ],
  "marks resources as managed on request": [
    { "kustomization.yaml": "resources: [a.yaml]", "a.yaml": pod("a") },
    /app\.kubernetes\.io\/managed-by: kustomize-v5\.8\.2/,
    { addManagedByLabel: true },
  ],
  "reads files anywhere without the restriction": [
    {
      "kustomization.yaml": "resources: [a]",
      "a/kustomization.yaml": "resources: [../x.yaml]",
      "x.yaml": pod("x"),
    },
    /name: x/,
    { loadRestrictor: "none" },
  ],
  "lets bases share files inside a given root": [
    {
      "kustomization.yaml": "resources: [a]",
      "a/kustomization.yaml": "resources: [../x.yaml]",
      "x.yaml": pod("x"),
    },
    /name: x/,
    { root: "/app" },
  ],
  "takes a kustomization instead of the file": [
    { "kustomization.yaml": "nonsense: true", "a.yaml": pod("a") },
    /name: given-a/,
    { kustomization: { resources: ["a.yaml"], namePrefix: "given-" } },
  ],
  "merges lists of custom kinds by a schema of one's own": [
    {
      "kustomization.yaml":
        "resources: [a.yaml]\nopenapi: {path: s.json}\npatches: [{patch: '{apiVersion: x/v1, kind: T, metadata: {name: a}, list: [{id: b}]}'}]",
      "a.yaml": "apiVersion: x/v1\nkind: T\nmetadata: {name: a}\nlist: [{id: a}]\n",
      "s.json": JSON.stringify({
        definitions: {
          T: {
            "x-kubernetes-group-version-kind": [{ group: "x", version: "v1", kind: "T" }],
            properties: {
              list: {
                items: { properties: {} },
                "x-kubernetes-patch-merge-key": "id",
                "x-kubernetes-patch-strategy": "merge",
              },
            },
          },
        },
      }),
    },
    /list:\n- id: b\n- id: a/,
  ],
};
for (const [sentence, [tree, expected, options]] of Object.entries(outputs)) {
  test(sentence, () => {
    const actual = outcome(tree, options);
    if (typeof expected === "string") assert.equal(actual, expected);
    else assert.match(actual, expected);
  });
}

test("stays inside a given root, whatever the restriction", () => {
  const fs = memoryFileSystem({
    "/root/app/kustomization.yaml": "resources: [../../secret.yaml]",
    "/secret.yaml": pod("secret"),
  });
  const attempt = () => build("/root/app", { fs, root: "/root", loadRestrictor: "none" });
  assert.throws(attempt, (error) => error instanceof KustomizeError && error.code === "outside-root");
});

test("does not follow symbolic links out of the root", () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "sluice-kustomize-")));
  try {
    mkdirSync(join(dir, "app"));
    writeFileSync(join(dir, "outside.yaml"), pod("outside"));
    symlinkSync("../outside.yaml", join(dir, "app/link.yaml"));
    writeFileSync(join(dir, "app/kustomization.yaml"), "resources: [link.yaml]");
    assert.throws(() => build(join(dir, "app")), /security; file 'link\.yaml' is not in or below/);
    assert.throws(
      () => build(join(dir, "app"), { root: join(dir, "app"), loadRestrictor: "none" }),
      /security; file/,
    );
    symlinkSync("loop.yaml", join(dir, "app/loop.yaml"));
    for (const path of ["loop.yaml", '"nul\\0.yaml"']) {
      writeFileSync(join(dir, "app/kustomization.yaml"), `resources: [${path}]`);
      assert.throws(() => build(join(dir, "app")), { code: "missing-file" });
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("tells the files it read and a hash that changes with them", () => {
  const files = {
    "/repo/app/kustomization.yaml": "resources: [../base, a.yaml]",
    "/repo/app/a.yaml": pod("a"),
    "/repo/app/unused.yaml": pod("unused"),
    "/repo/base/kustomization.yaml": "configMapGenerator: [{name: c, files: [f.txt]}]",
    "/repo/base/f.txt": "x",
  };
  const run = (changed: Record<string, string>) =>
    build("/repo/app", { fs: memoryFileSystem({ ...files, ...changed }), root: "/repo" });
  const first = run({});
  assert.deepEqual(first.files, [
    "app/a.yaml",
    "app/kustomization.yaml",
    "base/f.txt",
    "base/kustomization.yaml",
  ]);
  assert.match(first.hash, /^sha256:[0-9a-f]{64}$/);
  assert.equal(run({ "/repo/app/unused.yaml": "changed" }).hash, first.hash);
  assert.notEqual(run({ "/repo/base/f.txt": "y" }).hash, first.hash);
  assert.equal(hashFiles(memoryFileSystem(files), "/repo", first.files), first.hash);
  assert.equal(hashFiles(memoryFileSystem({}), "/repo", first.files), undefined);
});

test("counts the file behind a given kustomization among what was read", () => {
  const fs = memoryFileSystem({ "/app/kustomization.yaml": "resources: [a.yaml]", "/app/a.yaml": pod("a") });
  const { files } = build("/app", { fs, kustomization: { resources: ["a.yaml"], namePrefix: "x-" } });
  assert.deepEqual(files, ["a.yaml", "kustomization.yaml"]);
});

test("notices that a symbolic link points elsewhere", () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "sluice-kustomize-")));
  try {
    for (const name of ["one", "two"]) {
      mkdirSync(join(dir, name));
      writeFileSync(join(dir, name, "kustomization.yaml"), "resources: [a.yaml]");
      writeFileSync(join(dir, name, "a.yaml"), pod(name));
    }
    mkdirSync(join(dir, "app"));
    writeFileSync(join(dir, "app/kustomization.yaml"), "resources: [../link]");
    symlinkSync("one", join(dir, "link"));
    const first = build(join(dir, "app"), { root: dir });
    assert.deepEqual(first.files, ["app/kustomization.yaml", "link/a.yaml", "link/kustomization.yaml"]);
    assert.equal(hashFiles(diskFileSystem, dir, first.files), first.hash);
    rmSync(join(dir, "link"));
    symlinkSync("two", join(dir, "link"));
    assert.notEqual(hashFiles(diskFileSystem, dir, first.files), first.hash);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("wants absolute paths, and a directory inside the root", () => {
  assert.throws(() => build("app"), /'app' must be an absolute path/);
  const fs = memoryFileSystem({ "/app/kustomization.yaml": "", "/root/x": "" });
  assert.throws(() => build("/app", { fs, root: "/root" }), /security; '\/app' is outside '\/root'/);
});

test("tells the file and line each resource came from", () => {
  const result = buildTree({
    "kustomization.yaml": "resources: [a.yaml]\nconfigMapGenerator: [{name: c}]",
    "a.yaml": `# first\n${pod("a")}---\n\n${pod("b")}`,
  });
  assert.deepEqual(
    result.resources.map(({ origin }) => origin),
    [
      { path: "a.yaml", line: 2 },
      { path: "a.yaml", line: 8 },
      { path: "kustomization.yaml", line: 1 },
    ],
  );
});

test("errors have a code and a place as data", () => {
  const attempt = () => buildTree({ "kustomization.yaml": "resources: []\nfoo: bar" });
  assert.throws(attempt, (error) => {
    assert.ok(error instanceof KustomizeError);
    assert.equal(error.code, "unknown-field");
    assert.deepEqual(error.at, { file: "kustomization.yaml", line: 2, column: 1 });
    return true;
  });
});

test("warns of deprecated fields and of keys that are given twice", () => {
  const { warnings } = buildTree({
    "kustomization.yaml": "resources: [a.yaml]\ncommonLabels: {a: b}\nnamePrefix: one\nnamePrefix: two",
    "a.yaml": pod("a"),
  });
  assert.match(warnings[0]!, /kustomization\.yaml:4: "namePrefix" is given twice/);
  assert.match(warnings[1]!, /'commonLabels' is deprecated/);
});

test("integers beyond 2^53 are bigints, exact in the output", () => {
  const result = buildTree({
    "kustomization.yaml": "resources: [a.yaml]",
    "a.yaml": `${pod("a")}spec: {big: 9007199254740993}\n`,
  });
  assert.equal(result.resources[0]!.object.spec.big, 9007199254740993n);
  assert.match(result.yaml(), /big: 9007199254740993/);
});
