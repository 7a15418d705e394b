/** The objects that Helm hands to templates: `.Values`, `.Files`, `.Chart`, `.Release`, `.Capabilities`. */
import { decode, encode } from "./bytes.ts";
import { mapOf } from "./data.ts";
import { GoError } from "./errors.ts";
import { base64 } from "./functions/encoding.ts";
import { basePath } from "./functions/urls.ts";
import { toYamlText } from "./functions/yaml.ts";
import { globPattern } from "./glob.ts";
import { printValue } from "./print.ts";
import { goQuote } from "./quote.ts";
import {
  GoBytes,
  GoList,
  GoMap,
  GoObject,
  type ListType,
  type MapType,
  type Method,
  type ObjectType,
  STRING_MAP,
  STRINGS,
  type Value,
} from "./value.ts";

const method = (params: Method["params"], result: string, call: Method["call"]): Method => ({
  params,
  result,
  call,
});

/** Helm's type of `.Values` and of the root. A plain map to most functions, but not to `dig`. */
export const VALUES: MapType = {
  name: "common.Values",
  elem: "interface {}",
  methods: new Map<string, Method>([
    ["YAML", method([], "string", (map: GoMap) => `${toYamlText(map)}\n`)],
    ["AsMap", method([], "map[string]interface {}", (map: GoMap) => new GoMap(map.m))],
    ["Table", method(["string"], "common.Values", (map: GoMap, path: string) => table(map, path))],
    ["PathValue", method(["string"], "interface {}", (map: GoMap, path: string) => pathValue(map, path))],
  ]),
};

function table(map: GoMap, path: string): GoMap {
  let at = map;
  for (const name of path.split(".")) {
    const next = at.m.get(name);
    if (!(next instanceof GoMap)) throw new GoError(`${goQuote(name)} is not a table`);
    at = new GoMap(next.m, VALUES, next.isNil);
  }
  return at;
}

function pathValue(map: GoMap, path: string): Value {
  if (path === "") throw new GoError("YAML path cannot be empty");
  const names = path.split(".");
  const key = names.pop()!;
  let at: Value = map;
  for (const name of names) at = at instanceof GoMap ? at.m.get(name) : undefined;
  const value = at instanceof GoMap ? at.m.get(key) : undefined;
  if (value === undefined || value instanceof GoMap) throw new GoError(`${goQuote(key)} is not a value`);
  return value;
}

/** Data as `.Values`. @throws {Error} as `fromData` does */
export function valuesObject(data: object): GoMap {
  return mapOf(data, VALUES);
}

const FILES: MapType = {
  name: "engine.files",
  elem: "[]uint8",
  methods: new Map<string, Method>([
    ["Get", method(["string"], "string", (map: GoMap, name: string) => textOf(map, name))],
    ["GetBytes", method(["string"], "[]uint8", (map: GoMap, name: string) => new GoBytes(textOf(map, name)))],
    ["Glob", method(["string"], "engine.files", (map: GoMap, pattern: string) => glob(map, pattern))],
    ["Lines", method(["string"], "[]string", (map: GoMap, name: string) => lines(map, name))],
    ["AsConfig", method([], "string", (map: GoMap) => asYaml(map, (text) => text))],
    ["AsSecrets", method([], "string", (map: GoMap) => asYaml(map, base64))],
  ]),
};

function textOf(map: GoMap, name: string): string {
  const file = map.m.get(name);
  return file instanceof GoBytes ? file.text : "";
}

function glob(map: GoMap, pattern: string): GoMap {
  // Helm takes a pattern that it cannot read for one that fits all.
  const wanted = globPattern(decode(pattern)) ?? /^/;
  return new GoMap(new Map([...map.m].filter(([name]) => wanted.test(decode(name)))), FILES);
}

function lines(map: GoMap, name: string): GoList {
  const text = textOf(map, name);
  if (text === "") return new GoList([], STRINGS);
  return new GoList((text.endsWith("\n") ? text.slice(0, -1) : text).split("\n"), STRINGS);
}

function asYaml(map: GoMap, write: (text: string) => string): string {
  const texts = [...map.m].map(([name, file]): [string, Value] => [
    basePath(name),
    write((file as GoBytes).text),
  ]);
  return toYamlText(new GoMap(new Map(texts), STRING_MAP));
}

/** A chart's other files as `.Files`: text, or bytes. */
export function filesObject(files: Iterable<readonly [name: string, content: string | Uint8Array]>): GoMap {
  const map = new Map<string, Value>();
  for (const [name, content] of files)
    map.set(encode(name), new GoBytes(typeof content === "string" ? encode(content) : content));
  return new GoMap(map, FILES);
}

const VERSION_SET: ListType = {
  name: "common.VersionSet",
  elem: "string",
  methods: new Map<string, Method>([
    ["Has", method(["string"], "bool", (list: GoList, version: string) => list.items.includes(version))],
  ]),
};

function kubeVersionText({ fields }: GoObject): Value {
  return fields.get("normalizedVersion") || fields.get("Version");
}

const KUBE_VERSION: ObjectType = {
  name: "common.KubeVersion",
  kind: "struct",
  fields: [
    { name: "Version", type: "string" },
    { name: "normalizedVersion", type: "string", hidden: true },
    { name: "Major", type: "string" },
    { name: "Minor", type: "string" },
  ],
  methods: new Map<string, Method>([
    ["String", method([], "string", kubeVersionText)],
    ["GitVersion", method([], "string", (object: GoObject) => object.fields.get("Version"))],
  ]),
  pointerText: (object: GoObject) => printValue(kubeVersionText(object)),
  copy: ({ fields }: GoObject) => new GoObject(KUBE_VERSION, new Map([...fields, ["normalizedVersion", ""]])),
};

const BUILD_INFO: ObjectType = {
  name: "version.BuildInfo",
  kind: "struct",
  fields: [
    { name: "Version", type: "string", json: "version", omitEmpty: true },
    { name: "GitCommit", type: "string", json: "git_commit", omitEmpty: true },
    { name: "GitTreeState", type: "string", json: "git_tree_state", omitEmpty: true },
    { name: "GoVersion", type: "string", json: "go_version", omitEmpty: true },
    { name: "KubeClientVersion", type: "string", json: "kube_client_version" },
  ],
  methods: new Map(),
};

const CAPABILITIES: ObjectType = {
  name: "*common.Capabilities",
  kind: "ptr",
  fields: [
    { name: "KubeVersion", type: "common.KubeVersion" },
    { name: "APIVersions", type: "common.VersionSet" },
    { name: "HelmVersion", type: "version.BuildInfo" },
  ],
  methods: new Map(),
};

/** A version of Kubernetes as Helm knows it. */
export type KubeVersion = {
  /** `v1.33.4-gke.1` */
  version: string;
  /** `v1.33.4`; Helm has it of versions that a user names, and not of those that a cluster tells. */
  normalized?: string;
  major: string;
  /** Clusters of some providers tell `33+`. */
  minor: string;
};

export type Capabilities = {
  kubeVersion: KubeVersion;
  /** `apps/v1`, and what else the cluster serves. */
  apiVersions: readonly string[];
  /** The version of Helm that templates shall see. */
  helmVersion: string;
};

/** `.Capabilities`. */
export function capabilitiesObject({ kubeVersion, apiVersions, helmVersion }: Capabilities): GoObject {
  const version = new Map<string, Value>([
    ["Version", encode(kubeVersion.version)],
    ["normalizedVersion", encode(kubeVersion.normalized ?? "")],
    ["Major", encode(kubeVersion.major)],
    ["Minor", encode(kubeVersion.minor)],
  ]);
  const build = new Map<string, Value>(BUILD_INFO.fields.map(({ name }) => [name, ""]));
  build.set("Version", encode(helmVersion));
  return new GoObject(
    CAPABILITIES,
    new Map<string, Value>([
      ["KubeVersion", new GoObject(KUBE_VERSION, version)],
      ["APIVersions", new GoList(apiVersions.map(encode), VERSION_SET)],
      ["HelmVersion", new GoObject(BUILD_INFO, build)],
    ]),
  );
}

/**
 * A version of Kubernetes that a user names: `v1.33.4-gke.1`, or without the `v`, or `1.33`.
 * @throws {GoError} in the words of Kubernetes' own parser, if it is none
 */
export function parseKubeVersion(text: string): KubeVersion {
  const numbers = /^\s*v?([0-9]+(?:\.[0-9]+)*)(?:.*)$/.exec(text)?.[1]?.split(".");
  const quoted = decode(goQuote(encode(text)));
  if (!numbers) throw new GoError(`could not parse ${quoted} as version`);
  const [major = "", minor] = numbers;
  if (minor === undefined) throw new GoError(`illegal version string ${quoted}`);
  if (/^0./.test(major)) throw new GoError(`illegal zero-prefixed version component "${major}" in ${quoted}`);
  for (const one of numbers) {
    if (BigInt(one) < 2n ** 64n) continue;
    const why = `strconv.ParseUint: parsing "${one}": value out of range`;
    throw new GoError(`illegal non-numeric version component "${one}" in ${quoted}: ${why}`);
  }
  const plain = numbers.map((one) => String(BigInt(one)));
  const version = text.startsWith("v") ? text : `v${text}`;
  return { version, normalized: `v${plain.join(".")}`, major: plain[0]!, minor: plain[1]! };
}

export type Release = {
  name: string;
  namespace: string;
  revision: number;
  isUpgrade: boolean;
};

/** `.Release`. */
export function releaseObject({ name, namespace, revision, isUpgrade }: Release): GoMap {
  return new GoMap(
    new Map<string, Value>([
      ["Name", encode(name)],
      ["Namespace", encode(namespace)],
      ["IsUpgrade", isUpgrade],
      ["IsInstall", !isUpgrade],
      ["Revision", BigInt(revision)],
      ["Service", "Helm"],
    ]),
  );
}

/** The metadata of a chart, as Chart.yaml has it. */
export type ChartMetadata = {
  name?: string;
  home?: string;
  sources?: readonly string[];
  version?: string;
  description?: string;
  keywords?: readonly string[];
  maintainers?: readonly { name?: string; email?: string; url?: string }[];
  icon?: string;
  apiVersion?: string;
  condition?: string;
  tags?: string;
  appVersion?: string;
  deprecated?: boolean;
  annotations?: Readonly<Record<string, string>>;
  kubeVersion?: string;
  dependencies?: readonly {
    name?: string;
    version?: string;
    repository?: string;
    condition?: string;
    tags?: readonly string[];
    enabled?: boolean;
    "import-values"?: readonly unknown[];
    alias?: string;
  }[];
  type?: string;
};

/** `.Chart`: a plain map in Helm 4, so that an unknown field is nothing and no error. */
export function chartObject(chart: ChartMetadata, isRoot: boolean): GoMap {
  const { annotations } = chart;
  const map = mapOf({
    ...texts(chart, TEXTS),
    Sources: chart.sources ?? [],
    Keywords: chart.keywords ?? [],
    Maintainers: (chart.maintainers ?? []).map((one) =>
      texts(one, { name: "Name", email: "Email", url: "URL" }),
    ),
    Deprecated: chart.deprecated === true,
    Dependencies: (chart.dependencies ?? []).map((one) => ({
      ...texts(one, DEPENDENCY_TEXTS),
      Tags: one.tags ?? [],
      Enabled: one.enabled === true,
      ImportValues: one["import-values"] ?? [],
    })),
    IsRoot: isRoot,
  });
  const own = annotations ? mapOf(annotations).m : new Map<string, Value>();
  map.m.set("Annotations", new GoMap(own, STRING_MAP, !annotations));
  return map;
}

const TEXTS = {
  name: "Name",
  home: "Home",
  version: "Version",
  description: "Description",
  icon: "Icon",
  apiVersion: "APIVersion",
  condition: "Condition",
  tags: "Tags",
  appVersion: "AppVersion",
  kubeVersion: "KubeVersion",
  type: "Type",
};
const DEPENDENCY_TEXTS = {
  name: "Name",
  version: "Version",
  repository: "Repository",
  condition: "Condition",
  alias: "Alias",
};

/** Fields that are text, under their names in Go; those that are missing are empty. */
function texts(from: object, names: Record<string, string>): Record<string, string> {
  const given = from as Record<string, unknown>;
  return Object.fromEntries(Object.entries(names).map(([key, name]) => [name, String(given[key] ?? "")]));
}
