import {
  apply,
  custom,
  defined,
  definition,
  get,
  merge,
  paths,
  post,
  quiet,
  type Scenarios,
  specOf,
  untilSo,
  widget,
} from "../scenario.fixture.ts";

const { definitions, widgets } = custom;
const strict = "?fieldValidation=Strict";
const any = { "x-kubernetes-preserve-unknown-fields": true };
const text = { type: "string" };
const version = (name: string, more: object = {}) => ({
  name,
  served: true,
  storage: false,
  schema: { openAPIV3Schema: specOf({ a: text }) },
  ...more,
});
const conversion = {
  strategy: "Webhook",
  webhook: {
    conversionReviewVersions: ["v1"],
    clientConfig: { service: { namespace: "default", name: "converter" } },
  },
};

/** A definition of a group that the community approves. */
const guarded = (annotations: object = {}) => ({
  ...definition(specOf({ a: text }), {}, { group: "{ns}.k8s.io" }),
  metadata: { name: "widgets.{ns}.k8s.io", annotations },
});
const approved = (value: string) => guarded({ "api-approved.kubernetes.io": value });
const hasApproval = (status: string) =>
  untilSo(`${definitions}/widgets.{ns}.k8s.io`, (body) =>
    body.status?.conditions?.some(
      (each: any) => each.type === "KubernetesAPIApprovalPolicyConformant" && each.status === status,
    ),
  );
const conditions = get(`${definitions}/widgets.{ns}.k8s.io`, {
  pick: ({ status }) => status.conditions.filter(({ type }: any) => type.startsWith("Kubernetes")),
});
const formats = (...all: [string, string][]) =>
  definition(specOf(Object.fromEntries(all.map(([type, format], i) => [`f${i}`, { type, format }]))));

/** Definitions as operators ship them. */
export const operators: Scenarios = {
  "a default may be a list of objects": [
    post(
      `${definitions}${strict}`,
      definition(
        specOf({
          windows: {
            type: "array",
            items: { type: "object", properties: { share: text } },
            default: [{ share: "10%" }],
          },
        }),
      ),
      { pick: ({ spec }) => spec.versions[0].schema.openAPIV3Schema.properties.spec },
    ),
  ],
  "lists are kept where unknown fields are": [
    ...defined(
      specOf({ any, list: { type: "array", ...any, items: { type: "object", properties: { a: text } } } }),
    ),
    post(
      `${widgets}${strict}`,
      widget("w", { spec: { any: [{ x: [{ y: 1 }] }], list: [{ a: "a", z: 1 }] } }),
    ),
  ],
  "the port of a conversion webhook is 443": [
    post(definitions, definition(specOf({ a: text }), {}, { conversion }), {
      pick: ({ spec, metadata }) => ({ conversion: spec.conversion, owned: metadata.managedFields }),
    }),
  ],
  "formats that nobody checks are warned of": [
    post(`${definitions}?dryRun=All`, formats(["string", "country"]), { pick: () => "" }),
    post(`${definitions}?dryRun=All`, formats(["integer", "int16"], ["number", "double"]), {
      pick: () => "",
    }),
    post(`${definitions}?dryRun=All`, formats(["string", "date-time"], ["array", "cidr"]), {
      pick: () => "",
    }),
    quiet(post(definitions, formats(["string", "country"]))),
    apply(custom.definition, "one", formats(["string", "country"]), "force=true&dryRun=All", {
      pick: () => "",
    }),
    apply(custom.definition, "one", formats(["string", "planet"]), "force=true&dryRun=All", {
      pick: () => "",
    }),
  ],
  "groups of the community want an approval": [
    post(`${definitions}?dryRun=All`, guarded()),
    post(`${definitions}?dryRun=All`, approved("yes")),
    post(definitions, approved("unapproved, an experiment"), { pick: () => "" }),
    hasApproval("False"),
    conditions,
    merge(
      `${definitions}/widgets.{ns}.k8s.io`,
      { metadata: { annotations: { "api-approved.kubernetes.io": "https://example.com/pull/1" } } },
      { pick: () => "" },
    ),
    hasApproval("True"),
    conditions,
    merge(`${definitions}/widgets.{ns}.k8s.io`, { metadata: { annotations: null } }),
  ],
  "a new storage version is noted": [
    ...defined(specOf({ a: text })),
    merge(
      custom.definition,
      {
        spec: { versions: [version("v1"), version("v2", { storage: true })] },
      },
      { pick: ({ status }) => status.storedVersions },
    ),
    merge(custom.definition, { spec: { versions: [version("v2", { storage: true })] } }),
  ],
  "objects in versions of before are sent away": [
    post(paths.apps("deployments"), {
      apiVersion: "extensions/v1beta1",
      kind: "Deployment",
      metadata: { name: "a" },
    }),
    post(paths.of("autoscaling/v2", "horizontalpodautoscalers"), {
      apiVersion: "autoscaling/v1",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "a" },
    }),
    post(paths.apps("deployments"), { apiVersion: "apps/v7", kind: "Deployment", metadata: { name: "a" } }),
    post(definitions, { ...definition(specOf({})), apiVersion: "apiextensions.k8s.io/v1beta1" }),
  ],
  "an exported object has a version already": [
    post(
      `${paths.configMaps}?dryRun=All`,
      { metadata: { name: "a", resourceVersion: "5" } },
      {
        pick: ({ metadata }) => metadata.resourceVersion.length,
      },
    ),
    post(paths.configMaps, { metadata: { name: "a", resourceVersion: "5" } }),
    post(paths.configMaps, { metadata: { name: "A", resourceVersion: "5" } }),
    post(`${paths.configMaps}?dryRun=All`, { metadata: { name: "kube-root-ca.crt", resourceVersion: "5" } }),
    apply(paths.configMap("a"), "one", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", resourceVersion: "5" },
    }),
  ],
};
