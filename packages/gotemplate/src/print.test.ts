import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "./bytes.ts";
import { fromData } from "./data.ts";
import { sprint, sprintf, sprintln } from "./print.ts";
import { int64, type Value } from "./value.ts";

/** A format, its operands and what Go prints. Plain numbers are float64, bigints int. */
const ROWS: [format: string, args: Value[], expected: string][] = [
  ["%d %5d|%-5d|%05d|%+d|% d", [1n, 2n, 3n, -4n, 5n, 6n], "1     2|3    |-0004|+5| 6"],
  ["%b %o %O %x %X %#x %#o %#b", [5n, 8n, 8n, 255n, 255n, 255n, 8n, 5n], "101 10 0o10 ff FF 0xff 010 0b101"],
  ["%c %q %U %#U", [233n, 97n, 8364n, 8364n], "é 'a' U+20AC U+20AC '€'"],
  ["%v %v %v %v", [1e6, 1e20, 0.1, 100000], "1e+06 1e+20 0.1 100000"],
  [
    "%f %.2f %8.3f|%-8.1f|%08.2f|%+.1f",
    [1.5, 2.345, 3.14259, 2.25, -1.5, 2],
    "1.500000 2.35    3.143|2.2     |-0001.50|+2.0",
  ],
  [
    "%e %.0e %E %g %.3g %G",
    [123456, 15, 0.00012, 1e21, 1234.5, 1e-10],
    "1.234560e+05 2e+01 1.200000E-04 1e+21 1.23e+03 1E-10",
  ],
  ["%x %b", [1.5, 1], "0x1.8p+00 4503599627370496p-52"],
  ["%6.2f|%v|%+v", [Infinity, Number.NaN, -Infinity], "  +Inf|NaN|-Inf"],
  [
    "%s|%5s|%-5s|%.2s|%q|%x|% x|%#q",
    ["é", "é", "é", "éàü", 'a"b', "hi", "hi", "a`"],
    'é|    é|é    |éà|"a\\"b"|6869|68 69|"a`"',
  ],
  ["%t %v", [true, false], "true false"],
  ["%v %s", [fromData([1, "a"]), fromData(["x"])], "[1 a] [x]"],
  ["%T %T %T %T", [1n, 1, "", null], "int float64 string <nil>"],
  ["%v %s %d", [null, null, null], "<nil> %!s(<nil>) %!d(<nil>)"],
  [
    "%#v %#v %+v",
    [fromData({ a: [1, "x", null] }), 1n, "s"],
    'map[string]interface {}{"a":[]interface {}{1, "x", interface {}(nil)}} 1 s',
  ],
  ["%d", ["x"], "%!d(string=x)"],
  ["%3d|%.1d", ["x", "xy"], "%!d(string=  x)|%!d(string=x)"],
  ["%d %d", [1n], "1 %!d(MISSING)"],
  ["%d", [1n, "x"], "1%!(EXTRA string=x)"],
  ["%", [], "%!(NOVERB)"],
  ["%z", [1n], "%!z(int=1)"],
  ["%[2]d %[1]d", [1n, 2n], "2 1"],
  ["%[3]d", [1n], "%!d(BADINDEX)"],
  ["%*d|%-*d|", [4n, 1n, 3n, 2n], "   1|2  |"],
  ["%*d", ["x", 1n], "%!(BADWIDTH)1"],
  ["100%%", [], "100%"],
  ["%d", [int64(2n ** 64n + 5n)], "5"],
];

test("sprintf prints what Go prints", async (t) => {
  for (const [format, args, expected] of ROWS) {
    await t.test(format, () => {
      const bytes = args.map((arg) => (typeof arg === "string" ? encode(arg) : arg));
      assert.equal(decode(sprintf(encode(format), bytes)), expected);
    });
  }
});

test("a verb goes down into keys and items", () => {
  assert.equal(sprintf("%d", [fromData({ a: 1 })]), "map[%!d(string=a):%!d(float64=1)]");
});

test("operands stand apart unless one is text", () => {
  assert.equal(sprint([1n, 2n, "a", "b", 3n, null]), "1 2ab3 <nil>");
  assert.equal(sprintln([1n, "a", null]), "1 a <nil>\n");
});
