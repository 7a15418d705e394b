import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { badRequest } from "../errors.ts";
import { matchesFields, parseFieldSelector } from "./fields.ts";
import { matchesLabels, parseLabelSelector } from "./labels.ts";

describe("a label selector", () => {
  it("is met by what the labels are, not by what every object inherits", () => {
    const requirements = parseLabelSelector("app=web,!toString");
    assert.equal(matchesLabels(requirements, { app: "web" }), true);
    assert.equal(matchesLabels(requirements, undefined), false);
  });

  it("that cannot be read is a bad request", () =>
    assert.throws(
      () => parseLabelSelector("a=b=c"),
      badRequest("found '=', expected: ',' or 'end of string'"),
    ));
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
