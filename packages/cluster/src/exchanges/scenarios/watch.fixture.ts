import {
  configMap,
  custom,
  defined,
  del,
  get,
  merge,
  partial,
  paths,
  post,
  quiet,
  type Scenarios,
  specOf,
  table,
  watch,
  widget,
} from "../scenario.fixture.ts";

const { configMaps, configMap: at } = paths;
const own = `${configMaps}?fieldSelector=metadata.name!=kube-root-ca.crt`;
const listed = quiet(get(configMaps));
const made = (name: string, labels: object = {}) =>
  quiet(post(configMaps, configMap(name, undefined, { labels })));

/** Watches: what is told, in which order and form. */
export const watching: Scenarios = {
  "a watch tells of each change": [
    listed,
    watch(configMaps, 3, [
      quiet(post(configMaps, configMap("a", { x: "1" }))),
      quiet(merge(at("a"), { data: { x: "2" } })),
      quiet(del(at("a"))),
    ]),
  ],
  "writes that change nothing are not told": [
    made("a"),
    listed,
    watch(configMaps, 1, [
      quiet(merge(at("a"), {})),
      quiet(post(`${configMaps}?dryRun=All`, configMap("b"))),
      quiet(merge(at("a"), { data: { x: "2" } })),
    ]),
  ],
  "an object that leaves a selection is deleted to the watcher": [
    listed,
    watch(`${configMaps}?labelSelector=app=web`, 3, [
      made("a", { app: "web" }),
      made("b", { app: "db" }),
      quiet(merge(at("a"), { metadata: { labels: { app: "db" } } })),
      quiet(merge(at("b"), { metadata: { labels: { app: "web" } } })),
    ]),
  ],
  "one object is watched by its name": [
    made("a"),
    listed,
    watch(`${configMaps}?fieldSelector=metadata.name=a`, 1, [
      made("b"),
      quiet(merge(at("a"), { data: { x: "1" } })),
    ]),
    listed,
    watch(at("a"), 1, [quiet(merge(at("a"), { data: { x: "2" } }))]),
  ],
  "a watch without a version begins with what is there": [
    made("a"),
    made("b"),
    { ...watch(own, 3, [made("c")]), path: `${own}&watch=true` },
    { ...watch(own, 3, []), path: `${own}&watch=1&resourceVersion=0` },
  ],
  "finalizers show as changes": [
    listed,
    watch(configMaps, 3, [
      quiet(post(configMaps, configMap("a", undefined, { finalizers: ["example.com/wait"] }))),
      quiet(del(at("a"))),
      quiet(merge(at("a"), { metadata: { finalizers: null } })),
    ]),
  ],
  "a watch ends when asked": [
    listed,
    get(
      (seen: any) =>
        `${configMaps}?watch=true&timeoutSeconds=1&resourceVersion=${seen.at(-1).body.metadata.resourceVersion}`,
    ),
  ],
  "a bookmark comes before the end": [
    listed,
    get(
      (seen: any) =>
        `${configMaps}?watch=true&timeoutSeconds=3&allowWatchBookmarks=true&resourceVersion=${seen.at(-1).body.metadata.resourceVersion}`,
      { pick: (body) => (typeof body === "object" ? body.type : body) },
    ),
  ],
  "watched tables have columns once": [
    listed,
    watch(configMaps, 2, [made("a"), quiet(merge(at("a"), { data: { x: "1" } }))], table),
  ],
  "metadata alone is watched": [listed, watch(configMaps, 2, [made("a"), quiet(del(at("a")))], partial)],
  "custom resources are watched": [
    ...defined(specOf({ x: { type: "integer" } })),
    quiet(get(custom.widgets)),
    watch(custom.widgets, 3, [
      quiet(post(custom.widgets, widget("w", { spec: { x: 1 } }))),
      quiet(merge(custom.widget("w"), { spec: { x: 2 } })),
      quiet(del(custom.widget("w"))),
    ]),
  ],
  "versions that are none are refused to watchers": [
    get(`${configMaps}?watch=true&resourceVersion=x`),
    get(`${configMaps}?watch=true&labelSelector=!!`),
    get(`${configMaps}?watch=true&timeoutSeconds=x`),
    get(`${configMaps}?watch=true&fieldSelector=nonsense=x`),
    get(`${configMaps}?watch=true&timeoutSeconds=1&resourceVersionMatch=Exact&resourceVersion=1`),
  ],
  "the older path of watches works": [
    listed,
    {
      ...watch(configMaps, 1, [made("a")]),
      path: (seen: any) =>
        `/api/v1/watch/namespaces/{ns}/configmaps?resourceVersion=${seen.at(-1).body.metadata.resourceVersion}`,
    },
  ],
};
