import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  dns1035Label,
  dnsLabel,
  dnsSubdomain,
  labelKey,
  labelValue,
  type NameRule,
  pathSegment,
} from "./name-rules.ts";

const long = "a".repeat(64);
const rows: Record<string, [rule: NameRule, name: string, problems: RegExp[]]> = {
  "a label": [dnsLabel, "web-1", []],
  "a label that is long": [dnsLabel, long, [/^must be no more than 63 characters$/]],
  "a label with dots": [dnsLabel, "a.b", [/^must not contain dots$/]],
  "a label with dots and capitals": [
    dnsLabel,
    "a.B",
    [/^a lowercase RFC 1123 label must .*'123-abc', regex/],
  ],
  "a subdomain": [dnsSubdomain, "a.b-c", []],
  "a subdomain that begins with a dot": [dnsSubdomain, ".a", [/^a lowercase RFC 1123 subdomain must/]],
  "a label of old that begins with a digit": [dns1035Label, "1a", [/^a DNS-1035 label must/]],
  "a part of an address": [pathSegment, "system:A b", []],
  "no part of an address": [pathSegment, "a/b%", [/^may not contain '\/'$/, /^may not contain '%'$/]],
  "the directory above": [pathSegment, "..", [/^may not be '..'$/]],
  "a key": [labelKey, "example.com/My_name", []],
  "a key without a name": [labelKey, "a/", [/^name part must be non-empty$/, /^name part must consist/]],
  "a key without a domain": [labelKey, "/a", [/^prefix part must be non-empty$/]],
  "a key of three parts": [labelKey, "a/b/c", [/^a valid label key must .*MyName'\)$/]],
  "a key with a bad domain": [labelKey, "A/b", [/^prefix part a lowercase RFC 1123 subdomain must/]],
  "a key that is long": [labelKey, long, [/^name part must be no more than 63 bytes$/]],
  "no value": [labelValue, "", []],
  "a value that ends with a dash": [
    labelValue,
    "a-",
    [/^a valid label must be an empty string or consist of/],
  ],
};

describe("what is wrong with a name", () => {
  for (const [sentence, [rule, name, problems]] of Object.entries(rows))
    it(sentence, () => {
      const found = rule(name);
      assert.equal(found.length, problems.length, found.join());
      for (const [at, problem] of problems.entries()) assert.match(found[at]!, problem);
    });
});
