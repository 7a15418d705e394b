import type { Catalogue, Resource } from "../catalogue.ts";
import { apiVersionOfResource } from "../catalogue.ts";
import { builtinDefinitions, type Definition } from "../schema/builtin.ts";

type Data = Record<string, any>;
type Dialect = "v2" | "v3";

const INFO = { title: "Kubernetes", version: "1.36" };
const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const V2_REF = "#/definitions/";
const V3_REF = "#/components/schemas/";

/** The OpenAPI v3 document of one served group version. */
export function openapiV3(resources: readonly Resource[]): Data {
  const schemas = schemasOf(resources, "v3");
  return {
    openapi: "3.0.0",
    info: INFO,
    paths: Object.assign(
      {},
      ...rootsOf(resources).map(discoveryPath),
      ...resources.map((resource) => pathsOf(resource, "v3")),
    ),
    components: {
      schemas,
      securitySchemes: {
        BearerToken: {
          type: "apiKey",
          description: "Bearer Token authentication",
          name: "authorization",
          in: "header",
        },
      },
    },
  };
}

/** The OpenAPI v3 document of a path that is no resource: the list of a group, the version. */
export function openapiOfPath(path: string): Data {
  return { openapi: "3.0.0", info: INFO, paths: discoveryPath(path) };
}

const discoveryPath = (path: string): Data => ({
  [path]: { get: { responses: { 200: { description: "OK" } } } },
});

/** The path that lists the resources of a group version; those of custom resources are not told of. */
function rootsOf([first]: readonly Resource[]): string[] {
  if (!first || first.custom) return [];
  return [`${first.group === "" ? "/api" : `/apis/${first.group}`}/${first.version}/`];
}

/** The OpenAPI v2 document of the whole cluster. */
export function openapiV2(catalogue: Catalogue): Data {
  const resources = [...catalogue.groups.values()].flatMap(({ versions }) =>
    [...versions.values()].flatMap((served) => [...served.values()]),
  );
  const custom = resources.filter((resource) => resource.custom);
  return {
    swagger: "2.0",
    info: INFO,
    paths: Object.assign({}, ...resources.map((resource) => pathsOf(resource, "v2"))),
    definitions: { ...builtinDefinitions(), ...customSchemas(custom, "v2") },
  };
}

/** The name of a kind's schema: built-in ones as in the Go packages, custom ones by the group reversed. */
function schemaName(resource: Resource): string {
  const { group, version, kind } = resource;
  if (resource.custom) return `${group.split(".").reverse().join(".")}.${version}.${kind}`;
  return builtinName(group, version, kind) ?? `${META}.Status`;
}

let names: Map<string, string> | undefined;

function builtinName(group: string, version: string, kind: string): string | undefined {
  if (!names) {
    names = new Map();
    for (const [name, { "x-kubernetes-group-version-kind": owners }] of Object.entries(builtinDefinitions()))
      for (const owner of owners ?? []) names.set(`${owner.group}/${owner.version}/${owner.kind}`, name);
  }
  return names.get(`${group}/${version}/${kind}`);
}

function schemasOf(resources: readonly Resource[], dialect: Dialect): Data {
  const schemas: Data = customSchemas(
    resources.filter(({ custom }) => custom),
    dialect,
  );
  const wanted = [
    `${META}.ObjectMeta`,
    `${META}.ListMeta`,
    `${META}.Status`,
    `${META}.DeleteOptions`,
    `${META}.Patch`,
    `${META}.WatchEvent`,
  ];
  for (const resource of resources) {
    if (resource.custom) continue;
    wanted.push(schemaName(resource));
    const list = builtinName(resource.group, resource.version, resource.listKind);
    if (list) wanted.push(list);
    for (const { group, version, kind } of resource.subresources) {
      const part = builtinName(group || resource.group, version || resource.version, kind);
      if (part) wanted.push(part);
    }
  }
  const definitions = builtinDefinitions();
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const definition = definitions[name];
    if (schemas[name] || !definition) continue;
    schemas[name] = inV3(definition);
    collectReferences(definition, wanted);
  }
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function collectReferences(definition: Definition, found: string[]): void {
  if (definition.$ref) found.push(definition.$ref.slice(V2_REF.length));
  for (const child of childrenOf(definition)) collectReferences(child, found);
}

function childrenOf({ properties, items, additionalProperties }: Definition): Definition[] {
  return [
    ...Object.values(properties ?? {}),
    ...(items ? [items] : []),
    ...(additionalProperties ? [additionalProperties] : []),
  ];
}

/** References in v3 have another root, and stand in `allOf` when they have neighbours. */
function inV3(definition: Definition): Data {
  const { $ref, properties, items, additionalProperties, ...rest } = definition;
  if ($ref) {
    const reference = { $ref: V3_REF + $ref.slice(V2_REF.length) };
    return Object.keys(rest).length === 0 ? reference : { ...rest, allOf: [reference] };
  }
  return {
    ...rest,
    ...(properties
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, each]) => [name, inV3(each)]),
          ),
        }
      : {}),
    ...(items ? { items: inV3(items) } : {}),
    ...(additionalProperties ? { additionalProperties: inV3(additionalProperties) } : {}),
  };
}

/** The schemas of custom kinds and their lists, with the object head that every kind has. */
function customSchemas(resources: readonly Resource[], dialect: Dialect): Data {
  const root = dialect === "v2" ? V2_REF : V3_REF;
  const reference = (name: string) =>
    dialect === "v2" ? { $ref: root + name } : { allOf: [{ $ref: root + name }] };
  const schemas: Data = {};
  for (const resource of resources) {
    const { group, version, kind, listKind } = resource;
    const head = { apiVersion: { type: "string" }, kind: { type: "string" } };
    const name = schemaName(resource);
    const schema: Data = resource.custom?.openapi ?? {};
    schemas[name] = {
      ...schema,
      type: "object",
      properties: { ...schema["properties"], ...head, metadata: reference(`${META}.ObjectMeta`) },
      "x-kubernetes-group-version-kind": [{ group, version, kind }],
    };
    schemas[`${name}List`] = {
      type: "object",
      required: ["items"],
      properties: {
        ...head,
        items: { type: "array", items: { $ref: root + name } },
        metadata: reference(`${META}.ListMeta`),
      },
      "x-kubernetes-group-version-kind": [{ group, version, kind: listKind }],
    };
  }
  return schemas;
}

const parameter = (dialect: Dialect, name: string, type = "string") =>
  dialect === "v2"
    ? { name, in: "query", type, uniqueItems: true }
    : { name, in: "query", schema: { type, uniqueItems: true } };

/** The paths of a resource: enough for clients to see which verbs, parameters and kinds there are. */
function pathsOf(resource: Resource, dialect: Dialect): Data {
  const { group, version, kind, plural, namespaced, verbs, subresources } = resource;
  const base = `${group === "" ? "/api" : `/apis/${group}`}/${version}`;
  const inside = `${namespaced ? "/namespaces/{namespace}" : ""}/${plural}`;
  const root = `${base}${inside}`;
  const operation = (
    action: string,
    own: { group: string; version: string; kind: string },
    names: string[],
  ) => ({
    ...responses(resource, dialect),
    parameters: names.map((name) => parameter(dialect, name, name === "force" ? "boolean" : "string")),
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": own,
  });
  const own = { group, version, kind };
  const write = ["dryRun", "fieldManager", "fieldValidation"];
  const at = (of: typeof own, verbs: readonly string[]) => ({
    ...(verbs.includes("get") ? { get: operation("get", of, []) } : {}),
    ...(verbs.includes("update") ? { put: operation("put", of, write) } : {}),
    ...(verbs.includes("delete")
      ? { delete: operation("delete", of, ["dryRun", "gracePeriodSeconds", "propagationPolicy"]) }
      : {}),
    ...(verbs.includes("patch") ? { patch: operation("patch", of, [...write, "force"]) } : {}),
  });
  const paths: Data = {
    [root]: {
      ...(verbs.includes("list")
        ? { get: operation("list", own, ["labelSelector", "fieldSelector", "limit", "continue"]) }
        : {}),
      ...(verbs.includes("create") ? { post: operation("post", own, write) } : {}),
    },
  };
  const selectors = ["labelSelector", "fieldSelector", "limit", "continue"];
  if (namespaced && verbs.includes("list"))
    paths[`${base}/${plural}`] = { get: operation("list", own, selectors) };
  if (verbs.includes("watch") && !resource.custom) {
    paths[`${base}/watch/${plural}`] = { get: operation("watchlist", own, selectors) };
    paths[`${base}/watch${inside}`] = { get: operation("watchlist", own, selectors) };
    paths[`${base}/watch${inside}/{name}`] = { get: operation("watch", own, selectors) };
  }
  if (verbs.includes("get")) paths[`${root}/{name}`] = at(own, verbs);
  for (const part of subresources) {
    const of = { group: part.group || group, version: part.version || version, kind: part.kind };
    paths[`${root}/{name}/${part.name}`] = at(of, part.verbs);
  }
  return paths;
}

function responses(resource: Resource, dialect: Dialect): Data {
  const schema = { $ref: (dialect === "v2" ? V2_REF : V3_REF) + schemaName(resource) };
  const response =
    dialect === "v2"
      ? { description: "OK", schema }
      : { description: "OK", content: { "application/json": { schema } } };
  return { tags: [apiVersionOfResource(resource).replaceAll(/[./-]/g, "_")], responses: { 200: response } };
}
