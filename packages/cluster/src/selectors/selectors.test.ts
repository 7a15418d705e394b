import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { matchesFields, parseFieldSelector } from "./fields.ts";
import { matchesLabels, parseLabelSelector } from "./labels.ts";

const labels = { app: "web", tier: "front", size: "12" };

const MATCHES: Record<string, boolean> = {
  "": true,
  "app=web": true,
  "app==web,tier=front": true,
  "app!=web": false,
  "missing!=web": true,
  app: true,
  "!app": false,
  "!missing": true,
  "app in (web, api)": true,
  "app notin (web)": false,
  "missing notin (web)": true,
  "size>9": true,
  "size<12": false,
  "app in ()": false,
  "app=": false,
  " app = web ": true,
  "in=x": false,
};

describe("a label selector", () => {
  for (const [text, expected] of Object.entries(MATCHES))
    it(`${JSON.stringify(text)} ${expected ? "takes" : "leaves"} the labels`, () => {
      assert.equal(matchesLabels(parseLabelSelector(text), labels), expected);
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
});

describe("a field selector", () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", namespace: "n" },
    spec: { nodeName: "node" },
    status: { phase: "Running" },
  };
  const rows: Record<string, boolean> = {
    "metadata.name=a,metadata.namespace=n": true,
    "metadata.name!=a": false,
    "spec.nodeName==node": true,
    "status.phase!=Running": false,
    "spec.hostNetwork=false": true,
    "status.podIP=": true,
  };
  for (const [text, expected] of Object.entries(rows))
    it(`${text} ${expected ? "takes" : "leaves"} the pod`, () => {
      assert.equal(
        matchesFields(parseFieldSelector(text, "/pods", "Pod", undefined), pod, "/pods"),
        expected,
      );
    });

  it("takes the fields that a custom resource declares", () => {
    const [requirement] = parseFieldSelector("spec.color=red", "x.y/widgets", "Widget", ["spec.color"]);
    assert.deepEqual(requirement, { path: "spec.color", equal: true, value: "red" });
  });

  const REFUSED: [text: string, table: string, kind: string, message: string][] = [
    ["spec.x=1", "/pods", "Pod", "field label not supported: spec.x"],
    [
      "a=1",
      "/configmaps",
      "ConfigMap",
      '"a" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    ["a=1", "batch/jobs", "Job", 'field label "a" not supported for Job'],
    ["metadata.name", "/pods", "Pod", "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
  ];
  for (const [text, table, kind, message] of REFUSED)
    it(`${text} on ${table} is refused`, () => {
      assert.throws(() => parseFieldSelector(text, table, kind, undefined), { message });
    });
});
