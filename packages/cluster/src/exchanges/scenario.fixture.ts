/** A JSON value whose fields are looked into without knowing its type. */
export type Loose = any;

/** What is sent, or how it follows from what was seen. */
export type Body = object | string | ((seen: Seen) => Loose) | undefined;

/** What came back, unmasked. `events` are those of a watch. */
export type Answer = {
  status: number;
  headers: Record<string, string | string[]>;
  body?: Loose;
  events?: Loose[];
};

/** The answers of a scenario so far, those of quiet steps too; `seen.at(-1)` is the last. */
export type Seen = readonly Answer[];

/**
 * One request. In paths and bodies `{ns}` is the namespace of the scenario, which exists, and `{group}` an API group that
 * no other scenario has. `{hook}` and `{ca}` are URL and authority of webhooks that behave as their path says (webhook.fixture.ts).
 */
export type Step = {
  method: string;
  path: string | ((seen: Seen) => string);
  headers: Record<string, string>;
  /** text is sent as it is, anything else as JSON */
  body?: Body;
  /** the part of the answer that is compared; default: all of it */
  pick?: (body: Loose) => unknown;
  /** repeats the request, with answers dropped, until this holds; for less than a minute */
  until?: (answer: Answer) => boolean;
  /** prepares something: neither compared nor counted */
  quiet?: true;
  /** makes it a watch: these steps are done while it is open; it ends after so many events */
  watch?: { events: number; during: Step[] };
};

/** What is told about one behaviour: a sentence and its requests. */
export type Scenarios = Record<string, Step[]>;

type More = Partial<Omit<Step, "method" | "path" | "body">>;
type Path = Step["path"];

const step = (method: string, path: Path, body: Body, more: More = {}): Step => ({
  method,
  path,
  ...(body === undefined ? {} : { body }),
  ...more,
  headers: { "user-agent": "tester/1", ...more.headers },
});

const typed = (type: string, more: More): More => ({
  ...more,
  headers: { "content-type": type, ...more.headers },
});

export const get = (path: Path, more: More = {}): Step => step("GET", path, undefined, more);
export const post = (path: Path, body: Body, more: More = {}): Step =>
  step("POST", path, body, typed("application/json", more));
export const put = (path: Path, body: Body, more: More = {}): Step =>
  step("PUT", path, body, typed("application/json", more));
export const del = (path: Path, body?: Body, more: More = {}): Step =>
  step("DELETE", path, body, body === undefined ? more : typed("application/json", more));
export const merge = (path: Path, body: Body, more: More = {}): Step =>
  step("PATCH", path, body, typed("application/merge-patch+json", more));
export const jsonPatch = (path: Path, body: Body, more: More = {}): Step =>
  step("PATCH", path, body, typed("application/json-patch+json", more));
export const strategic = (path: Path, body: Body, more: More = {}): Step =>
  step("PATCH", path, body, typed("application/strategic-merge-patch+json", more));

/** Server-side apply; `query` is what follows the field manager: "force=true". */
export const apply = (path: string, manager: string, body: Body, query = "", more: More = {}): Step =>
  step(
    "PATCH",
    `${path}?fieldManager=${manager}${query ? `&${query}` : ""}`,
    body,
    typed("application/apply-patch+yaml", more),
  );

/** A watch of `path` from the version that the last answer told, while `during` is done. */
export const watch = (path: string, events: number, during: Step[], more: More = {}): Step =>
  step(
    "GET",
    (seen) =>
      `${path}${path.includes("?") ? "&" : "?"}watch=true&resourceVersion=${seen.at(-1)!.body.metadata.resourceVersion}`,
    undefined,
    { ...more, watch: { events, during } },
  );

/** The step again as a preparation that is not compared. */
export const quiet = (prepared: Step): Step => ({ ...prepared, quiet: true });

/** Waits, uncompared, until `path` answers with `status`. */
export const untilStatus = (path: string, status: number): Step =>
  quiet(get(path, { until: (answer) => answer.status === status }));

/** Waits, uncompared, until the object at `path` is so. */
export const untilSo = (path: string, isSo: (body: Loose) => boolean): Step =>
  quiet(get(path, { until: (answer) => answer.status === 200 && isSo(answer.body) }));

export const table = { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" } };
export const partial = {
  headers: { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json" },
};
export const partialList = {
  headers: { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json" },
};

const configMaps = "/api/v1/namespaces/{ns}/configmaps";
/** Paths that most scenarios need. */
export const paths = {
  configMaps,
  configMap: (name: string) => `${configMaps}/${name}`,
  core: (plural: string, name?: string) => `/api/v1/namespaces/{ns}/${plural}${name ? `/${name}` : ""}`,
  apps: (plural: string, name?: string) => `/apis/apps/v1/namespaces/{ns}/${plural}${name ? `/${name}` : ""}`,
  of: (groupVersion: string, plural: string, name?: string) =>
    `/apis/${groupVersion}/namespaces/{ns}/${plural}${name ? `/${name}` : ""}`,
  registration: (plural: string) => `/apis/admissionregistration.k8s.io/v1/${plural}`,
};

/** A rule of an admission policy or webhook: whatever is done to `resources`. */
export const ruleFor = (resources: string[], more: Loose = {}): Loose => ({
  apiGroups: ["*"],
  apiVersions: ["*"],
  operations: ["*"],
  resources,
  ...more,
});

/** A ConfigMap to apply. */
export const configMap = (name: string, data?: Loose, metadata: Loose = {}): Loose => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...metadata },
  ...(data === undefined ? {} : { data }),
});

const container = { name: "web", image: "registry.example/web:1" };
export const podTemplate = (spec: Loose = {}): Loose => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [container], ...spec },
});
export const deployment = (name: string, spec: Loose = {}): Loose => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: { selector: { matchLabels: { app: "web" } }, template: podTemplate(), ...spec },
});
export const pod = (name: string, spec: Loose = {}): Loose => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels: { app: "web" } },
  spec: { containers: [container], ...spec },
});

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** A definition of Widgets in the scenario's group. `version` is merged over version v1; `spec` over the spec. */
export const definition = (schema: Loose, version: Loose = {}, spec: Loose = {}): Loose => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.{group}" },
  spec: {
    group: "{group}",
    names: { kind: "Widget", plural: "widgets" },
    scope: "Namespaced",
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema }, ...version }],
    ...spec,
  },
});

/** Makes the Widgets of `definition(…)` and waits until they are served, all uncompared. */
export const defined = (schema: Loose, version: Loose = {}, spec: Loose = {}): Step[] => [
  quiet(post(definitions, definition(schema, version, spec))),
  untilSo(`${definitions}/widgets.{group}`, (body) =>
    body.status?.conditions?.some((each: Loose) => each.type === "Established" && each.status === "True"),
  ),
  untilStatus("/apis/{group}/v1/widgets", 200),
];

const widgets = "/apis/{group}/v1/namespaces/{ns}/widgets";
export const custom = {
  definitions,
  definition: `${definitions}/widgets.{group}`,
  widgets,
  widget: (name: string) => `${widgets}/${name}`,
};

/** A Widget. */
export const widget = (name: string, content: Loose = {}, metadata: Loose = {}): Loose => ({
  apiVersion: "{group}/v1",
  kind: "Widget",
  metadata: { name, ...metadata },
  ...content,
});

/** A schema of an object with a spec of these properties, and any status. */
export const specOf = (properties: Loose, more: Loose = {}): Loose => ({
  type: "object",
  properties: {
    spec: { type: "object", properties, ...more },
    status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
});
