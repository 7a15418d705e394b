import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { KubeObject } from "@sluice/api";
import type { Cluster } from "../cluster.ts";
import { startWebhooks, type WebhookServer } from "../exchanges/webhook.fixture.ts";
import { trustedCluster } from "../trust.fixture.ts";
import { newReinvocation } from "./reinvocation.ts";

const API = "admissionregistration.k8s.io/v1";
const configMaps = "/api/v1/namespaces/default/configmaps";

describe("admission in a cluster for previews", () => {
  let cluster: Cluster;
  let hooks: WebhookServer;
  const ask = async (method: string, path: string, body: object, type = "application/json") => {
    const response = await fetch(cluster.url + path, {
      method,
      headers: { authorization: `Bearer ${cluster.token}`, "content-type": type },
      body: JSON.stringify(body),
    });
    return {
      status: response.status,
      warning: response.headers.get("warning"),
      body: (await response.json()) as any,
    };
  };
  /** A webhook about objects with the label `by: <name>`. */
  const register = (name: string, clientConfig: object, more: object = {}, kind = "Validating") =>
    cluster.store.create({
      apiVersion: API,
      kind: `${kind}WebhookConfiguration`,
      metadata: { name },
      webhooks: [
        {
          name: `${name}.example.com`,
          clientConfig: { caBundle: hooks.ca, ...clientConfig },
          rules: [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"] }],
          objectSelector: { matchLabels: { by: name } },
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          ...more,
        },
      ],
    } as KubeObject);
  const object = (name: string, by: string) => ({ metadata: { name, labels: { by } } });
  const service = (name: string) => ({ service: { namespace: "default", name } });

  before(async () => {
    cluster = await trustedCluster({});
    hooks = await startWebhooks("annotated.default.svc");
  });
  after(async () => {
    hooks.close();
    await cluster.close();
  });

  it("lets a write pass with a warning when nothing can answer for the Service of a webhook", async () => {
    register("behind", service("nowhere"));
    register("lenient", service("nowhere"), { failurePolicy: "Ignore" });
    register("mutating", service("nowhere"), {}, "Mutating");
    const said = (name: string) =>
      `299 - "admission webhook \\"${name}.example.com\\" was not asked: nothing in this cluster answers for service \\"default/nowhere\\""`;
    for (const [by, warning] of [
      ["behind", said("behind")],
      ["mutating", said("mutating")],
      ["lenient", null],
    ] as const) {
      const answer = await ask("POST", configMaps, object(by, by));
      assert.deepEqual([answer.status, answer.warning], [201, warning], by);
    }
  });

  it("asks at the address that a Service is annotated with, under the name of the Service", async () => {
    cluster.store.create({
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: "annotated",
        namespace: "default",
        annotations: { "cluster.sluice.dev/address": hooks.url.replace("https://", "") },
      },
      spec: { ports: [{ port: 443 }] },
    });
    register("annotated", { service: { ...service("annotated").service, path: "/because" } });
    const { status, body } = await ask("POST", configMaps, object("annotated", "annotated"));
    assert.equal(status, 400);
    assert.match(body.message, /not on a Sunday$/);
  });

  it("does not ask a server under a name that its certificate does not hold for", async () => {
    cluster.store.create({
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: "other",
        namespace: "default",
        annotations: { "cluster.sluice.dev/address": hooks.url.replace("https://", "") },
      },
      spec: { ports: [{ port: 443 }] },
    });
    hooks.taken();
    register("other", service("other"));
    const { status, body } = await ask("POST", configMaps, object("other", "other"));
    assert.equal(status, 500);
    assert.match(body.message, /x509: certificate is not valid for other\.default\.svc$/);
    assert.deepEqual(hooks.taken(), []);
  });

  it("reads answers up to a bound", async () => {
    register("huge", { url: `${hooks.url}/huge` });
    const { status, body } = await ask("POST", configMaps, object("huge", "huge"));
    assert.equal(status, 500);
    assert.match(body.message, /failed to call webhook: the answer is longer than 3145728 bytes$/);
  });

  it("takes no webhook whose address cannot be asked", () => {
    for (const url of ["https://a b/x", "https://[::1/x", "https://host:port/"])
      assert.throws(() => register("nowhere", { url }), {
        message:
          /clientConfig\.url: Required value: url must be a valid URL; desired format: https:\/\/host\[\/path\]$/,
      });
  });

  it("takes null in an answer for what is not there", async () => {
    register("nulls", { url: `${hooks.url}/nulls` });
    register("mutatingnulls", { url: `${hooks.url}/nulls` }, {}, "Mutating");
    register("denyingnulls", { url: `${hooks.url}/denyingnulls` });
    const answers: Record<string, [status: number, message: RegExp]> = {
      nulls: [201, /^undefined$/],
      mutatingnulls: [201, /^undefined$/],
      denyingnulls: [400, /denied the request without explanation$/],
    };
    for (const [by, [status, message]] of Object.entries(answers)) {
      const answer = await ask("POST", configMaps, object(by, by));
      assert.equal(answer.status, status, answer.body.message);
      assert.match(String(answer.body.message), message);
    }
  });

  it("stores the name and uid that webhooks were shown", async () => {
    register("named", { url: `${hooks.url}/allow` });
    hooks.taken();
    const { body } = await ask("POST", configMaps, {
      metadata: { generateName: "made-", labels: { by: "named" } },
    });
    const [{ request }] = hooks.taken();
    assert.deepEqual([request.name, request.object.metadata.uid], [body.metadata.name, body.metadata.uid]);
  });

  it("asks about what is stored when the write is done, not about what was stored before", async () => {
    register(
      "late",
      { url: `${hooks.url}/held` },
      {
        rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["UPDATE"], resources: ["configmaps"] }],
      },
    );
    await ask("POST", configMaps, { ...object("late", "late"), data: { a: "1" } });
    hooks.taken();
    const merge = "application/merge-patch+json";
    const { arrived, release } = hooks.hold();
    const waiting = ask("PATCH", `${configMaps}/late`, { data: { b: "2" } }, merge);
    await arrived;
    cluster.store.patch(
      { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "late" },
      { data: { a: "3" } },
    );
    release();
    const { body } = await waiting;
    assert.deepEqual(body.data, { a: "3", b: "2" });
    assert.deepEqual(
      hooks.taken().map(({ request }) => request.object.data),
      [
        { a: "1", b: "2" },
        { a: "3", b: "2" },
      ],
    );
  });

  const deletes = {
    rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["DELETE"], resources: ["*"] }],
  };

  it("tells what each deletion of a collection is warned of", async () => {
    for (const by of ["first", "second"]) {
      register(by, service("nowhere"), deletes);
      await ask("POST", configMaps, object(by, by));
    }
    const { status, warning } = await ask("DELETE", `${configMaps}?labelSelector=by+in+(first,second)`, {});
    assert.equal(status, 200);
    for (const by of ["first", "second"]) assert.match(String(warning), new RegExp(`${by}\\.example\\.com`));
  });

  it("deletes a collection although one of it goes by itself meanwhile", async () => {
    register("held", { url: `${hooks.url}/held` }, deletes);
    for (const name of ["held-1", "held-2", "held-3"]) await ask("POST", configMaps, object(name, "held"));
    const { arrived, release } = hooks.hold();
    const waiting = ask("DELETE", `${configMaps}?labelSelector=by=held`, {});
    await arrived;
    cluster.store.delete({ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "held-2" });
    release();
    const { status, body } = await waiting;
    assert.equal(status, 200, body.message);
    const left = cluster.store.list({ apiVersion: "v1", kind: "ConfigMap" }) as KubeObject[];
    assert.ok(left.every(({ metadata }) => metadata.labels?.["by"] !== "held"));
  });

  it("asks policies about the pods of simulated workloads, which say why they have none", async () => {
    const rules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }];
    cluster.store.create({
      apiVersion: API,
      kind: "ValidatingAdmissionPolicy",
      metadata: { name: "pods" },
      spec: {
        matchConstraints: { resourceRules: rules },
        validations: [
          {
            expression:
              "request.userInfo.username != 'system:serviceaccount:kube-system:replicaset-controller'",
            message: "no pods here",
          },
        ],
      },
    });
    cluster.store.create({
      apiVersion: API,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name: "pods" },
      spec: { policyName: "pods", validationActions: ["Deny"] },
    });
    const template = {
      metadata: { labels: { app: "a" } },
      spec: { containers: [{ name: "c", image: "i:1" }] },
    };
    const failure = new Promise<KubeObject>((resolve) => {
      const end = cluster.store.watch([{ apiVersion: "v1", kind: "Event" }], ({ object }) => {
        if (object["reason"] !== "FailedCreate") return;
        end();
        resolve(object);
      });
    });
    await ask("POST", "/apis/apps/v1/namespaces/default/deployments", {
      metadata: { name: "d" },
      spec: { selector: { matchLabels: { app: "a" } }, template },
    });
    assert.match(
      String((await failure)["message"]),
      /^Error creating: pods "d-.*" is forbidden: .* denied request: no pods here$/,
    );
    assert.equal(cluster.store.list({ apiVersion: "v1", kind: "Pod" }).length, 0);
  });
});

describe("a second round of mutations", () => {
  const rows: Record<string, [acts: (first: ReturnType<typeof newReinvocation>) => void, due: string[]]> = {
    "asks nobody again when nothing has changed": [(it) => it.done("a", false, true), []],
    "asks those before one that has changed something": [
      (it) => {
        it.done("a", false, true);
        it.done("b", true, true);
        it.done("c", false, true);
      },
      ["a"],
    ],
    "asks only those that want it": [
      (it) => {
        it.done("a", false, false);
        it.done("b", true, true);
      },
      [],
    ],
  };
  for (const [sentence, [acts, due]] of Object.entries(rows))
    it(sentence, () => {
      const reinvocation = newReinvocation();
      reinvocation.begin({});
      acts(reinvocation);
      reinvocation.end({});
      reinvocation.begin({});
      assert.deepEqual(["a", "b", "c"].filter(reinvocation.isDue), due);
    });

  it("asks all that want it after somebody else has changed the object in between", () => {
    const reinvocation = newReinvocation();
    reinvocation.begin({ a: 1 });
    reinvocation.done("a", false, true);
    reinvocation.end({ a: 1 });
    reinvocation.begin({ a: 2 });
    assert.equal(reinvocation.isDue("a"), true);
  });
});
