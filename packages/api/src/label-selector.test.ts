import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { meetsAll, parseLabelSelector } from "./label-selector.ts";

const labels = new Map([
  ["app", "web"],
  ["tier", "front"],
  ["size", "12"],
  ["huge", "9007199254740993"],
]);

const MATCHES: Record<string, boolean> = {
  "": true,
  " ": true,
  "app=web": true,
  "app==web,tier=front": true,
  "app!=web": false,
  "missing!=web": true,
  app: true,
  "!app": false,
  "! missing": true,
  "app in (web, api)": true,
  "app in(web)": true,
  "app notin (web)": false,
  "missing notin (web)": true,
  "size>9": true,
  "size<12": false,
  "size>9,size<13": true,
  "huge>9007199254740992": true,
  "tier>1": false,
  "missing<1": false,
  "app in ()": false,
  "app=": false,
  " app = web ": true,
  "in=x": false,
};

describe("a label selector", () => {
  for (const [text, expected] of Object.entries(MATCHES))
    it(`${JSON.stringify(text)} ${expected ? "takes" : "leaves"} the labels`, () => {
      assert.equal(
        meetsAll(parseLabelSelector(text), (key) => labels.get(key)),
        expected,
      );
    });

  // recorded from kube-apiserver v1.36.3
  const REFUSED: Record<string, string> = {
    "a=b=c": "found '=', expected: ',' or 'end of string'",
    "a in b": "unable to parse requirement: found 'b' expected: '('",
    "a in (b": "unable to parse requirement: found '', expected: ',' or ')'",
    "a,,b": "found ',', expected: identifier after ','",
    ",": "found ',', expected: !, identifier, or 'end of string'",
    "a>1,b>f":
      "unable to parse requirement: values[0]: Invalid value: \"f\": for 'Gt', 'Lt' operators, the value must be an integer",
  };
  for (const [text, message] of Object.entries(REFUSED))
    it(`${JSON.stringify(text)} is refused`, () => {
      assert.throws(() => parseLabelSelector(text), { message });
    });

  for (const text of ["a=-b", "-a", "a/b/c", "A.b/c=d", "a>+4"])
    it(`${JSON.stringify(text)} is refused for the syntax of its labels`, () =>
      assert.throws(() => parseLabelSelector(text), /Invalid value: "[^"]+": .*must/));
});
