import type { KubeObject } from "@sluice/api";
import { same } from "../plain.ts";
import type { FieldError } from "../schema/index.ts";
import { SchemaError, schemaOfCrd } from "../schema/index.ts";
import { nameProblems } from "./metadata.ts";

type Data = Record<string, any>;

/** The table of CustomResourceDefinitions. */
export const DEFINITIONS = "apiextensions.k8s.io/customresourcedefinitions";

/** Holds a definition back until its objects are gone; `system/definitions.ts` sees to that. */
export const CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

/** Fills in the defaults of a CustomResourceDefinition. Changes `crd`. */
export function defaultDefinition(crd: KubeObject): void {
  const spec: Data = (crd.spec ??= {});
  const names: Data = (spec["names"] ??= {});
  names["singular"] ??= String(names["kind"] ?? "").toLowerCase();
  names["listKind"] ??= names["kind"] ? `${names["kind"]}List` : "";
  spec["conversion"] ??= { strategy: "None" };
}

/** The status that a new definition begins with: no names accepted yet. Changes `crd`. */
export function beginDefinition(crd: KubeObject): void {
  const stored = (crd.spec["versions"] ?? []).filter((version: Data) => version["storage"]);
  crd.status = {
    conditions: null,
    acceptedNames: { plural: "", kind: "" },
    storedVersions: stored.map((version: Data) => version["name"]),
  };
}

/** A definition that is marked for deletion: held until its objects are gone, and saying so. */
export function markedDefinition(crd: KubeObject, now: string): KubeObject {
  const { finalizers = [] } = crd.metadata;
  const conditions: Data[] = crd.status?.conditions ?? [];
  const terminating = {
    type: "Terminating",
    status: "True",
    lastTransitionTime: now,
    reason: "InstanceDeletionPending",
    message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
  };
  return {
    ...crd,
    metadata: {
      ...crd.metadata,
      finalizers: finalizers.includes(CLEANUP) ? finalizers : [...finalizers, CLEANUP],
    },
    status: { ...crd.status, conditions: [...conditions, terminating] },
  };
}

const error = (path: string, type: FieldError["type"], value: unknown, detail: string): FieldError => ({
  path,
  type,
  value,
  detail,
});

/** Everything wrong with a definition that its own schema cannot tell: names, versions, and schemas that are not structural. */
export function checkCustomDefinition(crd: KubeObject, old: KubeObject | undefined): FieldError[] {
  const spec: Data = crd.spec ?? {};
  const found: FieldError[] = [];
  const { plural } = spec["names"] ?? {};
  const wanted = `${plural}.${spec["group"]}`;
  if (crd.metadata.name !== wanted)
    found.push(
      error("metadata.name", "Invalid value", crd.metadata.name, `must be spec.names.plural+"."+spec.group`),
    );
  if (!spec["group"]) found.push(error("spec.group", "Required value", "", ""));
  else {
    for (const detail of nameProblems(spec["group"], "subdomain"))
      found.push(error("spec.group", "Invalid value", spec["group"], detail));
    if (!String(spec["group"]).includes("."))
      found.push(
        error("spec.group", "Invalid value", spec["group"], "should be a domain with at least one dot"),
      );
  }
  if (!["Cluster", "Namespaced"].includes(spec["scope"]))
    found.push(
      spec["scope"]
        ? error("spec.scope", "Unsupported value", spec["scope"], 'supported values: "Cluster", "Namespaced"')
        : error("spec.scope", "Required value", "", ""),
    );
  found.push(...checkNames(spec["names"] ?? {}), ...checkVersions(spec["versions"] ?? []));
  if (old) found.push(...checkImmutable(spec, old.spec ?? {}));
  return found;
}

function checkNames(names: Data): FieldError[] {
  const found: FieldError[] = [];
  for (const field of ["plural", "singular", "kind", "listKind"]) {
    const value = names[field];
    const path = `spec.names.${field}`;
    if (!value) found.push(error(path, "Required value", "", ""));
    else
      for (const detail of nameProblems(String(value).toLowerCase(), "label-1035"))
        found.push(
          error(
            path,
            "Invalid value",
            value,
            field === "plural" || field === "singular"
              ? detail
              : `may have mixed case, but should otherwise match: ${detail}`,
          ),
        );
  }
  if (names["kind"] && names["kind"] === names["listKind"])
    found.push(
      error(
        "spec.names.listKind",
        "Invalid value",
        names["listKind"],
        "kind and listKind may not be the same",
      ),
    );
  return found;
}

function checkVersions(versions: Data[]): FieldError[] {
  const found: FieldError[] = [];
  const storage = versions.filter((version) => version["storage"]).length;
  if (storage !== 1)
    found.push(
      error(
        "spec.versions",
        "Invalid value",
        versions,
        "must have exactly one version marked as storage version",
      ),
    );
  const shared = versions.every(({ schema }) => same(schema, versions[0]!["schema"]));
  const seen = new Set<string>();
  versions.forEach((version, index) => {
    const at = `spec.versions[${index}]`;
    if (seen.has(version["name"]))
      found.push(error(`${at}.name`, "Invalid value", version["name"], "must be unique"));
    seen.add(version["name"]);
    const schema = version["schema"]?.openAPIV3Schema;
    if (!schema) {
      found.push(error(`${at}.schema.openAPIV3Schema`, "Required value", "", ""));
      return;
    }
    try {
      // one schema for all versions is complained about at the place that it had in v1beta1
      schemaOfCrd(schema, shared ? "spec.validation.openAPIV3Schema" : `${at}.schema.openAPIV3Schema`);
    } catch (thrown) {
      if (!(thrown instanceof SchemaError)) throw thrown;
      found.push(...thrown.errors);
    }
  });
  return found;
}

function checkImmutable(spec: Data, old: Data): FieldError[] {
  const found: FieldError[] = [];
  const compare = (path: string, next: unknown, before: unknown) => {
    if (next !== before) found.push(error(path, "Invalid value", next, "field is immutable"));
  };
  compare("spec.group", spec["group"], old["group"]);
  compare("spec.scope", spec["scope"], old["scope"]);
  compare("spec.names.kind", spec["names"]?.kind, old["names"]?.kind);
  compare("spec.names.plural", spec["names"]?.plural, old["names"]?.plural);
  return found;
}
