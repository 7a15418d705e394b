import assert from "node:assert/strict";
import { test } from "node:test";
import { type ManifestObject, POST_RENDER_FILE, postRenderText } from "./postrender.ts";
import { chartOf, render } from "./render.fixture.ts";

const HOOK = "kind: Job\nmetadata:\n  name: j\n  annotations:\n    helm.sh/hook: test\n";
const chart = chartOf({
  "a.yaml": `# c\nkind: Pod\nmetadata:\n  name: p\n---\n${HOOK}`,
  "b.yaml": "kind: List\nitems:\n- kind: Service\n  metadata:\n    annotations: {x: z}\n---\n# nothing\n",
});

type Renamed = (object: ManifestObject) => ManifestObject;
const each = (change: Renamed) => (objects: ManifestObject[]) => objects.map(change);
const labelled = each((object) => ({
  ...object,
  metadata: { ...(object.metadata as object), labels: { seen: "1" } },
}));

test("all manifests go through, hooks too, and come back to their templates", () => {
  const { manifests, hooks } = render(chart, { postRender: { run: labelled } });
  assert.deepEqual(
    manifests.map(({ path, text }) => [path, text]),
    [
      [
        "web/templates/b.yaml",
        'kind: Service\nmetadata:\n  annotations:\n    x: z\n  labels:\n    seen: "1"\n',
      ],
      ["web/templates/a.yaml", 'kind: Pod\nmetadata:\n  labels:\n    seen: "1"\n  name: p\n'],
    ],
  );
  assert.match(hooks[0]!.manifest, /seen: "1"/);
  assert.equal(hooks[0]!.path, "web/templates/a.yaml");
});

test("objects tell their template while they are post-rendered", () => {
  const seen: unknown[] = [];
  const run = each((object) => {
    seen.push(`${object.kind} ${(object.metadata as any).annotations[POST_RENDER_FILE]}`);
    return object;
  });
  render(chart, { postRender: { run } });
  assert.deepEqual(seen, [
    "Pod web/templates/a.yaml",
    "Job web/templates/a.yaml",
    "Service web/templates/b.yaml",
  ]);
});

test("hooks go through on their own, or not at all", () => {
  const calls: unknown[][] = [];
  const run = (objects: ManifestObject[]) => {
    calls.push(objects.map(({ kind }) => kind));
    return labelled(objects);
  };
  const separate = render(chart, { postRender: { run, strategy: "separate" } });
  assert.deepEqual(calls.splice(0), [["Job"], ["Pod", "Service"]]);
  assert.match(separate.hooks[0]!.manifest, /seen/);
  const nohooks = render(chart, { postRender: { run, strategy: "nohooks" } });
  assert.deepEqual(calls, [["Pod", "Service"]]);
  // Helm puts a line between a hook and what follows in its template.
  assert.equal(nohooks.hooks[0]!.manifest, `${HOOK}\n`);
  assert.match(nohooks.manifest, /seen/);
});

test("what a post-renderer adds gets a file of its own, and what it drops is gone", () => {
  const run = () => [{ kind: "New" }, { kind: "Newer", metadata: {} }];
  assert.deepEqual(
    render(chart, { postRender: { run } }).manifests.map(({ path, text }) => [path, text]),
    [
      ["generated-by-postrender-0.yaml", "kind: New\n"],
      ["generated-by-postrender-1.yaml", "kind: Newer\nmetadata: {}\n"],
    ],
  );
  const { manifests } = render(chart, { postRender: { run, strategy: "nohooks" } });
  assert.equal(manifests[0]!.path, "generated-by-postrender-manifests-0.yaml");
});

test("a post-renderer of texts reads and writes YAML", () => {
  const run = postRenderText((text) => text.replaceAll("kind: Pod", "kind: Puppet"));
  const kinds = render(chart, { postRender: { run } }).manifests.map(({ head }) => head.kind);
  assert.deepEqual(kinds, ["Service", "Puppet"]);
});

test("texts that YAML 1.1 has for booleans stay texts, as kustomize has it", () => {
  const { manifest } = render(chartOf({ "a.yaml": "kind: A\ndata: {a: yes, y: 0x10, d: 2001-01-01}\n" }), {
    postRender: { run: (objects) => objects },
  });
  assert.match(manifest, /data:\n {2}a: "yes"\n {2}d: "2001-01-01T00:00:00Z"\n {2}"y": 16\nkind: A\n/);
});

test("notes are not post-rendered, and a chart that prints nothing needs no post-renderer", () => {
  const run = () => assert.fail("called");
  assert.equal(render(chartOf({ "NOTES.txt": "hi" }), { postRender: { run } }).notes, "hi");
});

test("what goes wrong says where", () => {
  const run = () => {
    throw new Error("no such patch");
  };
  const words = { code: "post-render", message: "error while running post render on files: no such patch" };
  assert.throws(() => render(chart, { postRender: { run } }), words);
  const list = chartOf({ "a.yaml": "- a\n" });
  assert.throws(() => render(list, { postRender: { run: labelled } }), {
    code: "bad-manifest",
    message:
      "error merging manifests: parsing web/templates/a.yaml: wrong node kind: expected MappingNode but got SequenceNode",
  });
  const broken = chartOf({ "a.yaml": "a: b: c\n" });
  assert.throws(() => render(broken, { postRender: { run: labelled } }), {
    message:
      "error merging manifests: parsing web/templates/a.yaml: MalformedYAMLError: yaml: mapping values are not allowed in this context",
  });
});
