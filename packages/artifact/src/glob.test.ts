import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileGlob } from "./glob.ts";

// Expected values are those of Go's filepath.Match.
const rows: Record<string, [pattern: string, matching: string[], others: string[]]> = {
  "a name matches itself": ["a.yaml", ["a.yaml"], ["a_yaml", "a.yam", "xa.yaml", ""]],
  "a star matches any run, an empty one too": ["a*c", ["ac", "abc", "abbc", "acc"], ["a", "ab", "acb"]],
  "two stars are one star": ["**", ["", "a", "a.b"], []],
  "a star matches a leading dot": ["*", [".git", ""], []],
  "a question mark matches one character": ["a?", ["ab", "aé", "a😀"], ["a", "abc"]],
  "a class matches one of its characters": ["[abx-z]", ["a", "b", "y"], ["c", "w", "", "ab"]],
  "a caret negates a class": ["[^a-c]", ["d", "^", "é"], ["a", "b", "c", ""]],
  "an exclamation mark does not negate": ["[!a]", ["!", "a"], ["b"]],
  "a backslash takes away the meaning": ["\\*\\[", ["*["], ["a[", "\\*\\["]],
  "a backslash works in a class": ["[\\]\\-]", ["]", "-"], ["\\", "a"]],
  "an unclosed class matches nothing": ["[a", [], ["a", "[a", "["]],
  "an empty class matches nothing": ["[]a]", [], ["]", "a"]],
  "an open range matches nothing": ["[a-]", [], ["a", "-"]],
  "a final backslash matches nothing": ["a\\", [], ["a", "a\\"]],
};

describe("a pattern for names", () => {
  for (const [sentence, [pattern, matching, others]] of Object.entries(rows)) {
    test(sentence, () => {
      const matches = compileGlob(pattern);
      for (const name of matching) assert.ok(matches(name), `${pattern} should match ${name}`);
      for (const name of others) assert.ok(!matches(name), `${pattern} should not match ${name}`);
    });
  }

  test("with many stars is not exponential", () => {
    assert.equal(compileGlob(`${"*a".repeat(60)}b`)("a".repeat(255)), false);
  });
});
