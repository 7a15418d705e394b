import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode, isUtf8, runeCount, runesOf } from "./bytes.ts";
import { fromData, toData } from "./data.ts";
import { deepEqual } from "./equal.ts";
import { globPattern } from "./glob.ts";
import { parseJson, toJson } from "./json.ts";
import { exactDigits, formatG, parseFloat64, parseInt64, parseUint, toInt64 } from "./numbers.ts";
import { canBackquote, goQuote, unquote } from "./quote.ts";
import { GoList, GoMap, int64, isTrue, NIL_DICT, STRINGS, typeName, type Value } from "./value.ts";

test("byte strings are UTF-8, one byte a character", () => {
  assert.equal(encode("é😀"), "\xc3\xa9\xf0\x9f\x98\x80");
  assert.equal(decode("\xc3\xa9"), "é");
  assert.deepEqual(runesOf("a\xc3\xa9\xff"), [0x61, 0xe9, 0xfffd]);
  assert.equal(runeCount("\xc3\xa9\xc3"), 2);
  assert.deepEqual(["\xc3\xa9", "\xc3", "\xed\xa0\x80", "\xc0\x80"].map(isUtf8), [true, false, false, false]);
});

test("numbers read as strconv reads them", () => {
  assert.deepEqual(parseInt64("-0x1F", 0), { value: -31n });
  assert.deepEqual(parseInt64("9223372036854775808", 10), { error: "range", value: 2n ** 63n - 1n });
  assert.deepEqual(parseInt64("08", 0), { error: "syntax", value: 0n });
  assert.deepEqual(parseUint("1_000", 0), { value: 1000n });
  assert.deepEqual(parseUint("1_000", 10), { error: "syntax", value: 0n });
  assert.deepEqual(["1e3", ".5", "0x1p-2", "inf", "1_0.5", "1__0", "1e999", ""].map(parseFloat64), [
    1000,
    0.5,
    0.25,
    Infinity,
    10.5,
    undefined,
    undefined,
    undefined,
  ]);
  assert.equal(toInt64(1e30), -(2n ** 63n));
  assert.deepEqual(
    [1e6, 123456.5, 1e-5, -0].map((value) => formatG(value)),
    ["1e+06", "123456.5", "1e-05", "-0"],
  );
  assert.equal(exactDigits(0.125, 2), "0.12");
  assert.equal(exactDigits(2.5, 0), "2");
});

test("quotes are Go's", () => {
  assert.equal(goQuote('a\x00\n"\xff\xe2\x80\xa8'), '"a\\x00\\n\\"\\xff\\u2028"');
  assert.equal(goQuote("\xc3\xa9", true), '"\\u00e9"');
  assert.equal(unquote('"\\u00e9\\x41\\101"'), "\xc3\xa9AA");
  assert.equal(unquote('"\\q"'), undefined);
  assert.deepEqual(["a\t", "`", "\n"].map(canBackquote), [true, false, false]);
});

test("data becomes values and back", () => {
  const data = { b: [1, "é", null, true], a: { "10": 1, "9": 2 } };
  assert.deepEqual(
    JSON.stringify(toData(fromData(data))),
    JSON.stringify({ b: [1, "é", null, true], a: { "9": 2, "10": 1 } }),
  );
  assert.equal(typeName(fromData(5n)), "int64");
  assert.equal(typeName(fromData({})), "map[string]interface {}");
  assert.equal(typeName(new GoList([], STRINGS)), "[]string");
});

test("truth is that of the zero of a type", () => {
  const rows: [Value, boolean][] = [
    ["", false],
    ["0", true],
    [0, false],
    [0n, false],
    [int64(0n), false],
    [new GoMap(), false],
    [new GoList([null]), true],
    [undefined, false],
  ];
  for (const [value, expected] of rows) assert.equal(isTrue(value), expected);
});

test("deep equality knows types and nil", () => {
  assert.equal(deepEqual(fromData({ a: [1] }), fromData({ a: [1] })), true);
  assert.equal(deepEqual(1n, 1), false);
  assert.equal(deepEqual(NIL_DICT, new GoMap()), false);
  assert.equal(deepEqual(Number.NaN, Number.NaN), false);
});

const JSON_ERRORS: [string, string][] = [
  ["", "unexpected end of JSON input"],
  ["[1 2]", "invalid character '2' after array element"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
  ["{1}", "invalid character '1' looking for beginning of object key string"],
  ["'a'", "invalid character '\\'' looking for beginning of value"],
  ["01", "invalid character '1' after top-level value"],
  ["1.x", "invalid character 'x' after decimal point in numeric literal"],
  ['"\\q"', "invalid character 'q' in string escape code"],
  ["trx", "invalid character 'x' in literal true (expecting 'u')"],
  ['"a\nb"', "invalid character '\\n' in string literal"],
  ["-", "invalid character ' ' in numeric literal"],
];

test("JSON that is none is told in Go's words", () => {
  for (const [text, expected] of JSON_ERRORS) assert.equal(parseJson(text, "interface {}").error, expected);
});

test("JSON is written as encoding/json writes it", () => {
  const style = { html: true };
  assert.equal(
    toJson(fromData({ b: 1e21, a: ["<\u2028\x01", 1e-7, 100] }), style),
    '{"a":["\\u003c\\u2028\\u0001",1e-7,100],"b":1e+21}',
  );
  assert.throws(() => toJson(Number.NaN, style), /json: unsupported value: NaN/);
});

test("globs match whole paths", () => {
  const rows: [string, string, boolean][] = [
    ["*.txt", "a.txt", true],
    ["*.txt", "b/a.txt", false],
    ["**.txt", "b/a.txt", true],
    ["{a,b}/?.y", "b/c.y", true],
    ["[!a-c]x", "dx", true],
    ["[!a-c]x", "ax", false],
    ["a\\*", "a*", true],
  ];
  for (const [pattern, path, expected] of rows)
    assert.equal(globPattern(pattern)!.test(path), expected, pattern);
  assert.equal(globPattern("a["), undefined);
  assert.equal(globPattern("{a"), undefined);
});
