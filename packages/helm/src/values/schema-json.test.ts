import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compareNumbers,
  isInteger,
  isMultiple,
  isSame,
  type Numeric,
  readSchema,
  Written,
} from "./schema-json.ts";
import { numeral } from "./schema-words.ts";

const written = (text: string): Numeric => new Written(text);

test("only numbers that are not written as usual keep their spelling", () => {
  assert.deepEqual(readSchema("[1, 1.0, -0.5, 1e3, 12345678901234567890]"), [
    1,
    written("1.0"),
    -0.5,
    written("1e3"),
    written("12345678901234567890"),
  ]);
});

const ORDER: [Numeric, Numeric, -1 | 0 | 1][] = [
  [1, 2, -1],
  [1n, written("1.0"), 0],
  [9007199254740993n, 9007199254740992, 1],
  [-5, written("-5.10"), 1],
  [-1, written("0.0"), -1],
  [1e300, written("1e999999"), -1],
  [0.1, written("1e-1"), 0],
];

test("numbers are compared by what is written", () => {
  for (const [a, b, order] of ORDER) {
    assert.equal(Math.sign(compareNumbers(a, b)), order, `${a} and ${JSON.stringify(b)}`);
    assert.equal(Math.sign(compareNumbers(b, a)), order === 0 ? 0 : -order);
  }
});

test("whole numbers and multiples are found whatever their size", () => {
  assert.deepEqual([1, 1.5, 2n, written("1.50"), written("1.0"), written("1e400")].map(isInteger), [
    true,
    false,
    true,
    false,
    true,
    true,
  ]);
  assert.deepEqual(
    [
      isMultiple(0.3, 0.1),
      isMultiple(7, 2),
      isMultiple(0, 5),
      isMultiple(1e300, 3),
      isMultiple(written("1e999999"), 7n),
      isMultiple(written("14e999999"), 7n),
      isMultiple(1e-5, 1e-6),
      isMultiple(1, written("1e999999")),
    ],
    [true, false, true, false, false, true, true, false],
  );
});

test("values are the same whatever the order of their keys and the spelling of numbers", () => {
  assert.ok(isSame({ a: [1, { b: null }], c: 2 }, { c: written("2.0"), a: [1n, { b: null }] }));
  assert.ok(!isSame({ a: 1 }, { b: 1 }));
  assert.ok(!isSame([], {}));
  assert.ok(!isSame(0, false));
  assert.ok(!isSame({ toString: 1 }, {}));
});

test("numbers are told in English", () => {
  assert.deepEqual([0, -0.5, 999999.5, -1234.5, 1e6, 1.5e-7, 123456789012n].map(numeral), [
    "0",
    "-0.5",
    "999,999.5",
    "-1,234.5",
    "1×10⁰⁶",
    "1.5×10⁻⁰⁷",
    "1.23456789012×10¹¹",
  ]);
});
