import {
  configMap,
  custom,
  defined,
  deployment,
  get,
  partial,
  partialList,
  paths,
  pod,
  post,
  quiet,
  type Scenarios,
  specOf,
  table,
  widget,
} from "../scenario.fixture.ts";

const { configMaps, configMap: at, core, apps } = paths;
const made = (name: string, labels: object = {}) =>
  quiet(post(configMaps, configMap(name, undefined, { labels })));
const names = {
  pick: ({ items, metadata }: any) => ({ names: items.map((each: any) => each.metadata.name), metadata }),
};
const own = `${configMaps}?fieldSelector=metadata.name!=kube-root-ca.crt`;
const several = [
  made("a", { app: "web", tier: "front" }),
  made("b", { app: "web", tier: "back" }),
  made("c", { app: "db" }),
  made("d"),
];
const select = (selector: string) => get(`${own}&labelSelector=${encodeURIComponent(selector)}`, names);
const field = (path: string, selector: string) =>
  get(`${path}?fieldSelector=${encodeURIComponent(selector)}`, names);

/** GET: lists, selectors, pages, versions, formats. */
export const reading: Scenarios = {
  "a list has its kind and no kinds inside": [
    ...several.slice(0, 2),
    get(own),
    get(core("secrets")),
    get(apps("deployments")),
  ],
  "labels select": [
    ...several,
    ...[
      "app=web",
      "app==web",
      "app!=web",
      "app",
      "!app",
      "app in (web,db)",
      "app notin (web)",
      "app=web,tier=back",
      "tier in (front), app",
      "app=",
    ].map(select),
  ],
  "selectors that are none are refused": [
    ...several.slice(0, 1),
    ...[
      "app=web=x",
      "app in",
      "app in (",
      "!!app",
      "app=bad value",
      "=x",
      "a/b/c=d",
      "app>x",
      "app in ()",
      ",",
    ].map(select),
  ],
  "numbers select": [
    made("a", { n: "5" }),
    made("b", { n: "15" }),
    made("c", { n: "x" }),
    select("n>7"),
    select("n<7"),
    select("n>=5"),
  ],
  "fields select": [
    ...several,
    field(configMaps, "metadata.name=a"),
    field(configMaps, "metadata.name!=a"),
    field(configMaps, "metadata.namespace={ns}"),
    field(configMaps, "metadata.labels.app=web"),
    field(configMaps, "data=x"),
    field(configMaps, "metadata.name"),
    field(configMaps, "metadata.name=a,metadata.name=b"),
    quiet(post(core("secrets"), { metadata: { name: "s" }, type: "example.com/x" })),
    field(core("secrets"), "type=example.com/x"),
    field(core("secrets"), "type=Opaque"),
    quiet(post(core("pods"), pod("p"))),
    field(core("pods"), "status.phase=Pending"),
    field(core("pods"), "spec.nodeName="),
    field(core("pods"), "spec.restartPolicy=Always"),
    field(core("pods"), "spec.nonsense=x"),
    field(core("services"), "spec.type=ClusterIP"),
    field("/api/v1/namespaces", "metadata.name={ns}"),
    field("/api/v1/namespaces", "status.phase=Nope"),
    field(apps("deployments"), "metadata.name=x"),
    field(apps("deployments"), "spec.replicas=1"),
    field(core("events"), "involvedObject.kind=Pod,reason=x"),
    field(core("events"), "nonsense=x"),
  ],
  "long lists come in pages": [
    ...several,
    get(`${own}&limit=2`, names),
    get((seen: any) => `${own}&limit=2&continue=${seen.at(-1).body.metadata.continue}`, names),
    get(`${own}&limit=3`, names),
    get((seen: any) => `${own}&continue=${seen.at(-1).body.metadata.continue}`, names),
    get(`${own}&limit=10`, names),
    get(`${own}&limit=0`, names),
    get(`${configMaps}?limit=1&labelSelector=app`, names),
  ],
  "pages without fields have their remainder": [
    ...several,
    get(`${configMaps}?limit=2`, names),
    get((seen: any) => `${configMaps}?limit=1&continue=${seen.at(-1).body.metadata.continue}`, names),
  ],
  "limits and tokens that are none are refused": [
    get(`${configMaps}?limit=x`),
    get(`${configMaps}?limit=-1`, { pick: () => "" }),
    get(`${configMaps}?continue=nonsense`),
    get(`${configMaps}?continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhIn0`),
    get(`${configMaps}?limit=1&continue=x&resourceVersion=1`),
  ],
  "lists may name a version": [
    ...several.slice(0, 2),
    get(own, names),
    get((seen: any) => `${own}&resourceVersion=${seen.at(-1).body.metadata.resourceVersion}`, names),
    get(
      (seen: any) =>
        `${own}&resourceVersion=${seen.at(-1).body.metadata.resourceVersion}&resourceVersionMatch=NotOlderThan`,
      names,
    ),
    get(
      (seen: any) =>
        `${own}&resourceVersion=${seen.at(-1).body.metadata.resourceVersion}&resourceVersionMatch=Exact`,
      names,
    ),
    get(`${own}&resourceVersion=0`, names),
    get(`${own}&resourceVersion=x`),
    get(`${own}&resourceVersionMatch=Exact`),
    get(`${own}&resourceVersion=0&resourceVersionMatch=Exact`),
    get(`${own}&resourceVersion=1&resourceVersionMatch=Nonsense`),
  ],
  "an exact version shows what was": [
    made("a"),
    get(own, names),
    made("b"),
    get(
      (seen: any) =>
        `${own}&resourceVersion=${seen.at(-2).body.metadata.resourceVersion}&resourceVersionMatch=Exact`,
      names,
    ),
  ],
  "an object may be asked for at a version": [
    made("a"),
    get(`${at("a")}?resourceVersion=0`),
    get((seen: any) => `${at("a")}?resourceVersion=${seen[0].body.metadata.resourceVersion}`),
    get(`${at("a")}?resourceVersion=x`),
  ],
  "objects of all namespaces are listed": [
    made("a", { "{ns}": "x" }),
    get("/api/v1/configmaps?labelSelector={ns}"),
    get("/api/v1/configmaps?labelSelector={ns}&fieldSelector=metadata.namespace=other"),
    get("/api/v1/namespaces/missing/configmaps"),
  ],
  "tables have columns": [
    made("a"),
    quiet(post(configMaps, configMap("b", { x: "1", y: "2" }))),
    get(own, table),
    get(at("a"), table),
    get(`${at("a")}?includeObject=None`, table),
    get(`${at("a")}?includeObject=Object`, table),
    get(`${at("a")}?includeObject=x`, table),
    quiet(post(core("secrets"), { metadata: { name: "s" }, stringData: { a: "b" } })),
    get(core("secrets"), table),
    quiet(
      post(core("services"), {
        metadata: { name: "s" },
        spec: {
          clusterIP: "None",
          ports: [{ port: 80 }, { port: 53, protocol: "UDP" }],
          selector: { app: "web" },
        },
      }),
    ),
    get(core("services"), table),
    quiet(post(core("pods"), pod("p"))),
    get(core("pods"), table),
    quiet(post(apps("deployments"), deployment("d"))),
    get(apps("deployments"), table),
    quiet(
      post("/apis/batch/v1/namespaces/{ns}/cronjobs", {
        metadata: { name: "c" },
        spec: {
          schedule: "0 0 * * *",
          jobTemplate: {
            spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
          },
        },
      }),
    ),
    get("/apis/batch/v1/namespaces/{ns}/cronjobs", table),
    quiet(
      post("/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses", {
        metadata: { name: "i" },
        spec: {
          rules: [
            {
              host: "example.com",
              http: {
                paths: [
                  {
                    path: "/",
                    pathType: "Prefix",
                    backend: { service: { name: "s", port: { number: 80 } } },
                  },
                ],
              },
            },
          ],
        },
      }),
    ),
    get("/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses", table),
    get("/api/v1/namespaces/{ns}", table),
    get(core("serviceaccounts"), table),
  ],
  "tables of custom resources have their own columns": [
    ...defined(
      specOf({
        size: { type: "integer" },
        since: { type: "string", format: "date-time" },
        on: { type: "boolean" },
      }),
      {
        additionalPrinterColumns: [
          { name: "Size", type: "integer", jsonPath: ".spec.size", description: "how large" },
          { name: "On", type: "boolean", jsonPath: ".spec.on" },
          { name: "Since", type: "date", jsonPath: ".spec.since", priority: 1 },
          { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
        ],
      },
    ),
    quiet(
      post(
        custom.widgets,
        widget("a", {
          spec: { size: 3, on: true, since: "2001-01-01T00:00:00Z" },
          status: { conditions: [{ type: "Ready", status: "True" }] },
        }),
      ),
    ),
    quiet(post(custom.widgets, widget("b"))),
    get(custom.widgets, {
      ...table,
      pick: ({ columnDefinitions, rows }) => [
        columnDefinitions,
        rows.map(({ cells }: any) => cells.filter((cell: any) => !/^\d+y/.test(cell))),
      ],
    }),
    get(custom.widget("b"), table),
  ],
  "metadata comes alone when asked for": [
    made("a", { x: "y" }),
    get(at("a"), partial),
    get(`${own}&limit=1`, partialList),
    get(at("missing"), partial),
    get(own, partial),
  ],
  "answers come in formats": [
    made("a"),
    get(at("a"), { headers: { accept: "application/yaml" }, pick: (body) => typeof body }),
    get(at("a"), { headers: { accept: "text/html" } }),
    get(at("a"), { headers: { accept: "*/*" } }),
    get(at("a"), { headers: { accept: "application/*" } }),
    get(at("a"), { headers: { accept: "application/json;as=Table;v=v9;g=meta.k8s.io" } }),
    get(at("a"), {
      headers: { accept: "application/json;as=Nonsense;v=v1;g=meta.k8s.io, application/json" },
    }),
    get(at("missing"), table),
    get(`${configMaps}?labelSelector=!!`, table),
    get(at("missing"), { headers: { accept: "application/yaml" }, pick: () => "" }),
  ],
  "what is not there": [
    get(at("missing")),
    get(apps("deployments", "missing")),
    get("/api/v1/nodes/missing"),
    get("/apis/rbac.authorization.k8s.io/v1/clusterroles/missing"),
  ],
};
