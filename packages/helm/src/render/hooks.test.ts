import assert from "node:assert/strict";
import { test } from "node:test";
import type { Head } from "./head.ts";
import { deletesAt, type Hook, hooksFor, logsAt, roleOf, uninstalling } from "./hooks.ts";

const head = (annotations: Record<string, string>, name = "x", kind = "Job"): Head => ({
  apiVersion: "batch/v1",
  kind,
  name,
  annotations: Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [`helm.sh/${key}`, value]),
  ),
});

function hook(annotations: Record<string, string>, name = "x", kind = "Job"): Hook {
  const role = roleOf(head(annotations, name, kind), "web/templates/h.yaml", "kind: Job\n");
  assert.equal(role.kind, "hook");
  return role.kind === "hook" ? role.hook : assert.fail();
}

const EVENTS: Record<string, [string, string[] | "skipped"]> = {
  "case and blanks do not matter": [" Pre-Install ,post-upgrade", ["pre-install", "post-upgrade"]],
  "Helm 2's name of a test is known": ["test-success", ["test"]],
  "one unknown event is enough to skip all": ["test,test-failure", "skipped"],
  "crd-install is no event any more": ["crd-install", "skipped"],
  "no event is none": ["", "skipped"],
  "a comma at the end asks for a nameless event": ["test,", "skipped"],
};

test("events of a hook", async (t) => {
  for (const [sentence, [text, expected]] of Object.entries(EVENTS)) {
    await t.test(sentence, () => {
      const role = roleOf(head({ hook: text }), "a", "b");
      assert.deepEqual(role.kind === "hook" ? role.hook.events : role.kind, expected);
    });
  }
});

test("a manifest without the annotation is no hook, whatever its weight", () => {
  assert.deepEqual(roleOf(head({ "hook-weight": "5" }), "a", "b"), { kind: "manifest" });
});

const WEIGHTS: Record<string, number> = {
  "5": 5,
  "-5": -5,
  "+7": 7,
  "1.5": 0,
  "0x10": 0,
  "": 0,
  "99999999999999999999": 0,
  " 5": 0,
};

test("weights are integers, and everything else weighs nothing", async (t) => {
  for (const [text, weight] of Object.entries(WEIGHTS))
    await t.test(JSON.stringify(text), () =>
      assert.equal(hook({ hook: "test", "hook-weight": text }).weight, weight),
    );
});

test("hooks run by weight, then name, then as they came", () => {
  const hooks = [
    hook({ hook: "test", "hook-weight": "1" }, "b"),
    hook({ hook: "test" }, "z"),
    hook({ hook: "test", "hook-weight": "-1" }, "y"),
    hook({ hook: "test" }, "a", "Pod"),
    hook({ hook: "test" }, "a", "Job"),
    hook({ hook: "pre-install" }, "not"),
  ];
  const order = hooksFor(hooks, "test").map(({ kind, name }) => `${kind}/${name}`);
  assert.deepEqual(order, ["Job/y", "Pod/a", "Job/a", "Job/z", "Job/b"]);
});

test("a hook that names an event twice runs twice", () => {
  assert.equal(hooksFor([hook({ hook: "test,test" })], "test").length, 2);
});

test("policies are kept in small letters, unknown ones too", () => {
  const { delete_policies, output_log_policies } = hook({
    hook: "test",
    "hook-delete-policy": "Hook-Succeeded, odd",
    "hook-output-log-policy": "hook-failed",
  });
  assert.deepEqual(delete_policies, ["hook-succeeded", "odd"]);
  assert.deepEqual(output_log_policies, ["hook-failed"]);
});

test("a hook without a policy goes before it is made anew, a definition never", () => {
  assert.equal(deletesAt(hook({ hook: "test" }), "before-hook-creation"), true);
  assert.equal(deletesAt(hook({ hook: "test" }), "hook-succeeded"), false);
  const succeeded = { hook: "test", "hook-delete-policy": "hook-succeeded" };
  assert.equal(deletesAt(hook(succeeded), "before-hook-creation"), false);
  assert.equal(deletesAt(hook(succeeded), "hook-succeeded"), true);
  assert.equal(deletesAt(hook(succeeded, "x", "CustomResourceDefinition"), "hook-succeeded"), false);
});

test("only Jobs and Pods have logs", () => {
  const failed = { hook: "test", "hook-output-log-policy": "hook-failed" };
  assert.equal(logsAt(hook(failed), "hook-failed"), true);
  assert.equal(logsAt(hook(failed), "hook-succeeded"), false);
  assert.equal(logsAt(hook(failed, "x", "ConfigMap"), "hook-failed"), false);
});

test("what has a resource policy outlives its release", () => {
  assert.equal(uninstalling(head({})), "delete");
  assert.equal(uninstalling(head({ "resource-policy": " Keep " })), "keep");
  assert.equal(uninstalling(head({ "resource-policy": "delete" })), "leave");
});
