import {
  apply,
  configMap,
  custom,
  defined,
  del,
  deployment,
  get,
  type Loose,
  merge,
  paths,
  pod,
  post,
  put,
  quiet,
  ruleFor,
  type Scenarios,
  type Step,
  specOf,
  widget,
} from "../scenario.fixture.ts";

const { configMaps, core, apps } = paths;
const validating = paths.registration("validatingwebhookconfigurations");
const mutating = paths.registration("mutatingwebhookconfigurations");

/** A webhook about ConfigMaps of the scenario's namespace that have the label `by: <name>`. */
const hook = (name: string, path: string, more: Loose = {}): Loose => ({
  name: `${name}.example.com`,
  clientConfig: { url: `{hook}/${path}`, caBundle: "{ca}" },
  rules: [ruleFor(["configmaps"])],
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } },
  objectSelector: { matchLabels: { by: name } },
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
  timeoutSeconds: 5,
  ...more,
});
const configuration = (...webhooks: Loose[]): Loose => ({ metadata: { name: "{ns}" }, webhooks });

/** Once the last one answers, all are heard of. */
const probe = (url: string): Step[] => [
  quiet(
    post(`${configMaps}?dryRun=All`, configMap("probe", undefined, { labels: { by: "zz-probe" } }), {
      until: ({ status }) => status === 400,
    }),
  ),
  quiet(get(url)),
];
const acting = (url: string, ...webhooks: Loose[]): Step[] => [
  quiet(post(url, configuration(...webhooks, hook("zz-probe", "deny")))),
  ...probe(url),
];
const ended = (url: string): Step => quiet(del(`${url}/{ns}`));
const by = (name: string, data: Loose = {}, labels: Loose = {}) =>
  configMap("c", data, { labels: { by: name, ...labels } });

/** Of an object its labels and data. */
const brief = { pick: ({ kind, metadata, data }: any) => ({ kind, labels: metadata?.labels, data }) };
const dry = `${configMaps}?dryRun=All`;

/** One write for each webhook, none of them for real. */
const each = (names: string[]): Step[] => names.map((name) => post(dry, by(name, { a: "b" }), brief));

/** Webhooks that are really called. */
export const webhooks: Scenarios = {
  "a webhook says no": [
    ...acting(
      validating,
      ...["allow", "deny", "because", "reason", "status", "warn", "denywarn"].map((name) => hook(name, name)),
    ),
    ...each(["allow", "deny", "because", "reason", "status", "warn", "denywarn"]),
    ended(validating),
  ],
  "what a webhook is told": [
    ...acting(
      validating,
      hook("told", "allow", { rules: [ruleFor(["configmaps", "deployments", "deployments/*", "pods"])] }),
    ),
    post(`${configMaps}?fieldManager=me&fieldValidation=Strict`, by("told", { a: "b" }), brief),
    put(paths.configMap("c"), by("told", { a: "c" }), brief),
    merge(`${paths.configMap("c")}?fieldManager=you&dryRun=All`, { data: { a: "d" } }, brief),
    apply(paths.configMap("c"), "them", by("told", { e: "f" }), "force=true", brief),
    apply(paths.configMap("new"), "them", configMap("new", {}, { labels: { by: "told" } }), "", brief),
    post(configMaps, { metadata: { generateName: "some-", labels: { by: "told" } } }, brief),
    del(paths.configMap("c"), { propagationPolicy: "Background", gracePeriodSeconds: 0 }, brief),
    del(`${configMaps}?fieldSelector=metadata.name=new`, undefined, { pick: ({ items }) => items.length }),
    post(apps("deployments"), { ...deployment("d"), metadata: { name: "d", labels: { by: "told" } } }, brief),
    merge(`${apps("deployments", "d")}/status`, { status: { replicas: 1 } }, brief),
    merge(`${apps("deployments", "d")}/scale`, { spec: { replicas: 2 } }, brief),
    post(core("pods"), { ...pod("p"), metadata: { name: "p", labels: { by: "told" } } }, brief),
    ended(validating),
  ],
  "what a mutating webhook is told": [
    ...acting(
      mutating,
      hook("told", "allow", { rules: [ruleFor(["configmaps", "deployments", "deployments/*", "pods"])] }),
    ),
    post(configMaps, by("told", { a: "b" }), brief),
    post(configMaps, { metadata: { generateName: "some-", labels: { by: "told" } } }, brief),
    merge(paths.configMap("c"), { data: { a: "d" } }, brief),
    apply(paths.configMap("c"), "them", by("told", { e: "f" }), "force=true", brief),
    del(paths.configMap("c"), undefined, brief),
    post(apps("deployments"), { ...deployment("d"), metadata: { name: "d", labels: { by: "told" } } }, brief),
    merge(`${apps("deployments", "d")}/status`, { status: { replicas: 1 } }, brief),
    merge(`${apps("deployments", "d")}/scale`, { spec: { replicas: 2 } }, brief),
    post(core("pods"), { ...pod("p"), metadata: { name: "p", labels: { by: "told" } } }, brief),
    ended(mutating),
  ],
  "a webhook changes what is written": [
    ...acting(
      mutating,
      ...["label/made/up", "unknown", "badtype", "badpatch", "nopatch", "notalist"].map((path) =>
        hook(path.replace(/\/.*/, ""), path),
      ),
      hook("deploy", "label", { rules: [ruleFor(["deployments", "deployments/*"])] }),
      hook("update", "label/updated", { rules: [ruleFor(["configmaps"], { operations: ["UPDATE"] })] }),
      hook("delete", "label", { rules: [ruleFor(["configmaps"], { operations: ["DELETE"] })] }),
    ),
    ...each(["label", "unknown", "badtype", "badpatch", "nopatch", "notalist"]),
    post(configMaps, by("label", { a: "b" })),
    get(paths.configMap("c")),
    apply(paths.configMap("applied"), "me", configMap("applied", { a: "b" }, { labels: { by: "label" } })),
    post(
      apps("deployments"),
      { ...deployment("d"), metadata: { name: "d", labels: { by: "deploy" } } },
      brief,
    ),
    merge(
      `${apps("deployments", "d")}/status`,
      { status: { replicas: 1 } },
      { pick: ({ metadata, status }) => [metadata.labels, status] },
    ),
    quiet(post(configMaps, configMap("u", { a: "b" }, { labels: { by: "update" } }))),
    merge(paths.configMap("u"), { data: { a: "c" } }),
    quiet(post(configMaps, configMap("x", { a: "b" }, { labels: { by: "delete" } }))),
    del(paths.configMap("x")),
    ended(mutating),
  ],
  "answers that are none": [
    ...acting(
      validating,
      ...[
        "uid",
        "empty",
        "error",
        "missing",
        "unavailable",
        "teapot",
        "text",
        "list",
        "badpatch",
        "onlytype",
      ].map((name) => hook(name, name)),
    ),
    ...each([
      "uid",
      "empty",
      "error",
      "missing",
      "unavailable",
      "teapot",
      "text",
      "list",
      "badpatch",
      "onlytype",
    ]),
    ended(validating),
  ],
  "answers that change nothing": [
    ...acting(
      mutating,
      ...["uid", "notype", "onlytype", "empty", "because", "warn"].map((name) => hook(name, name)),
    ),
    ...each(["uid", "notype", "onlytype", "empty", "because", "warn"]),
    ended(mutating),
  ],
  "webhooks that nobody reaches": [
    quiet(post(core("services"), { metadata: { name: "portless" }, spec: { ports: [{ port: 80 }] } })),
    ...acting(
      validating,
      hook("refused", "", { clientConfig: { url: "https://127.0.0.1:1/path", caBundle: "{ca}" } }),
      hook("untrusted", "", { clientConfig: { url: "{hook}/allow" } }),
      hook("slow", "slow", { timeoutSeconds: 1 }),
      hook("service", "", { clientConfig: { service: { namespace: "{ns}", name: "none", path: "/path" } } }),
      hook("portless", "", { clientConfig: { service: { namespace: "{ns}", name: "portless" } } }),
      hook("lenient", "", {
        failurePolicy: "Ignore",
        clientConfig: { url: "https://127.0.0.1:1/path", caBundle: "{ca}" },
      }),
      hook("lenienterror", "error", { failurePolicy: "Ignore" }),
      hook("lenientdeny", "deny", { failurePolicy: "Ignore" }),
    ),
    ...each([
      "refused",
      "untrusted",
      "slow",
      "service",
      "portless",
      "lenient",
      "lenienterror",
      "lenientdeny",
    ]),
    ended(validating),
  ],
  "mutating webhooks that nobody reaches": [
    ...acting(
      mutating,
      hook("refused", "", { clientConfig: { url: "https://127.0.0.1:1/path", caBundle: "{ca}" } }),
      hook("lenient", "", {
        failurePolicy: "Ignore",
        clientConfig: { url: "https://127.0.0.1:1/path", caBundle: "{ca}" },
      }),
      hook("lenientlist", "notalist", { failurePolicy: "Ignore" }),
      hook("lenientpatch", "badpatch", { failurePolicy: "Ignore" }),
    ),
    ...each(["refused", "lenient", "lenientlist", "lenientpatch"]),
    ended(mutating),
  ],
  "conditions choose for webhooks": [
    ...acting(
      validating,
      hook("matched", "deny", { matchConditions: [{ name: "a", expression: "object.data.a == 'b'" }] }),
      hook("unmatched", "deny", { matchConditions: [{ name: "a", expression: "object.data.a == 'c'" }] }),
      hook("broken", "deny", { matchConditions: [{ name: "a", expression: "object.data.none == 'c'" }] }),
      hook("lenient", "deny", {
        failurePolicy: "Ignore",
        matchConditions: [{ name: "a", expression: "object.data.none == 'c'" }],
      }),
      hook("user", "deny", {
        matchConditions: [{ name: "a", expression: "request.userInfo.username != 'kubernetes-admin'" }],
      }),
    ),
    ...each(["matched", "unmatched", "broken", "lenient", "user"]),
    ended(validating),
  ],
  "rules choose for webhooks": [
    ...acting(
      validating,
      hook("scope", "deny", { rules: [ruleFor(["configmaps"], { scope: "Cluster" })] }),
      hook("version", "deny", { rules: [ruleFor(["configmaps"], { apiVersions: ["v2"] })] }),
      hook("group", "deny", { rules: [ruleFor(["configmaps"], { apiGroups: ["apps"] })] }),
      hook("update", "deny", { rules: [ruleFor(["configmaps"], { operations: ["UPDATE"] })] }),
      hook("everything", "deny", { rules: [ruleFor(["*/*"])] }),
      hook("nothing", "deny", { rules: [] }),
      hook("exact", "deny", {
        matchPolicy: "Exact",
        rules: [ruleFor(["events"], { apiGroups: ["events.k8s.io"] })],
      }),
      hook("equivalent", "deny", { rules: [ruleFor(["events"], { apiGroups: ["events.k8s.io"] })] }),
    ),
    ...each(["scope", "version", "group", "update", "everything", "nothing"]),
    ...["exact", "equivalent"].map((name) =>
      post(
        core("events"),
        {
          metadata: { name: "e", labels: { by: name } },
          involvedObject: { namespace: "{ns}" },
          reason: "Why",
          message: "so",
        },
        { pick: ({ kind }) => kind },
      ),
    ),
    ended(validating),
  ],
  "mutating webhooks come one after another": [
    ...acting(
      mutating,
      hook("one", "label/one", { objectSelector: { matchLabels: { chain: "yes" } } }),
      hook("two", "label/two", { objectSelector: { matchLabels: { one: "y" } } }),
      hook("three", "label/three", { objectSelector: { matchLabels: { one: "y", two: "y" } } }),
    ),
    post(configMaps, by("none", {}, { chain: "yes" }), brief),
    ended(mutating),
  ],
  "mutating webhooks are asked again": [
    ...acting(
      mutating,
      hook("again", "count", {
        objectSelector: { matchLabels: { chain: "yes" } },
        reinvocationPolicy: "IfNeeded",
      }),
      hook("never", "label/never", { objectSelector: { matchLabels: { chain: "yes" } } }),
      hook("last", "count", {
        objectSelector: { matchLabels: { last: "yes" } },
        reinvocationPolicy: "IfNeeded",
      }),
    ),
    post(dry, by("none", {}, { chain: "yes" }), brief),
    post(dry, by("none", {}, { last: "yes" }), brief),
    post(dry, by("none", {}, { chain: "yes", last: "yes" }), brief),
    ended(mutating),
  ],
  "parts of objects are asked about": [
    quiet(post(apps("deployments"), deployment("d"))),
    quiet(post(core("pods"), pod("a"))),
    quiet(post(core("pods"), pod("b"))),
    ...acting(
      validating,
      hook("parts", "allow", { objectSelector: {}, rules: [ruleFor(["deployments/scale", "pods/*"])] }),
    ),
    merge(`${apps("deployments", "d")}/scale`, { spec: { replicas: 2 } }, { pick: ({ spec }) => spec }),
    post(`${core("pods", "a")}/binding`, { metadata: { name: "a" }, target: { kind: "Node", name: "none" } }),
    post(`${core("pods", "b")}/eviction`, { metadata: { name: "b" } }),
    ended(validating),
    ...acting(
      mutating,
      hook("parts", "triple", { objectSelector: {}, rules: [ruleFor(["deployments/scale"])] }),
    ),
    merge(`${apps("deployments", "d")}/scale`, { spec: { replicas: 4 } }, { pick: ({ spec }) => spec }),
    get(apps("deployments", "d"), { pick: ({ spec }) => spec.replicas }),
    ended(mutating),
  ],
  "webhooks make a policy look again": [
    quiet(
      post(paths.registration("mutatingadmissionpolicies"), {
        metadata: { name: "{ns}" },
        spec: {
          matchConstraints: {
            resourceRules: [ruleFor(["configmaps"], { operations: ["CREATE"] })],
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } },
          },
          matchConditions: [{ name: "labels", expression: "has(object.metadata.labels)" }],
          reinvocationPolicy: "IfNeeded",
          mutations: [
            {
              patchType: "ApplyConfiguration",
              applyConfiguration: {
                expression:
                  "Object{metadata: Object.metadata{annotations: {'seen': object.metadata.labels.map(k, k).filter(k, k != 'by').join(',')}}}",
              },
            },
          ],
        },
      }),
    ),
    quiet(
      post(paths.registration("mutatingadmissionpolicybindings"), {
        metadata: { name: "{ns}" },
        spec: { policyName: "{ns}" },
      }),
    ),
    quiet(
      post(dry, configMap("probe", undefined, { labels: { x: "" } }), {
        until: ({ body }) => body.metadata?.annotations?.seen === "x",
      }),
    ),
    ...acting(mutating, hook("a", "label/a"), hook("b", "allow")),
    post(dry, by("a"), { pick: ({ metadata }) => metadata.annotations }),
    post(dry, by("b"), { pick: ({ metadata }) => metadata.annotations }),
    ended(mutating),
    quiet(del(paths.registration("mutatingadmissionpolicybindings/{ns}"))),
    quiet(del(paths.registration("mutatingadmissionpolicies/{ns}"))),
  ],
  "webhooks of the old version": [
    ...acting(
      validating,
      ...["allow", "because", "uid", "empty"].map((name) =>
        hook(name, name, { admissionReviewVersions: ["v1beta1", "v1"] }),
      ),
    ),
    ...each(["allow", "because", "uid", "empty"]),
    ended(validating),
  ],
  "webhooks of custom resources": [
    ...defined(
      specOf({ size: { type: "integer" } }),
      {},
      {
        versions: ["v1", "v2"].map((name) => ({
          name,
          served: true,
          storage: name === "v1",
          schema: { openAPIV3Schema: specOf({ size: { type: "integer" } }) },
        })),
      },
    ),
    ...acting(
      mutating,
      hook("widget", "label", {
        rules: [ruleFor(["widgets"], { apiGroups: ["{group}"], apiVersions: ["v2"] })],
      }),
    ),
    post(custom.widgets, widget("a", { spec: { size: 1 } }, { labels: { by: "widget" } })),
    ended(mutating),
  ],
  "both kinds of webhooks and a policy": [
    quiet(
      post(paths.registration("validatingadmissionpolicies"), {
        metadata: { name: "{ns}" },
        spec: {
          matchConstraints: {
            resourceRules: [ruleFor(["configmaps"])],
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } },
          },
          validations: [
            {
              expression:
                "object == null || !has(object.metadata.labels) || !('made' in object.metadata.labels)",
              message: "nothing made",
            },
          ],
        },
      }),
    ),
    quiet(
      post(paths.registration("validatingadmissionpolicybindings"), {
        metadata: { name: "{ns}" },
        spec: { policyName: "{ns}", validationActions: ["Deny"] },
      }),
    ),
    quiet(
      post(dry, configMap("probe", undefined, { labels: { made: "" } }), {
        until: ({ status }) => status === 422,
      }),
    ),
    ...acting(validating, hook("both", "denywarn"), hook("other", "warn")),
    ...acting(mutating, hook("both", "warn"), hook("policy", "label/made")),
    ...each(["both", "policy", "other"]),
    post(dry, by("other", { a: "b" }, { made: "" })),
    ended(validating),
    ended(mutating),
    quiet(del(paths.registration("validatingadmissionpolicybindings/{ns}"))),
    quiet(del(paths.registration("validatingadmissionpolicies/{ns}"))),
  ],
  "configurations are not asked about": [
    ...acting(
      validating,
      hook("all", "deny", {
        namespaceSelector: {},
        objectSelector: { matchLabels: { by: "exempt" } },
        rules: [ruleFor(["*"])],
      }),
    ),
    post(dry, by("exempt"), brief),
    post(`${mutating}?dryRun=All`, { metadata: { name: "{ns}", labels: { by: "exempt" } } }, brief),
    post("/api/v1/namespaces?dryRun=All", { metadata: { name: "{ns}-x", labels: { by: "exempt" } } }, brief),
    post(
      "/apis/rbac.authorization.k8s.io/v1/clusterroles?dryRun=All",
      { metadata: { name: "{ns}", labels: { by: "exempt" } } },
      brief,
    ),
    ended(validating),
  ],
};
