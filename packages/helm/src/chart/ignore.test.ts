import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIgnore } from "./ignore.ts";
import { compileGlob } from "./match.ts";

/** Rules, a path (a directory with a slash at its end), and whether it is ignored. */
const RULES: [rules: string, path: string, ignored: boolean][] = [
  ["helm.txt", "helm.txt", true],
  ["helm.txt", "a/helm.txt", true],
  ["/helm.txt", "a/helm.txt", false],
  ["*.txt", "a/b.txt", true],
  ["a/*.txt", "a/b.txt", true],
  ["a/*.txt", "a/b/c.txt", false],
  ["cargo/*.*", "cargo/a.txt", true],
  ["cargo/", "cargo", false],
  ["cargo/", "cargo/", true],
  ["cargo/", "mast/cargo/", true],
  ["/cargo/", "mast/cargo/", false],
  ["[a-c]?", "b1", true],
  ["[^a-c]?", "b1", false],
  ["\\*", "*", true],
  ["\\*", "a", false],
  ["!*.txt", "a.txt", false],
  ["!*.txt", "Chart.yaml", true],
  ["a.txt\n!*.txt", "a.txt", true],
  ["!a/", "a", true],
  ["", "templates/.x", true],
  ["", "templates/x", false],
  ["", ".x", false],
  ["\ufeffa", "a", true],
  ["  a  \r\nb\r\n", "b", true],
  ["# a", "# a", false],
];
for (const [rules, path, ignored] of RULES) {
  test(`${JSON.stringify(rules)} ${ignored ? "ignores" : "lets pass"} ${path}`, () => {
    const isDirectory = path.endsWith("/");
    assert.equal(parseIgnore(rules)(isDirectory ? path.slice(0, -1) : path, isDirectory), ignored);
  });
}

test("malformed patterns are refused", () => {
  for (const pattern of ["[", "[]a]", "[a", "[^]", "[a-]", "[-a]", "a\\", "[a\\"]) {
    assert.equal(compileGlob(pattern), undefined, pattern);
    assert.throws(() => parseIgnore(pattern), { message: "syntax error in pattern" });
  }
});

test("a pattern of many stars costs no more than its length", () => {
  const glob = compileGlob(`${"*a".repeat(2_000)}*b`)!;
  assert.equal(glob("a".repeat(4_000)), false);
  assert.equal(glob(`${"a".repeat(4_000)}b`), true);
});

test("rules that take forever are given up", () => {
  const glob = compileGlob(`${"*a".repeat(100)}*b`)!;
  const meter = { left: 1_000 };
  assert.throws(() => glob("a".repeat(4_000), meter), { code: "limit", message: /takes too long/ });
});
