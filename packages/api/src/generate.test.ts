import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { crdOf } from "./crd.ts";
import { generatedFiles } from "./generate.ts";
import { allKinds } from "./kinds.ts";
import type { OpenApi } from "./schema.ts";

const root = join(import.meta.dirname, "../../..");
const files = generatedFiles();

for (const [path, content] of Object.entries(files)) {
  test(`${path} is fresh`, () => {
    assert.equal(readFileSync(join(root, path), "utf8"), content, "stale: run `npm run generate`");
  });
}

test("deploy/crds holds nothing else", () => {
  const found = readdirSync(join(root, "deploy/crds")).map((name) => `deploy/crds/${name}`);
  assert.deepEqual(
    found.filter((path) => !(path in files)),
    [],
  );
});

for (const kind of allKinds) {
  const crd = crdOf(kind);

  test(`the YAML of ${kind.kind} says what its CRD says, to YAML 1.1 and to 1.2`, () => {
    const text = files[`deploy/crds/${kind.group}_${kind.plural}.yaml`]!;
    for (const version of ["1.1", "1.2"] as const) {
      assert.deepEqual(parse(text, { version }), JSON.parse(JSON.stringify(crd)));
    }
  });

  test(`${kind.kind}: one stored version, older ones deprecated with a warning that names the new one`, () => {
    const [current, ...older] = crd.spec.versions;
    assert.deepEqual([current.name, current.storage, current.served], [kind.version, true, true]);
    for (const version of older) {
      assert.deepEqual([version.storage, version.served, version.deprecated], [false, true, true]);
      assert.match(version.deprecationWarning, new RegExp(`use ${kind.apiVersion}$`));
      assert.ok(version.deprecationWarning.length <= 256);
    }
  });

  test(`${kind.kind}: every field is described, once and in a sentence`, () => {
    for (const [path, schema] of fieldsOf(kind.openapi.properties!.spec!, "spec")) {
      assert.match(schema.description ?? "", /[^.]\.$/, path);
    }
  });

  test(`${kind.kind}: the schema is structural`, () => assert.deepEqual(flawsOf(kind.openapi, ""), []));
}

function* fieldsOf(schema: OpenApi, path: string): Generator<[string, OpenApi]> {
  yield [path, schema];
  for (const [name, field] of Object.entries(schema.properties ?? {}))
    yield* fieldsOf(field, `${path}.${name}`);
  if (schema.items) yield* fieldsOf(schema.items, `${path}[]`);
  if (schema.additionalProperties) yield* fieldsOf(schema.additionalProperties, `${path}{}`);
}

/** The rules of apiextensions.k8s.io/v1 for schemas that ours could break. */
function flawsOf(root: OpenApi, path: string): string[] {
  return [...fieldsOf(root, path)].flatMap(([at, schema]) => [
    ...(schema.type || schema["x-kubernetes-preserve-unknown-fields"] ? [] : [`${at}: no type`]),
    ...(schema.properties && schema.additionalProperties
      ? [`${at}: properties and additionalProperties`]
      : []),
    ...(schema.required ?? [])
      .filter((name) => !schema.properties?.[name])
      .map((name) => `${at}: requires unknown ${name}`),
    ...(schema.type === "array" && !schema.items ? [`${at}: no items`] : []),
    ...(schema["x-kubernetes-list-map-keys"] ?? [])
      .filter((key) => !schema.items?.required?.includes(key))
      .map((key) => `${at}: list key ${key} is not required`),
    ...(schema["x-kubernetes-validations"] ?? [])
      .filter(({ message }) => message === "")
      .map(() => `${at}: no message`),
  ]);
}
