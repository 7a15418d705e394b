// Every YAML block in docs/kinds must be what it looks like: objects of ours valid against their
// schemas, in a version that is served; the rest well-formed manifests.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { kindOf } from "./kinds.ts";
import { groups } from "./names.ts";
import { validate } from "./validate.ts";

const docs = join(import.meta.dirname, "../../../docs");
const ours: readonly string[] = [
  groups.source,
  groups.kustomize,
  groups.helm,
  groups.notification,
  groups.image,
];

const pages = readdirSync(join(docs, "kinds"))
  .filter((name) => name.endsWith(".md"))
  .map((name) => `kinds/${name}`);

for (const page of [...pages, "decisions/0001-older-api-versions.md"]) {
  for (const { line, body } of blocksOf(readFileSync(join(docs, page), "utf8"))) {
    test(`docs/${page}:${line} is valid`, () => {
      for (const document of parseAllDocuments(body)) {
        assert.deepEqual([...document.errors, ...document.warnings].map(String), []);
        const object = document.toJS();
        assert.ok(
          object.apiVersion && object.kind && object.metadata?.name,
          "apiVersion, kind and metadata.name",
        );
        if (!ours.includes(object.apiVersion.split("/")[0])) continue;
        const kind = kindOf(object);
        assert.ok(kind, `${object.kind} is not one of our kinds`);
        assert.deepEqual(validate(kind, object), []);
        kind.parse(object);
      }
    });
  }
}

for (const name of ["gitrepository", "kustomization"]) {
  test(`docs/kinds/${name}.md has the four headings`, () => {
    const headings = readFileSync(join(docs, "kinds", `${name}.md`), "utf8").match(/^## .*$/gm);
    assert.deepEqual(headings, ["## Example", "## Writing a spec", "## Working with it", "## Status"]);
  });
}

function blocksOf(text: string): { line: number; body: string }[] {
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(({ index, 1: body = "" }) => ({
    line: text.slice(0, index).split("\n").length + 1,
    body,
  }));
}
