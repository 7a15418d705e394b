import {
  apply,
  defined,
  get,
  type Loose,
  merge,
  paths,
  post,
  put,
  type Scenarios,
  specOf,
} from "../scenario.fixture.ts";

const dry = (path: string, body: object) => post(`${path}?dryRun=All`, body);
const named = (content: object) => ({ metadata: { name: "a" }, ...content });
const { apps, core, of } = paths;

const pod = (mount: string) => ({
  metadata: { labels: { app: "db" } },
  spec: { containers: [{ name: "db", image: "db:1", volumeMounts: [{ name: mount, mountPath: "/data" }] }] },
});
const claim = {
  metadata: { name: "data" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
};
const database = (mount: string, more: object = {}) =>
  named({
    spec: { serviceName: "db", selector: { matchLabels: { app: "db" } }, template: pod(mount), ...more },
  });

const sized = (properties: Loose) => ({ openAPIV3Schema: specOf(properties) });
const text = { type: "string" };
/** Objects lie in v2, which has lost a field and won one with a default. */
const versions = {
  versions: [
    { name: "v1", served: true, storage: false, schema: sized({ old: text, kept: text }) },
    {
      name: "v2",
      served: true,
      storage: true,
      schema: sized({ kept: text, won: { type: "string", default: "here" } }),
    },
  ],
};
const at = (version: string, name = "") => `/apis/{group}/${version}/namespaces/{ns}/widgets${name}`;
const inVersion = (version: string, spec: object) => ({
  apiVersion: `{group}/${version}`,
  kind: "Widget",
  metadata: { name: "w" },
  spec,
});
const seen = { pick: ({ spec }: Loose) => spec };

/** What charts and operators ship, and what they get wrong. */
export const shipped: Scenarios = {
  "claims of a set are volumes of its pods": [
    post(apps("statefulsets"), database("data", { volumeClaimTemplates: [claim] })),
    dry(apps("statefulsets"), database("other", { volumeClaimTemplates: [claim] })),
    dry(apps("statefulsets"), database("data")),
    dry(apps("statefulsets"), database("data", { volumeClaimTemplates: [{ metadata: { name: "data" } }] })),
    merge(`${apps("statefulsets", "a")}?dryRun=All`, { spec: { replicas: 2 } }),
  ],
  "probes, modes and profiles of templates": [
    dry(
      core("pods"),
      named({
        spec: {
          containers: [
            {
              name: "a",
              image: "i",
              readinessProbe: { httpGet: {} },
              livenessProbe: { tcpSocket: { port: "UPPER" } },
              startupProbe: { httpGet: { port: 70000 } },
            },
          ],
          volumes: [
            { name: "x", configMap: { name: "c", defaultMode: 755 } },
            { name: "y", secret: { secretName: "c", defaultMode: -1 } },
          ],
        },
      }),
    ),
    dry(
      apps("deployments"),
      named({
        spec: {
          selector: { matchLabels: { app: "a" } },
          template: {
            metadata: {
              labels: { app: "a" },
              annotations: { "container.apparmor.security.beta.kubernetes.io/a": "unconfined" },
            },
            spec: { containers: [{ name: "a", image: "i" }] },
          },
        },
      }),
    ),
  ],
  "nothing in a list is a zero value": [
    dry(
      core("pods"),
      named({ spec: { containers: [{ name: "a", image: "i", env: [null], command: [null] }, null] } }),
    ),
    dry(core("services"), named({ spec: { ports: [null] } })),
    dry(core("configmaps"), { metadata: { name: "a", finalizers: [null], ownerReferences: [null] } }),
  ],
  "selectors of budgets and sets of daemons": [
    dry(apps("daemonsets"), named({ spec: { template: pod("x") } })),
    dry(
      of("policy/v1", "poddisruptionbudgets"),
      named({
        spec: {
          minAvailable: 1,
          selector: {
            matchLabels: { "a b": "x y" },
            matchExpressions: [
              { key: "k", operator: "In", values: [] },
              { key: "a b", operator: "Nope" },
            ],
          },
        },
      }),
    ),
  ],
  "another server's address has a port": [
    dry("/apis/apiregistration.k8s.io/v1/apiservices", {
      metadata: { name: "v1.{group}" },
      spec: {
        group: "{group}",
        version: "v1",
        groupPriorityMinimum: 100,
        versionPriority: 10,
        insecureSkipTLSVerify: true,
        service: { name: "a", namespace: "b" },
      },
    }),
  ],
  "values of the wrong type": [
    dry(core("configmaps"), named({ data: { a: 1.5 } })),
    dry(apps("deployments"), named({ spec: { replicas: 1.5 } })),
    dry(apps("deployments"), named({ spec: { replicas: 99999999999 } })),
    dry(of("networking.k8s.io/v1", "ingresses"), named({ spec: { rules: [{ http: "x" }] } })),
    dry(of("networking.k8s.io/v1", "ingresses"), named({ spec: { rules: [{ http: { paths: 1.5 } }] } })),
    apply(of("networking.k8s.io/v1", "ingresses", "a"), "one", {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "a" },
      spec: { nope: 1 },
    }),
  ],
  "objects fit the version in which they lie": [
    ...defined(specOf({}), {}, versions),
    post(at("v1"), inVersion("v1", { old: "lost", kept: "a" })),
    get(at("v1", "/w"), seen),
    get(at("v2", "/w"), seen),
    get(at("v1"), { pick: ({ items }) => items.map(({ spec }: Loose) => spec) }),
    merge(at("v1", "/w"), { spec: { old: "again", kept: "b" } }, seen),
    apply(at("v1", "/w"), "one", inVersion("v1", { old: "x" }), "force=true", seen),
    merge(at("v2", "/w"), { spec: { won: "mine" } }, seen),
    get(at("v1", "/w"), seen),
    put(`${at("v2", "/w")}?dryRun=All`, (all) => ({ ...all.at(-1)!.body, apiVersion: "{group}/v2" }), seen),
  ],
};
