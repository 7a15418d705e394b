import {
  configMap,
  custom,
  defined,
  del,
  deployment,
  get,
  merge,
  partialList,
  paths,
  pod,
  post,
  put,
  quiet,
  type Scenarios,
  specOf,
  table,
  widget,
} from "../scenario.fixture.ts";

const { configMaps, configMap: at, core, apps, of } = paths;
const own = `${configMaps}?fieldSelector=metadata.name!=kube-root-ca.crt`;
const names = {
  pick: ({ metadata, items }: any) => ({ metadata, names: items.map((each: any) => each.metadata.name) }),
};
const made = (name: string, labels: object = {}) =>
  quiet(post(configMaps, configMap(name, undefined, { labels })));
const field = (path: string, selector: string) =>
  get(`${path}?fieldSelector=${encodeURIComponent(selector)}`, names);
const versionOf = (seen: any) => seen.at(-1).body.metadata.resourceVersion;
const broken = deployment("d", {
  template: {
    metadata: { labels: { app: "web" } },
    spec: {
      containers: [{ name: "web", image: "i", env: [{ name: "A", vlue: "x" }], resources: { limit: {} } }],
      nodeSelecter: {},
    },
  },
});

/** How tools ask: selectors of each kind, versions of lists, lists as watches, dry runs, preconditions, collections. */
export const asking: Scenarios = {
  "pods are selected by their fields": [
    quiet(post(core("pods"), pod("a", { nodeName: "n", schedulerName: "other", serviceAccountName: "x" }))),
    quiet(post(core("pods"), pod("b", { restartPolicy: "Never", hostNetwork: true }))),
    quiet(
      merge(`${core("pods", "a")}/status`, {
        status: {
          phase: "Running",
          podIP: "192.0.2.1",
          podIPs: [{ ip: "192.0.2.1" }],
        },
      }),
    ),
    ...[
      "spec.nodeName=n",
      "spec.nodeName!=n",
      "spec.schedulerName=other",
      "spec.serviceAccountName=x",
      "spec.restartPolicy!=Always",
      "spec.hostNetwork=true",
      "status.phase=Running",
      "status.phase!=Running,spec.restartPolicy=Never",
      "status.podIP=192.0.2.1",
      "status.podIPs=192.0.2.1",
      "status.nominatedNodeName=m",
      "metadata.namespace={ns}",
      "spec.nodeName=n,spec.nodeName=m",
      "metadata.labels=x",
    ].map((selector) => field(core("pods"), selector)),
    field("/api/v1/pods", "metadata.namespace={ns},metadata.name=a"),
  ],
  "other kinds are selected by their fields": [
    quiet(
      post(core("events"), {
        metadata: { name: "e" },
        involvedObject: {
          namespace: "{ns}",
          kind: "Pod",
          name: "p",
          uid: "u",
          fieldPath: "f",
          apiVersion: "v1",
        },
        reason: "R",
        type: "Warning",
        source: { component: "kubelet" },
        reportingComponent: "rc",
      }),
    ),
    ...[
      "involvedObject.kind=Pod",
      "involvedObject.name=p,involvedObject.namespace={ns}",
      "involvedObject.uid=u",
      "involvedObject.fieldPath=f",
      "involvedObject.apiVersion=v1",
      "reason=R",
      "type=Warning",
      "type!=Warning",
      "source=kubelet",
      "reportingComponent=rc",
    ].map((selector) => field(core("events"), selector)),
    ...["regarding.name=p", "reportingController=rc", "involvedObject.name=p"].map((selector) =>
      field(of("events.k8s.io/v1", "events"), selector),
    ),
    quiet(
      post(of("batch/v1", "jobs"), {
        metadata: { name: "j" },
        spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
      }),
    ),
    ...["status.successful=0", "status.successful=1", "status.active=0"].map((selector) =>
      field(of("batch/v1", "jobs"), selector),
    ),
    quiet(post(apps("replicasets"), { ...deployment("r"), kind: "ReplicaSet" })),
    ...["status.replicas=0", "spec.replicas=1"].map((selector) => field(apps("replicasets"), selector)),
    quiet(
      post(core("services"), { metadata: { name: "s" }, spec: { clusterIP: "None", ports: [{ port: 80 }] } }),
    ),
    ...["spec.clusterIP=None", "spec.type!=ClusterIP", "spec.ports=80"].map((selector) =>
      field(core("services"), selector),
    ),
    field("/api/v1/nodes", "spec.unschedulable=true"),
    field("/api/v1/nodes", "status.phase=x"),
    field(core("secrets"), "type!=Opaque"),
    field(core("replicationcontrollers"), "status.replicas=0"),
    field("/apis/certificates.k8s.io/v1/certificatesigningrequests", "spec.signerName=x"),
    field("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "spec.group=x"),
  ],
  "lists say at which version they are": [
    made("a"),
    get(own, names),
    made("b"),
    ...[
      "",
      "&resourceVersionMatch=NotOlderThan",
      "&resourceVersionMatch=Exact",
      "&limit=1",
      "&limit=1&resourceVersionMatch=Exact",
      "&limit=1&resourceVersionMatch=NotOlderThan",
    ].map((rest) =>
      get((seen: any) => `${own}&resourceVersion=${seen[1].body.metadata.resourceVersion}${rest}`, names),
    ),
    ...[
      "resourceVersion=0&limit=1",
      "resourceVersion=0&resourceVersionMatch=NotOlderThan",
      "resourceVersionMatch=NotOlderThan",
      "resourceVersion=&resourceVersionMatch=",
      "resourceVersion=-1",
      "resourceVersion=1.5",
      "limit=1&continue=",
      "resourceVersion=99999999999",
      "resourceVersion=99999999999&resourceVersionMatch=Exact",
      "resourceVersion=99999999999&resourceVersionMatch=NotOlderThan",
      "sendInitialEvents=true",
      "limit=2&resourceVersionMatch=Exact",
    ].map((rest) => get(`${own}&${rest}`, names)),
    get(`${at("a")}?resourceVersion=99999999999`),
    get(`${at("a")}?resourceVersion=-1`),
  ],
  "custom resources are listed alike": [
    ...defined(specOf({ x: { type: "integer" } })),
    quiet(post(custom.widgets, widget("w", { spec: { x: 1 } }))),
    quiet(post(custom.widgets, widget("x", { spec: { x: 2 } }))),
    get(`${custom.widgets}?resourceVersion=0`, names),
    get(`${custom.widgets}?limit=1`, names),
    get(`${custom.widgets}?limit=500&resourceVersion=0`, table),
    get(custom.widgets, partialList),
    get(`${custom.widgets}?sendInitialEvents=true`),
    get(`${custom.widgets}?watch=true&resourceVersionMatch=Exact&timeoutSeconds=1`),
  ],
  "every write can be tried": [
    post(`${apps("deployments")}?dryRun=All`, deployment("d"), { pick: ({ metadata }) => metadata }),
    quiet(post(apps("deployments"), deployment("d"))),
    put(`${apps("deployments", "d")}?dryRun=All`, deployment("d", { replicas: 7 }), {
      pick: ({ metadata, spec }) => [metadata, spec.replicas],
    }),
    merge(`${apps("deployments", "d")}/scale?dryRun=All`, { spec: { replicas: 9 } }),
    merge(
      `${apps("deployments", "d")}/status?dryRun=All`,
      { status: { replicas: 9 } },
      { pick: ({ status }) => status },
    ),
    del(`${apps("deployments", "d")}?dryRun=All`),
    del(
      apps("deployments", "d"),
      { dryRun: ["All"], propagationPolicy: "Foreground" },
      { pick: ({ metadata }) => [metadata?.finalizers, metadata?.deletionTimestamp] },
    ),
    del(`${apps("deployments")}?dryRun=All`, undefined, names),
    get(apps("deployments", "d"), { pick: ({ metadata, spec }) => [metadata.generation, spec.replicas] }),
    quiet(post(core("pods"), pod("p"))),
    post(`${core("pods", "p")}/eviction?dryRun=All`, { metadata: { name: "p" } }),
    post(`${core("pods", "p")}/binding?dryRun=All`, {
      metadata: { name: "p" },
      target: { kind: "Node", name: "n" },
    }),
    get(core("pods", "p"), { pick: ({ spec, metadata }) => [spec.nodeName, metadata.deletionTimestamp] }),
    post(
      `${core("serviceaccounts", "default")}/token?dryRun=All`,
      { spec: {} },
      { pick: ({ kind }) => kind },
    ),
    post("/api/v1/namespaces?dryRun=All", { metadata: { name: "{ns}-try" } }),
    get("/api/v1/namespaces/{ns}-try"),
    del("/api/v1/namespaces/{ns}?dryRun=All", undefined, {
      pick: ({ status, metadata }) => [status, metadata?.deletionTimestamp],
    }),
    post(`${configMaps}?dryRun=Some`, configMap("x")),
    post(`${configMaps}?dryRun=All&dryRun=All`, configMap("x"), { pick: ({ kind }) => kind }),
  ],
  "unknown fields deep inside": [
    post(`${apps("deployments")}?fieldValidation=Strict`, broken),
    post(`${apps("deployments")}?fieldValidation=Warn&dryRun=All`, broken, { pick: () => "" }),
    post(
      `${apps("deployments")}?fieldValidation=Strict`,
      '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":1,"replicas":2,"selector":{"matchLabels":{"a":"b","a":"c"}},"template":{"spec":{"containers":[{"name":"x","name":"y","image":"i"}]}}}}',
    ),
    post(`${core("services")}?fieldValidation=Strict`, {
      metadata: { name: "s" },
      spec: { ports: [{ port: 80, target: 1 }], selectr: {} },
    }),
    post(`${core("secrets")}?fieldValidation=Strict`, {
      metadata: { name: "s", lables: {} },
      strData: { a: "b" },
    }),
    post(`${core("pods")}?fieldValidation=Strict`, { ...pod("p"), status: { phas: "x" } }),
    post(`${of("networking.k8s.io/v1", "ingresses")}?fieldValidation=Strict`, {
      metadata: { name: "i" },
      spec: { rules: [{ http: { paths: [{ backend: { serviceName: "x" } }] } }] },
    }),
    post(`${configMaps}?fieldValidation=Strict`, {
      ...configMap("a"),
      metadata: { name: "a", managedFields: [{ manager: "x", nonsense: 1 }] },
    }),
  ],
  "names are made for every kind": [
    ...[
      [core("pods"), pod("")],
      [apps("deployments"), deployment("")],
      [
        of("batch/v1", "jobs"),
        { spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } } },
      ],
      [core("secrets"), {}],
      [core("services"), { spec: { ports: [{ port: 80 }] } }],
      ["/api/v1/namespaces", {}],
      ["/apis/rbac.authorization.k8s.io/v1/clusterroles", { rules: [] }],
      [core("serviceaccounts"), {}],
    ].map(([path, object]: any) =>
      post(
        path,
        { ...object, metadata: { generateName: "made-" } },
        { pick: ({ metadata: { name, generateName } }) => ({ metadata: { name, generateName } }) },
      ),
    ),
    post(configMaps, configMap("given", undefined, { generateName: "made-" }), {
      pick: ({ metadata: { name, generateName } }) => [name, generateName],
    }),
    post(configMaps, { metadata: {} }),
  ],
  "preconditions of writes": [
    made("a"),
    quiet(get(at("a"))),
    del(at("a"), { preconditions: { resourceVersion: "1" } }),
    del(at("a"), { preconditions: { uid: "22222222-2222-4222-8222-222222222222" } }),
    put(at("a"), configMap("a", { x: "1" }, { resourceVersion: "999999999" })),
    merge(at("a"), { metadata: { resourceVersion: "1" }, data: { x: "1" } }),
    merge(at("a"), { metadata: { uid: "22222222-2222-4222-8222-222222222222" }, data: { x: "1" } }),
    quiet(get(at("a"))),
    merge(at("a"), (seen: any) => ({ metadata: { resourceVersion: versionOf(seen) }, data: { x: "2" } })),
    del(at("a"), (seen: any) => ({
      preconditions: { uid: seen.at(-1).body.metadata.uid, resourceVersion: versionOf(seen) },
    })),
  ],
  "collections are deleted": [
    made("a", { app: "x" }),
    made("b", { app: "x" }),
    made("c", { app: "y" }),
    del(`${configMaps}?labelSelector=app%3Dx&fieldSelector=metadata.name%3Da`, undefined, names),
    del(`${configMaps}?labelSelector=app%3Dx&limit=1`, undefined, names),
    del(`${configMaps}?fieldSelector=nonsense%3Da`),
    del(`${configMaps}?labelSelector=app%3Dy`, { propagationPolicy: "Background" }, names),
    del(`${configMaps}?labelSelector=app%3Dy`, { propagationPolicy: "Nope" }),
    get(own, names),
    quiet(post(apps("deployments"), deployment("d"))),
    quiet(post(apps("deployments"), deployment("e"))),
    del(`${apps("deployments")}?propagationPolicy=Foreground`, undefined, {
      pick: ({ kind, items }) => [
        kind,
        items.map(({ metadata }: any) => [metadata.name, metadata.finalizers]),
      ],
    }),
    del("/api/v1/namespaces?labelSelector=none%3Dnone"),
    del(core("services"), undefined, names),
  ],
};
