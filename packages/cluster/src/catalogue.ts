import { type KubeObject, splitApiVersion } from "@sluice/api";
import facts from "./generated/resources.json" with { type: "json" };
import { type Schema, schemaOfBuiltin } from "./schema/index.ts";

/** A part of an object that has its own path: `deployments/scale`. The kind's group is "" when it is the resource's own. */
export type Subresource = { name: string; group: string; version: string; kind: string; verbs: string[] };

/** An `additionalPrinterColumns` entry. */
export type PrinterColumn = {
  name: string;
  type: string;
  format?: string;
  description?: string;
  priority?: number;
  jsonPath: string;
};

/** What a served version of a custom resource has beyond a built-in one. */
export type Custom = {
  crdName: string;
  /** the definition is on its way out: nothing new is taken */
  terminating: boolean;
  columns: PrinterColumn[];
  selectableFields: string[];
  /** the text of the Warning header, for deprecated versions */
  deprecation?: string;
  scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string };
  /** the schema of the version in which objects lie, where that is another one */
  readonly stored?: { schema: Schema };
  /** the schema as written in the CRD, for OpenAPI */
  openapi?: Record<string, unknown>;
};

/** One resource in one served version: what a path under /api or /apis names. */
export type Resource = {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly Subresource[];
  /** key of the table that holds the objects; several versions (and for Events two groups) share one */
  readonly table: string;
  /** the apiVersion under which the table keeps them */
  readonly storedAs: string;
  readonly schema: Schema | undefined;
  readonly custom?: Custom;
};

/** Every served resource; rebuilt parts of it replace the old ones when CRDs come and go. */
export type Catalogue = {
  /** in the order of discovery; "" is the core group */
  groups: Map<string, Group>;
  /** raised with each change, so that cached answers know their age */
  generation: number;
};

export type Group = { name: string; versions: Map<string, Map<string, Resource>> };

const FOREIGN: Record<string, { group: string; version: string }> = {
  Scale: { group: "autoscaling", version: "v1" },
  Eviction: { group: "policy", version: "v1" },
  TokenRequest: { group: "authentication.k8s.io", version: "v1" },
};

/** Where objects lie that are served in more than one version or group. */
const STORED: Record<string, { table: string; storedAs: string }> = {
  "events.k8s.io/v1/events": { table: "/events", storedAs: "v1" },
  "autoscaling/v1/horizontalpodautoscalers": {
    table: "autoscaling/horizontalpodautoscalers",
    storedAs: "autoscaling/v2",
  },
};

/** The catalogue of a cluster without any CRD. */
export function builtinCatalogue(): Catalogue {
  const catalogue: Catalogue = { groups: new Map(), generation: 1 };
  for (const fact of facts) {
    if (fact.name.includes("/")) continue;
    const { group, version } = splitApiVersion(fact.groupVersion);
    addResource(catalogue, builtin(fact, group, version));
  }
  return catalogue;
}

function builtin(fact: (typeof facts)[number], group: string, version: string): Resource {
  const { groupVersion, name, kind } = fact;
  const stored = STORED[`${groupVersion}/${name}`] ?? { table: `${group}/${name}`, storedAs: groupVersion };
  let schema: Schema | undefined;
  return {
    group,
    version,
    plural: name,
    singular: fact.singular ?? "",
    kind,
    listKind: `${kind}List`,
    namespaced: fact.namespaced,
    verbs: fact.verbs,
    shortNames: fact.shortNames ?? [],
    categories: fact.categories ?? [],
    subresources: facts
      .filter((each) => each.groupVersion === groupVersion && each.name.startsWith(`${name}/`))
      .map((each) => ({
        name: each.name.slice(name.length + 1),
        ...(FOREIGN[each.kind] ?? { group: "", version: "" }),
        kind: each.kind,
        verbs: each.verbs,
      })),
    ...stored,
    // resolved at first use: most processes need a few of the 600 definitions
    get schema() {
      schema ??= schemaOfBuiltin({ group, version, kind });
      return schema;
    },
  };
}

export function addResource(catalogue: Catalogue, resource: Resource): void {
  const { group, version, plural } = resource;
  let served = catalogue.groups.get(group);
  if (!served) catalogue.groups.set(group, (served = { name: group, versions: new Map() }));
  let resources = served.versions.get(version);
  if (!resources) served.versions.set(version, (resources = new Map()));
  resources.set(plural, resource);
  catalogue.generation++;
}

/** Stops serving every version of `plural` in `group`; empty versions and groups vanish from discovery. */
export function removeResources(catalogue: Catalogue, group: string, plural: string): void {
  const served = catalogue.groups.get(group);
  if (!served) return;
  for (const [version, resources] of served.versions) {
    resources.delete(plural);
    if (resources.size === 0) served.versions.delete(version);
  }
  if (served.versions.size === 0) catalogue.groups.delete(group);
  catalogue.generation++;
}

/** The resource behind a path, by its plural name. */
export function resourceAt(
  catalogue: Catalogue,
  group: string,
  version: string,
  plural: string,
): Resource | undefined {
  return catalogue.groups.get(group)?.versions.get(version)?.get(plural);
}

/** The resource of a manifest's apiVersion and kind. */
export function resourceOfKind(catalogue: Catalogue, apiVersion: string, kind: string): Resource | undefined {
  const { group, version } = splitApiVersion(apiVersion);
  for (const resource of catalogue.groups.get(group)?.versions.get(version)?.values() ?? [])
    if (resource.kind === kind) return resource;
  return undefined;
}

/** Every resource once, in the version that is its stored one: what garbage collection and namespace deletion walk over. */
export function storedResources(catalogue: Catalogue): Resource[] {
  const byTable = new Map<string, Resource>();
  for (const group of catalogue.groups.values())
    for (const resources of group.versions.values())
      for (const resource of resources.values()) {
        if (!resource.verbs.includes("list")) continue;
        if (!byTable.has(resource.table) || apiVersionOfResource(resource) === resource.storedAs)
          byTable.set(resource.table, resource);
      }
  return [...byTable.values()];
}

export function apiVersionOfResource({ group, version }: { group: string; version: string }): string {
  return group === "" ? version : `${group}/${version}`;
}

/** How errors name the resource. */
export function nameOf(resource: Resource): { group: string; resource: string } {
  return { group: resource.group, resource: resource.plural };
}

/** The order of versions in discovery: GA before beta before alpha, then the higher number; other names last, by alphabet. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [rank(a), rank(b)];
  if (!left || !right) return left ? -1 : right ? 1 : a < b ? -1 : a > b ? 1 : 0;
  for (let index = 0; index < left.length; index++)
    if (left[index] !== right[index]) return right[index]! - left[index]!;
  return 0;
}

function rank(version: string): [number, number, number] | undefined {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (!match) return undefined;
  return [match[2] === "alpha" ? 0 : match[2] === "beta" ? 1 : 2, Number(match[1]), Number(match[3] ?? 0)];
}

/** True when `object` is of the kind that `resource` serves. */
export function isOf(resource: Resource, object: KubeObject): boolean {
  return object.kind === resource.kind && object.apiVersion === apiVersionOfResource(resource);
}
