import assert from "node:assert/strict";
import { test } from "node:test";
import { isBlank, sortByKind, splitManifests } from "./order.ts";

const SPLITS: Record<string, [string, string[]]> = {
  "a text without a separator is one manifest": ["kind: A\n", ["kind: A\n"]],
  "a separator may have anything behind it": [
    "kind: A\n---kind: B\n--- # c\nkind: C",
    ["kind: A\n", "kind: B\n", "# c\nkind: C"],
  ],
  "blanks behind a separator belong to it": ["--- \t \n  kind: A\n", ["kind: A\n"]],
  "manifests of white space are none": ["---\n \n---\n\u0085\u00a0\n---\n", []],
  "dashes within a line or at an indent separate nothing": ["a: b---\n  ---\n", ["a: b---\n  ---\n"]],
  "white space before the first separator does not hide it": ["\n  ---\na: 1\n", ["a: 1\n"]],
  "only a line feed ends a line": ["a: 1\r---\nb: 2", ["a: 1\r---\nb: 2"]],
  "four dashes are a separator and a dash": ["a\n----\n", ["a\n", "-\n"]],
  "a byte order mark is no white space": ["\ufeff", ["\ufeff"]],
};

test("manifests are cut as Helm cuts them", async (t) => {
  for (const [sentence, [text, expected]] of Object.entries(SPLITS)) {
    await t.test(sentence, () => {
      assert.deepEqual(
        splitManifests(text).map((piece) => piece.text),
        expected,
      );
    });
  }
});

test("a manifest knows where it begins", () => {
  const text = "---\n\n kind: A\n---\nkind: B\n";
  for (const { text: piece, offset } of splitManifests(text)) assert.ok(text.startsWith(piece, offset));
  assert.deepEqual(
    splitManifests(text).map(({ offset }) => offset),
    [6, 18],
  );
});

test("kinds are installed in Helm's order, unknown ones last and by name, equals as they came", () => {
  const kinds = ["Zed", "Deployment", "", "Service#2", "Alpha", "Namespace", "Service#1", "é", "Ingress"];
  const sorted = sortByKind(kinds, (kind) => kind.split("#")[0]!);
  assert.deepEqual(sorted, [
    "Namespace",
    "Service#2",
    "Service#1",
    "Deployment",
    "Ingress",
    "",
    "Alpha",
    "Zed",
    "é",
  ]);
});

test("kinds are deleted in an order of their own", () => {
  const kinds = ["Namespace", "Secret", "Service", "Deployment", "Widget", "Ingress"];
  const sorted = sortByKind(kinds, (kind) => kind, "uninstall");
  assert.deepEqual(sorted, ["Ingress", "Service", "Deployment", "Secret", "Namespace", "Widget"]);
});

test("blank is what Go takes for white space", () => {
  assert.equal(isBlank(" \t\r\n\v\f\u0085\u2003"), true);
  assert.equal(isBlank("\ufeff"), false);
});
