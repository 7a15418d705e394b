import assert from "node:assert/strict";
import { test } from "node:test";
import { FORMATS } from "./schema-formats.ts";

/** By format: texts, and what Helm says about them; undefined if they are fine. */
const ROWS: Record<string, Record<string, string | undefined>> = {
  date: {
    "2024-02-29": undefined,
    "2023-02-29": 'parsing time "2023-02-29": day out of range',
    "1.1.24": 'parsing time "1.1.24" as "2006-01-02": cannot parse "1.1.24" as "2006"',
  },
  time: {
    "23:59:60Z": undefined,
    "08:00:00.5+01:30": undefined,
    "08:00:60Z": "invalid leap second",
    "25:00:00Z": "hour/min/sec out of range",
    "08:00:00": "less than 9 characters long",
    "08:00:00 01:00": "offset must begin with plus/minus",
  },
  "date-time": {
    "2024-01-02t03:04:05z": undefined,
    "2024-01-02 03:04:05Z": "11th character must be t or T",
    "2024-13-02T03:04:05Z": 'invalid date element: parsing time "2024-13-02": month out of range',
  },
  duration: {
    P1Y2M3DT4H5M6S: undefined,
    P2W: undefined,
    P1M2Y: "unit 'Y' out of order",
    PT: "no time elements",
    "1D": "must start with P",
  },
  period: {
    "P1D/2024-01-02T03:04:05Z": undefined,
    "P1D/P2D": "invalid end date-time: less than 20 characters long",
  },
  email: {
    "a.b@example.com": undefined,
    '"a b"@[127.0.0.1]': undefined,
    a: "missing @",
    ".a@x": "starts with dot",
    "a b@x": "invalid character ' '",
    "a@-x": "invalid domain: label starts with hyphen",
    "a@[IPv6:x]": "invalid ipv6 address: missing colon",
  },
  hostname: {
    "a-1.b.": undefined,
    "a..b": "label must be 1 to 63 characters long",
    a_b: "invalid character '_'",
  },
  ipv4: {
    "127.0.0.1": undefined,
    "1.2.3": "expected four decimals",
    "1.2.3.04": "leading zeros",
    "1.2.3.x": 'strconv.Atoi: parsing "x": invalid syntax',
  },
  ipv6: {
    "::1": undefined,
    "1.2.3.4": "missing colon",
    "::1%eth0": "zone id is not a part of ipv6 address",
    "1:2": 'ParseAddr("1:2"): address string too short',
  },
  uri: {
    "https://a/b?c#d": undefined,
    "/a": "relative url",
    "http://a b": 'parse "http://a b": invalid character " " in host name',
  },
  "uri-reference": { "../a": undefined, "a\\b": "contains \\" },
  uuid: { "2eb8aa08-aa98-11ea-b4aa-73b441d16380": undefined, x: "must have 5 elements" },
  "json-pointer": { "/a~1b": undefined, a: "not starting with /", "/~2": "~ must be followed by 0 or 1" },
  "relative-json-pointer": { "1/a": undefined, "0#": undefined, "01": "starts with zero" },
  semver: {
    "1.2.3-rc.1+b": undefined,
    "1.2": "versionCore must have 3 numbers separated by dot",
    "1.2.03": "patch starts with zero",
    "1.2.3-01": "pre-release numeric identifier starts with zero",
  },
  regex: { "^a+$": undefined, "a(": "error parsing regexp: missing closing ): `a(`" },
};

test("texts are held to formats in Helm's words", async (t) => {
  for (const [name, texts] of Object.entries(ROWS)) {
    await t.test(name, () => {
      for (const [text, expected] of Object.entries(texts)) {
        assert.equal(FORMATS.get(name)!(text), expected, text);
      }
    });
  }
});
