import assert from "node:assert/strict";
import { test } from "node:test";
import { checkAddress } from "./netip.ts";

const GOOD = [
  "1.2.3.4",
  "::",
  "::1",
  "1::",
  "1:2:3:4:5:6:7:8",
  "::ffff:1.2.3.4",
  "1:2:3:4:5:6:1.2.3.4",
  "fe80::1%eth0",
];

test("addresses of both kinds are read", () => {
  for (const text of GOOD) checkAddress(text);
});

const BAD: Record<string, string> = {
  x: "unable to parse IP",
  "%eth0": "missing IPv6 address",
  "1.2.3": "IPv4 address too short",
  "1.2.3.4.5": "IPv4 address too long",
  "1.2.3.256": "IPv4 field has value >255",
  "1.02.3.4": "IPv4 field has octet with leading zero",
  "1..2.3": 'IPv4 field must have at least one digit (at ".2.3")',
  "1.2.3.": 'IPv4 field must have at least one digit (at ".")',
  "1.2.3.x": 'unexpected character (at "x")',
  "::1%": "zone must be a non-empty string",
  "12345::": 'each group must have 4 or less digits (at "12345::")',
  ":1": 'each colon-separated field must have at least one digit (at ":1")',
  "1:2:3.4.5.6": 'embedded IPv4 address must replace the final 2 fields of the address (at "3.4.5.6")',
  "::1:2:3:4:5:6:7:1.2.3.4":
    'too many hex fields to fit an embedded IPv4 at the end of the address (at "1.2.3.4")',
  "1::g": 'each colon-separated field must have at least one digit (at "g")',
  "1:2x": 'unexpected character, want colon (at "x")',
  "1:2:": 'colon must be followed by more characters (at ":")',
  "1::2::3": 'multiple :: in address (at ":3")',
  "1:2:3:4:5:6:7:8:9": 'trailing garbage after address (at "9")',
  "1:2:3": "address string too short",
  "1:2:3:4::5:6:7:8": "the :: must expand to at least one field of zeros",
};

test("what is no address is told in Go's words", async (t) => {
  for (const [text, words] of Object.entries(BAD)) {
    await t.test(text, () =>
      assert.throws(() => checkAddress(text), { message: `ParseAddr(${JSON.stringify(text)}): ${words}` }),
    );
  }
});
