import assert from "node:assert/strict";
import test from "node:test";
import type { Kustomization } from "@sluice/api";
import { memoryFileSystem } from "@sluice/kustomize";
import { render, variablesOf } from "./render.ts";

const ks = (spec: object = {}): Kustomization =>
  ({
    metadata: { name: "web", namespace: "flux-system" },
    spec: { interval: "1m", prune: true, sourceRef: { kind: "GitRepository", name: "r" }, ...spec },
  }) as unknown as Kustomization;
const cm = (data: string, extra = "") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: n\n${extra}data:\n${data}`;
const rendered = (
  spec: object,
  files: Record<string, string>,
  variables: Record<string, string> = {},
  strict = true,
) => render(ks(spec), "/src", { variables, strict, fs: memoryFileSystem(files) });

test("labels every object with its owner and tells where it came from", () => {
  const { objects, refs, origins, files } = rendered(
    { commonMetadata: { labels: { team: "x" } } },
    { "/src/dir/a.yaml": cm("  k: v\n") },
  );
  assert.deepEqual(objects[0]!.metadata.labels, {
    team: "x",
    "kustomize.toolkit.fluxcd.io/name": "web",
    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
  });
  assert.deepEqual(refs, [{ group: "", version: "v1", kind: "ConfigMap", namespace: "n", name: "a" }]);
  assert.equal(origins.get(objects[0]!), "dir/a.yaml:1");
  assert.deepEqual(files, ["dir/a.yaml"]);
});

test("gives the same digest for the same objects, and another for others", () => {
  const digest = (value: string) => rendered({}, { "/src/a.yaml": cm(`  k: ${value}\n`) }).digest;
  assert.equal(digest("v"), digest("v"));
  assert.notEqual(digest("v"), digest("w"));
});

test("substitutes declared variables; the YAML is read again, so types follow", () => {
  const postBuild = { substitute: { n: "3", s: "x" } };
  const [object] = rendered(
    { postBuild },
    { "/src/a.yaml": cm("  k: ${s}-${n}\n  raw: $${s}\n") },
    { n: "3", s: "x" },
  ).objects;
  assert.deepEqual(object!.data, { k: "x-3", raw: "${s}" });
});

test("leaves an object alone that is annotated so, or when there is nothing to substitute", () => {
  const annotation = "  annotations:\n    kustomize.toolkit.fluxcd.io/substitute: disabled\n";
  const postBuild = { substitute: { s: "x" } };
  assert.deepEqual(
    rendered({ postBuild }, { "/src/a.yaml": cm("  k: ${s}\n", annotation) }, { s: "x" }).objects[0]!.data,
    { k: "${s}" },
  );
  assert.deepEqual(rendered({ postBuild: {} }, { "/src/a.yaml": cm("  k: ${s:-some}\n") }).objects[0]!.data, {
    k: "${s:-some}",
  });
  assert.deepEqual(
    rendered({ postBuild: { substituteStrategy: "Always" } }, { "/src/a.yaml": cm("  k: ${s:-some}\n") })
      .objects[0]!.data,
    { k: "some" },
  );
});

const errors: Record<string, [spec: object, files: Record<string, string>, reason: string, message: RegExp]> =
  {
    "a path that is not there": [
      { path: "./no" },
      { "/src/a.yaml": cm("  k: v\n") },
      "ArtifactFailed",
      /'.\/no' is not a directory of the source/,
    ],
    "a path that leads out": [
      { path: "../../etc" },
      { "/src/a.yaml": cm("  k: v\n") },
      "ArtifactFailed",
      /not a directory/,
    ],
    "a variable that nobody declared": [
      { postBuild: { substitute: { a: "1" } } },
      { "/src/a.yaml": cm("  k: ${b}\n") },
      "BuildFailed",
      /ConfigMap\/n\/a \(a\.yaml:1\): variable not set \(strict mode\): "b"; declare 'b' in spec.postBuild/,
    ],
    "broken YAML": [{}, { "/src/a.yaml": "a: [" }, "BuildFailed", /a\.yaml/],
    "an encrypted Secret": [
      {},
      {
        "/src/a.yaml":
          "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  namespace: n\nstringData:\n  k: ENC[x]\nsops:\n  mac: m\n",
      },
      "BuildFailed",
      /a\.yaml:1: Secret\/n\/s is SOPS encrypted/,
    ],
  };
for (const [sentence, [spec, files, reason, message]] of Object.entries(errors))
  test(`says where and what: ${sentence}`, () => {
    assert.throws(
      () => rendered(spec, files, { a: "1" }),
      (thrown: any) => {
        assert.match(thrown.message, message);
        assert.equal(thrown.reason, reason);
        return true;
      },
    );
  });

test("variables: later sources win, inline ones most; line breaks are dropped", () => {
  const spec = { postBuild: { substitute: { c: "inline" } } };
  assert.deepEqual(
    variablesOf(ks(spec), [
      { a: "1", b: "1" },
      { b: "2\n", c: "2" },
    ]),
    { a: "1", b: "2", c: "inline" },
  );
  assert.throws(() => variablesOf(ks(), [{ "not-a-name": "x" }]), /'not-a-name' var name is invalid/);
});
