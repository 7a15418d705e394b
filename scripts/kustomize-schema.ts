/**
 * Writes packages/kustomize/src/generated/schema.json from a Kubernetes OpenAPI digest: only what strategic merge and
 * scope decisions need. Usage: node scripts/kustomize-schema.ts ../shared/kubernetes/schema-v1.21.2.json
 */
import { readFileSync, writeFileSync } from "node:fs";

type Schema = {
  $ref?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  [key: `x-${string}`]: unknown;
};
type Digest = {
  kubernetes: string;
  definitions: Record<string, Schema>;
  resources: { apiVersion: string; kind: string; definition?: string; scope?: "Namespaced" | "Cluster" }[];
};
/** `to`: definition of the field's value; `each`: of its items or values; `merge`: keys of a merged list. */
type Field = { to?: string; each?: string; map?: true; merge?: string[] };

const source = process.argv[2];
if (!source) throw new Error("usage: node scripts/kustomize-schema.ts <schema.json>");
const digest = JSON.parse(readFileSync(source, "utf8")) as Digest;
const name = (ref: string | undefined) => ref?.replace("#/definitions/", "");

function fieldOf(schema: Schema): Field {
  const strategy = schema["x-kubernetes-patch-strategy"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? schema["x-kubernetes-patch-merge-key"];
  const values = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
  const merges = typeof strategy === "string" && strategy.split(",").includes("merge");
  return {
    to: name(schema.$ref),
    each: name((schema.items ?? values)?.$ref),
    map: values ? true : undefined,
    merge: merges
      ? keys === undefined
        ? []
        : Array.isArray(keys)
          ? (keys as string[])
          : [keys as string]
      : undefined,
  };
}

const all = new Map(
  Object.entries(digest.definitions).map(([key, definition]) => [
    key,
    new Map(Object.entries(definition.properties ?? {}).map(([field, schema]) => [field, fieldOf(schema)])),
  ]),
);

// A definition matters if a merged list is reachable from it.
const useful = new Set<string>();
for (let grew = true; grew; ) {
  grew = false;
  for (const [key, fields] of all) {
    if (useful.has(key)) continue;
    const matters = [...fields.values()].some(
      (field) => field.merge || (field.to && useful.has(field.to)) || (field.each && useful.has(field.each)),
    );
    if (matters) {
      useful.add(key);
      grew = true;
    }
  }
}

const short = new Map([...useful].sort().map((key, index) => [key, index]));
const types = [...useful].sort().map((key) => {
  const kept: Record<string, unknown> = {};
  for (const [field, { to, each, map, merge }] of all.get(key)!) {
    const target = to && short.has(to) ? short.get(to) : undefined;
    const items = each && short.has(each) ? short.get(each) : undefined;
    if (target === undefined && items === undefined && merge === undefined) continue;
    kept[field] = { to: target, each: items, map, merge };
  }
  return kept;
});
const kinds: Record<string, number> = {};
const namespaced: string[] = [];
// Scopes that kustomize knows beyond the schema: kyaml/openapi, precomputedIsNamespaceScoped.
const cluster = [
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy",
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding",
];
for (const { apiVersion, kind, definition, scope } of digest.resources) {
  const id = `${apiVersion}/${kind}`;
  if (definition && short.has(definition)) kinds[id] = short.get(definition)!;
  if (scope === "Namespaced") namespaced.push(id);
  if (scope === "Cluster") cluster.push(id);
}
const out = new URL("../packages/kustomize/src/generated/schema.json", import.meta.url);
writeFileSync(
  out,
  `${JSON.stringify({ kubernetes: digest.kubernetes, types, names: [...short.keys()], kinds, namespaced, cluster })}\n`,
);
console.log(
  `${types.length} types, ${Object.keys(kinds).length} kinds, ${namespaced.length} namespaced, ${cluster.length} cluster`,
);
