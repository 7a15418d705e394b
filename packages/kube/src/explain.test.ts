import assert from "node:assert/strict";
import { test } from "node:test";
import { apiError } from "./errors.ts";
import { explain, isImmutable } from "./explain.ts";

const object = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace: "a" } };

// As kube-apiserver 1.36 words them.
const hints: Record<string, [status: number, message: string, hint: RegExp | undefined]> = {
  "a namespace is missing": [
    404,
    'namespaces "b" not found',
    /namespace b does not exist: add a Namespace manifest/,
  ],
  "a namespace is going": [
    403,
    "unable to create new content in namespace b because it is being terminated",
    /is being deleted/,
  ],
  "a quota is used up": [
    403,
    'pods "x" is forbidden: exceeded quota: small, requested: pods=1',
    /ResourceQuota small is used up/,
  ],
  "a webhook refuses": [
    403,
    'admission webhook "v.kyverno.svc" denied the request: no',
    /webhook v\.kyverno\.svc refuses it/,
  ],
  "a webhook does not answer": [
    500,
    'Internal error occurred: failed calling webhook "v.kyverno.svc": connection refused',
    /webhook v\.kyverno\.svc does not answer/,
  ],
  "a policy refuses": [
    422,
    "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no",
    /ValidatingAdmissionPolicy p refuses it/,
  ],
  "a right is missing": [
    403,
    'deployments.apps "web" is forbidden: User "system:serviceaccount:a:b" cannot patch resource "deployments" in API group "apps" in the namespace "a"',
    /allow system:serviceaccount:a:b to patch deployments/,
  ],
  "a selector is fixed": [
    422,
    "spec.selector: Invalid value: {}: field is immutable",
    /set spec\.force, or annotate/,
  ],
  "a StatefulSet is fixed": [
    422,
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden",
    /set spec\.force/,
  ],
  "a role reference is fixed": [422, "roleRef: Invalid value: {}: cannot change roleRef", /set spec\.force/],
  "a cluster IP is fixed": [
    422,
    "spec.clusterIPs[0]: Invalid value: []: may not change once set",
    /set spec\.force/,
  ],
  "a priority is fixed": [422, "value: Forbidden: may not be changed in an update.", /set spec\.force/],
  "a field is unknown": [
    500,
    "failed to create typed patch object: .spec.replicaz: field not declared in schema",
    /misspelt/,
  ],
  "a value is merely wrong": [
    422,
    "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
    undefined,
  ],
};
for (const [name, [status, message, hint]] of Object.entries(hints)) {
  test(`explained: ${name}`, () => {
    const error = apiError(message, { status, reason: "R" });
    const text = explain("dry-run", object, error, "web.yaml:3");
    const start = `Deployment/a/web (web.yaml:3) dry-run failed (R): ${message}`;
    assert.equal(text.slice(0, start.length), start);
    if (hint) assert.match(text.slice(start.length), hint);
    else assert.equal(text, start);
    assert.equal(isImmutable(error), hint?.source.includes("force") ?? false);
  });
}

test("causes that the message does not hold are added, and a long answer keeps its end", () => {
  const causes = [{ field: "spec.x", message: "too big" }, { message: "known" }];
  assert.match(
    explain("apply", object, apiError("it is known", { status: 422, reason: "Invalid", causes })),
    /known; spec\.x: too big$/,
  );
  const long = explain(
    "apply",
    object,
    apiError(`${"x".repeat(5000)}: why`, { status: 422, reason: "Invalid" }),
  );
  assert.ok(long.length < 2000 && long.endsWith(": why"));
});
