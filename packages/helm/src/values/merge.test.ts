import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeValues, type ValuesSources } from "./merge.ts";
import { readValues } from "./read.ts";
import { plain } from "./values.fixture.ts";

const file = (data: string, name = "values.yaml") => ({ name, data });

test("sources lie over one another in Helm's order, whatever order they are given in", () => {
  const sources: ValuesSources = {
    setLiteral: ["f=literal"],
    setFile: ["e=path,f=path"],
    readFile: () => "file",
    setString: ["d=1,e=1,f=1"],
    set: ["c=1,d=2,e=2,f=2"],
    setJson: ['{"b":1,"c":2,"d":3}', "e=4,f=4"],
    files: [file("a: 0\nb: 0\nc: 0"), file("a: 1")],
  };
  const expected = { a: 1, b: 1, c: "1n", d: "1", e: "file", f: "literal" };
  assert.deepEqual(plain(mergeValues(sources)), expected);
});

test("tables are merged, lists and nulls replace", () => {
  const files = [file("t: {a: 1, b: {c: 2}, l: [1, 2]}\nx: {y: 1}"), file("t: {b: {d: 3}, l: [3]}\nx: null")];
  assert.deepEqual(plain(mergeValues({ files })), { t: { a: 1, b: { c: 2, d: 3 }, l: [3] }, x: null });
});

test("a JSON object is merged, JSON behind a key replaces", () => {
  const files = [file("a: {x: 1}\nb: {x: 1}")];
  const setJson = ['{"a":{"y":2}}', 'b={"y":2}'];
  assert.deepEqual(plain(mergeValues({ files, setJson })), { a: { x: 1, y: 2 }, b: { y: 2 } });
});

const REFUSED: Record<string, [ValuesSources, string]> = {
  "a file that is no YAML": [
    { files: [file("a: [1", "prod.yaml")] },
    "failed to parse prod.yaml: cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 1: did not find expected ',' or ']'",
  ],
  "a file that is a list": [
    { files: [file("- 1", "prod.yaml")] },
    "failed to parse prod.yaml: cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}",
  ],
  "a flag": [{ set: ["a"] }, 'failed parsing --set data: key "a" has no value'],
  "JSON, of which Helm says nothing": [{ setJson: ["a=bare"] }, "failed parsing --set-json data a=bare"],
  "a JSON object": [{ setJson: [' {"a":'] }, 'failed parsing --set-json data JSON:  {"a":'],
};

test("what cannot be read is refused in Helm's words", async (t) => {
  for (const [sentence, [sources, message]] of Object.entries(REFUSED)) {
    await t.test(sentence, () => assert.throws(() => mergeValues(sources), { code: "bad-values", message }));
  }
});

test("documents of one file lie over one another", () => {
  const text = "\ufeffa: {b: 1}\n--- # more\na: {c: 2}\n---\n---\r\nd: 3\r\n";
  assert.deepEqual(plain(readValues(text)), { a: { b: 1, c: 2 }, d: 3 });
  assert.deepEqual(plain(readValues(Buffer.from(text))), { a: { b: 1, c: 2 }, d: 3 });
  assert.deepEqual(plain(readValues("")), {});
  assert.throws(() => readValues("a: 1\n---é: 2\n"), {
    message: "error reading yaml document: invalid Yaml document separator: é: 2",
  });
});

test("every number of a file is a float64, and names of Object's own are names", () => {
  const values = readValues("a: 1152921504606846976\nb: 0o17\n__proto__: {c: yes}\n");
  assert.equal(values.a, 2 ** 60);
  assert.deepEqual(Object.keys(values), ["a", "b", "__proto__"]);
  assert.equal(Object.getPrototypeOf(values), null);
});
