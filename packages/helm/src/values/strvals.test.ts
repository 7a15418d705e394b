import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSet, type SetKind } from "./strvals.ts";
import { plain } from "./values.fixture.ts";

const READ: Record<string, [SetKind, string, object, object?]> = {
  "integers are int64, other numbers stay text": [
    "set",
    "a=1,b=1.5,c=0123,d=-7,e=1e3,f=9223372036854775808",
    { a: "1n", b: "1.5", c: "0123", d: "-7n", e: "1e3", f: "9223372036854775808" },
  ],
  "booleans and null in any case": ["set", "a=TRUE,b=False,c=Null", { a: true, b: false, c: null }],
  "the end of the text is an empty text": ["set", "a=", { a: "" }],
  "a comma is escaped, and any other character": ["set", "a\\.b=x\\,y", { "a.b": "x,y" }],
  "braces make a list": ["set", "a={1,x,},b=2", { a: ["1n", "x", ""], b: "2n" }],
  "an index makes a list with gaps": ["set", "a[2].b=x", { a: [null, null, { b: "x" }] }],
  "lists within lists": ["set", "a[0][1]=x", { a: [[null, "x"]] }],
  "an end within an index sets nothing": ["set", "a=1,b[0", { a: "1n" }],
  "tables are added to": ["set", "a.c=2", { a: { b: 1, c: "2n" } }, { a: { b: 1 } }],
  "a scalar in a list gives way to a table": ["set", "a[0].b=1", { a: [{ b: "1n" }] }, { a: ["x"] }],
  "texts only": ["string", "a=1,b={true}", { a: "1", b: ["true"] }],
  "a literal goes to the end": ["literal", "a.b=1,c=\\2", { a: { b: "1,c=\\2" } }],
  "JSON up to where it ends": [
    "json",
    'a={"x":[1,null]} ,b="é",c=',
    { a: { x: [1, null] }, b: "é", c: null },
  ],
};

test("texts of flags are read as Helm reads them", async (t) => {
  for (const [sentence, [kind, text, expected, base]] of Object.entries(READ)) {
    await t.test(sentence, () => assert.deepEqual(plain(parseSet(kind, text, { ...base })), expected));
  }
});

const REFUSED: Record<string, [SetKind, string, string]> = {
  "a key without a value": ["set", "a", 'key "a" has no value'],
  "a comma too many": ["set", "a=1,,b=2", 'key "" has no value (cannot end with ,)'],
  "a table without a key": ["set", "a.=1", 'key map "a" has no value'],
  "a list without an end": ["set", "a={x", "list must terminate with '}'"],
  "an index that is none": [
    "set",
    "a[x]=1",
    'error parsing index: strconv.Atoi: parsing "x": invalid syntax',
  ],
  "an index below zero": ["set", "a[-1]=1", "negative -1 index not allowed"],
  "an index too high": [
    "set",
    "a[65537]=1",
    "index of 65537 is greater than maximum supported index of 65536",
  ],
  "text behind an index": ["set", "a[0]'b=1", "unexpected data at end of array index: ['\\'' 'b']"],
  "a scalar that should be a table": [
    "set",
    "a=1,a.b=1",
    "unable to parse key: interface conversion: interface {} is int64, not map[string]interface {}",
  ],
  "a null that should be a list": [
    "set",
    "a=null,a[0]=1",
    "unable to parse key: interface conversion: interface {} is nil, not []interface {}",
  ],
  "31 levels": [
    "set",
    `${"a.".repeat(31)}a=1`,
    "value name nested level is greater than maximum supported nested level of 30",
  ],
  "JSON that is none": ["json", "a=tru,", "invalid character ',' in literal true (expecting 'e')"],
  "JSON that stops": ["json", 'a={"b":', "unexpected EOF"],
};

test("texts that Helm refuses are refused in its words", async (t) => {
  for (const [sentence, [kind, text, message]] of Object.entries(REFUSED)) {
    await t.test(sentence, () =>
      assert.throws(() => parseSet(kind, text), { name: "ChartError", code: "bad-values", message }),
    );
  }
});

test("files are read by their path, and what the reader says is told", () => {
  const readFile = (path: string) => {
    if (path !== "a,b.txt") throw new Error(`open ${path}: no such file or directory`);
    return "1\n";
  };
  assert.deepEqual(plain(parseSet("file", "x.y=a\\,b.txt", {}, readFile)), { x: { y: "1\n" } });
  assert.throws(() => parseSet("file", "x=c.txt", {}, readFile), {
    code: "bad-values",
    message: "open c.txt: no such file or directory",
  });
});

test("the base stays as it is", () => {
  const base = { a: { b: [1] } };
  const values = parseSet("set", "a.b[0]=2,a.c=3", base);
  assert.deepEqual(base, { a: { b: [1] } });
  assert.deepEqual(plain(values), { a: { b: ["2n"], c: "3n" } });
});

test("names of Object's own are names like others", () => {
  const values = parseSet("set", "__proto__.polluted=1,constructor.x=2,toString[0]=3");
  assert.deepEqual(Object.keys(values), ["__proto__", "constructor", "toString"]);
  assert.equal(Object.hasOwn({}, "polluted") || "polluted" in {}, false);
});

test("texts that would fill the memory are refused", () => {
  assert.throws(() => parseSet("set", `a${"[65536]".repeat(100)}=1`), { code: "limit" });
  assert.throws(() => parseSet("set", `a${"[0]".repeat(100_000)}=1`), { code: "limit" });
  assert.throws(() => parseSet("set", `a${".b[0]".repeat(100_000)}=1`), { code: "limit" });
  const deep = { code: "bad-values", message: "exceeded max depth" };
  assert.throws(() => parseSet("json", `a=${"[".repeat(5000)}${"]".repeat(5000)}`), deep);
});
