import { dns1035Label, dnsSubdomain, type KubeObject } from "@sluice/api";
import { same } from "../plain.ts";
import type { FieldError } from "../schema/index.ts";
import { SchemaError, schemaOfCrd } from "../schema/index.ts";
import { checkApproval } from "./approval.ts";

type Data = Record<string, any>;

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
  // the name cannot change: what it is made of is told to be immutable
  if (!old && crd.metadata.name !== wanted)
    found.push(
      error("metadata.name", "Invalid value", crd.metadata.name, `must be spec.names.plural+"."+spec.group`),
    );
  if (!spec["group"]) found.push(error("spec.group", "Required value", "", ""));
  else {
    for (const detail of dnsSubdomain(spec["group"]))
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
  found.push(...checkVersionNames(spec["versions"] ?? []), ...checkVersions(spec["versions"] ?? []));
  found.push(...checkConversion(spec["conversion"] ?? {}), ...checkNames(spec["names"] ?? {}));
  found.push(...checkStored(spec["versions"] ?? [], (old ?? crd).status?.storedVersions ?? [], !old));
  if (spec["preserveUnknownFields"] === true)
    found.push(
      error(
        "spec.preserveUnknownFields",
        "Invalid value",
        true,
        "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
      ),
    );
  if (old) found.push(...checkImmutable(spec, old.spec ?? {}));
  found.push(...checkApproval(crd, old));
  return found;
}

/** Kinds may have capitals, plurals may not. */
const isMixed = (field: string): boolean => field === "kind" || field === "listKind";

function checkNames(names: Data): FieldError[] {
  const found: FieldError[] = [];
  for (const field of ["plural", "singular", "kind", "listKind"]) {
    const value = names[field];
    const path = `spec.names.${field}`;
    if (!value) found.push(error(path, "Required value", "", ""));
    else
      for (const detail of dns1035Label(isMixed(field) ? String(value).toLowerCase() : String(value)))
        found.push(
          error(
            path,
            "Invalid value",
            value,
            isMixed(field) ? `may have mixed case, but should otherwise match: ${detail}` : detail,
          ),
        );
  }
  for (const field of ["shortNames", "categories"])
    for (const [index, value] of (names[field] ?? []).entries())
      for (const detail of dns1035Label(value))
        found.push(error(`spec.names.${field}[${index}]`, "Invalid value", value, detail));
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
  const shared = versions.every(({ schema }) => same(schema, versions[0]!["schema"]));
  const seen = new Set<string>();
  if (versions.some(({ name }) => seen.size === seen.add(name).size))
    found.push(
      error(
        "spec.versions",
        "Invalid value",
        versions.map((version) => shownVersion(version, shared)),
        "must contain unique version names",
      ),
    );
  if (storage !== 1)
    found.push(
      error(
        "spec.versions",
        "Invalid value",
        versions.map((version) => shownVersion(version, shared)),
        "must have exactly one version marked as storage version",
      ),
    );
  // the first version has a place of its own in the oldest form of definitions
  if (versions.length > 0)
    for (const detail of dns1035Label(String(versions[0]!["name"] ?? "")))
      found.push(error("spec.version", "Invalid value", versions[0]!["name"], detail));
  versions.forEach((version, index) => {
    const at = `spec.versions[${index}]`;
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
      return;
    }
    found.push(...checkParts(version, versions.length === 1 ? "spec" : at));
  });
  return found;
}

/** A version as Go prints it; what all versions have in common it keeps elsewhere. */
function shownVersion(version: Data, shared: boolean): Data {
  const { name, served = false, storage = false, deprecated = false, schema } = version;
  return {
    Name: name,
    Served: served,
    Storage: storage,
    Deprecated: deprecated,
    DeprecationWarning: version["deprecationWarning"] ?? null,
    Schema: shared ? null : (schema ?? null),
    Subresources: null,
    AdditionalPrinterColumns: null,
    SelectableFields: null,
  };
}

function checkVersionNames(versions: Data[]): FieldError[] {
  return versions.flatMap(({ name, deprecated, deprecationWarning }, index) => {
    const at = `spec.versions[${index}]`;
    const found = dns1035Label(String(name ?? "")).map((detail) =>
      error(`${at}.name`, "Invalid value", name, detail),
    );
    if (deprecationWarning && !deprecated)
      found.push(
        error(
          `${at}.deprecationWarning`,
          "Invalid value",
          deprecationWarning,
          "can only be set for deprecated versions",
        ),
      );
    return found;
  });
}

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];

/** Subresources, columns and selectable fields of a version; those of an only version are told of at the spec. */
function checkParts(version: Data, at: string): FieldError[] {
  const found: FieldError[] = [];
  const required = (path: string) => found.push(error(path, "Required value", "", ""));
  const scale = version["subresources"]?.scale;
  for (const field of ["specReplicasPath", "statusReplicasPath"])
    if (scale && !scale[field]) required(`${at}.subresources.scale.${field}`);
  for (const [index, { name, type, jsonPath }] of (version["additionalPrinterColumns"] ?? []).entries()) {
    const column = `${at}.additionalPrinterColumns[${index}]`;
    if (!name) required(`${column}.name`);
    if (!type) required(`${column}.type`);
    else if (!COLUMN_TYPES.includes(type))
      found.push(error(`${column}.type`, "Invalid value", type, `must be one of ${COLUMN_TYPES.join(",")}`));
    if (!jsonPath) required(`${column}.JSONPath`);
  }
  for (const [index, { jsonPath }] of (version["selectableFields"] ?? []).entries())
    if (!isField(version["schema"].openAPIV3Schema, jsonPath))
      found.push(
        error(
          `${at}.selectableFields[${index}].jsonPath`,
          "Invalid value",
          jsonPath,
          "is an invalid path: does not refer to a valid field",
        ),
      );
  return found;
}

function isField(schema: Data, path: string): boolean {
  let place: Data | undefined = schema;
  for (const part of String(path).split(".").slice(1)) place = place?.["properties"]?.[part];
  return place !== undefined && place !== schema;
}

function checkConversion({ strategy, webhook }: Data): FieldError[] {
  if (strategy !== "Webhook") return [];
  const found: FieldError[] = [];
  if (!webhook?.clientConfig)
    found.push(
      error(
        "spec.conversion.webhookClientConfig",
        "Required value",
        "",
        "required when strategy is set to Webhook",
      ),
    );
  if (!webhook?.conversionReviewVersions?.length)
    found.push(error("spec.conversion.conversionReviewVersions", "Required value", "", ""));
  return found;
}

/** Versions in which objects may lie must stay; a new definition notes its storage version, the first if there are several. */
function checkStored(versions: Data[], stored: string[], isNew: boolean): FieldError[] {
  const found: FieldError[] = [];
  const storage = versions.filter(({ storage }) => storage).map(({ name }) => name);
  if (isNew) {
    const noted = storage.slice(0, 1);
    if (noted.length === 0)
      found.push(
        error("status.storedVersions", "Invalid value", null, "must have at least one stored version"),
      );
    else if (storage.length > 1)
      found.push(
        error(
          "status.storedVersions",
          "Invalid value",
          noted,
          `must have the storage version ${storage.at(-1)}`,
        ),
      );
    return found;
  }
  for (const [index, name] of stored.entries())
    if (!versions.some((version) => version["name"] === name))
      found.push(
        error(
          `status.storedVersions[${index}]`,
          "Invalid value",
          name,
          `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
        ),
      );
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
