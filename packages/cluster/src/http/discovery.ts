import { createHash } from "node:crypto";
import { splitApiVersion } from "@sluice/api";
import {
  type Catalogue,
  compareVersions,
  type Group,
  type Resource,
  type Subresource,
} from "../catalogue.ts";
import { noSuchResource } from "../errors.ts";
import type { Exchange } from "./exchange.ts";
import { negotiate } from "./negotiate.ts";
import { isPretty, sendValue } from "./respond.ts";

/** Serves /api, /apis, /apis/GROUP and /apis/GROUP/VERSION. False when there is no such group or version. */
export function serveDiscovery(exchange: Exchange): boolean {
  const { world, req, res, query, host, pathname, path } = exchange;
  const format = negotiate(req.headers.accept, isPretty({ req }, query), false);
  const isRoot = pathname === "/api" || pathname === "/api/" || pathname === "/apis" || pathname === "/apis/";
  if (isRoot && format.aggregated) {
    const document = aggregated(world.catalogue, pathname.startsWith("/apis"), format.aggregated);
    const etag = `"${createHash("sha512").update(JSON.stringify(document)).digest("hex").toUpperCase()}"`;
    res.setHeader("ETag", etag);
    res.setHeader("Vary", "Accept");
    res.setHeader("Cache-Control", "public");
    if (req.headers["if-none-match"] === etag) {
      res.statusCode = 304;
      res.end();
    } else sendValue(exchange, 200, document, format);
    return true;
  }
  const value = documentFor(world.catalogue, pathname, path?.group ?? "", path?.version, host);
  if (value === undefined) return false;
  sendValue(exchange, 200, value, { media: format.media, pretty: format.pretty });
  return true;
}

function documentFor(
  catalogue: Catalogue,
  pathname: string,
  group: string,
  version: string | undefined,
  host: string,
): unknown {
  const at = pathname.replace(/\/$/, "");
  if (at === "/api")
    return {
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: host }],
    };
  if (at === "/apis")
    return { kind: "APIGroupList", apiVersion: "v1", groups: namedGroups(catalogue).map(groupEntry) };
  const served = catalogue.groups.get(group);
  if (!served) return undefined;
  if (version === undefined) return { kind: "APIGroup", apiVersion: "v1", ...groupEntry(served) };
  const resources = served.versions.get(version);
  // a built-in group answers for its missing versions, a group of CRDs does not know of any
  if (!resources) {
    if (isCustomGroup(served)) return undefined;
    throw noSuchResource();
  }
  return {
    kind: "APIResourceList",
    ...(group === "" ? {} : { apiVersion: "v1" }),
    groupVersion: group === "" ? version : `${group}/${version}`,
    resources: [...resources.values()].flatMap(resourceEntries),
  };
}

/** All groups but the core one: built-in ones in their fixed order, then those of CRDs by name. */
function namedGroups(catalogue: Catalogue): Group[] {
  const groups = [...catalogue.groups.values()].filter(({ name }) => name !== "");
  const custom = groups.filter(isCustomGroup).sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...groups.filter((group) => !isCustomGroup(group)), ...custom];
}

/** A group that exists only through CRDs. */
export function isCustomGroup({ versions }: Group): boolean {
  return [...versions.values()].every((resources) => [...resources.values()].every(({ custom }) => custom));
}

function versionsOf({ versions }: Group): string[] {
  return [...versions.keys()].sort(compareVersions);
}

function groupEntry(group: Group) {
  const versions = versionsOf(group).map((version) => ({
    groupVersion: `${group.name}/${version}`,
    version,
  }));
  return { name: group.name, versions, preferredVersion: versions[0] };
}

/** Kinds that the API server still stores in another version than it prefers to serve. */
const STORED_BEFORE: Record<string, string> = {
  CustomResourceDefinition: "v1beta1",
  MutatingAdmissionPolicy: "v1beta1",
  MutatingAdmissionPolicyBinding: "v1beta1",
};

/** The hash tells clients when the stored form of a resource changes. */
function storageHash({ kind, storedAs, custom }: Resource): string {
  const stored = splitApiVersion(storedAs);
  const { group } = stored;
  const version = (!custom && STORED_BEFORE[kind]) || stored.version;
  return createHash("sha256")
    .update(`${group}/${version}/${kind}`)
    .digest()
    .subarray(0, 8)
    .toString("base64");
}

/** The verbs to tell of; a resource on its way out can still be changed, but is not shown to. */
function shownVerbs({ verbs, custom }: Resource): readonly string[] {
  return custom?.terminating ? verbs.filter((verb) => !["create", "update", "patch"].includes(verb)) : verbs;
}

function resourceEntries(resource: Resource) {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories, subresources } = resource;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: shownVerbs(resource),
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(verbs.includes("list") && verbs.includes("create")
      ? { storageVersionHash: storageHash(resource) }
      : {}),
  };
  const parts = subresources.map((part) => ({
    name: `${plural}/${part.name}`,
    singularName: "",
    namespaced,
    ...(part.group ? { group: part.group, version: part.version } : {}),
    kind: part.kind,
    verbs: part.verbs,
  }));
  return [main, ...parts];
}

function aggregated(catalogue: Catalogue, named: boolean, version: string) {
  const groups = named ? namedGroups(catalogue) : [catalogue.groups.get("")!];
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: group.name === "" ? {} : { name: group.name },
      versions: versionsOf(group).map((each) => ({
        version: each,
        resources: [...group.versions.get(each)!.values()].map(aggregatedResource),
        freshness: "Current",
      })),
    })),
  };
}

function aggregatedResource(resource: Resource) {
  const { plural, singular, namespaced, shortNames, categories, subresources } = resource;
  const parts = subresources.map((part) => ({
    subresource: part.name,
    responseKind: responseKind(resource, part),
    verbs: part.verbs,
  }));
  return {
    resource: plural,
    responseKind: responseKind(resource, { ...resource, group: "", version: "" }),
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs: shownVerbs(resource),
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(parts.length > 0 ? { subresources: parts } : {}),
  };
}

/** Built-in kinds leave group and version empty when they are the resource's own, custom ones spell them out. */
function responseKind(
  resource: Resource,
  { group, version, kind }: Pick<Subresource, "group" | "version" | "kind">,
) {
  if (group || version || !resource.custom) return { group, version, kind };
  return { group: resource.group, version: resource.version, kind };
}
