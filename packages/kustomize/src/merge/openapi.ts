import { firstDocument, parse } from "@sluice/yaml";
import { asKustomizeError, fail, KustomizeError } from "../errors.ts";
import { isList, isMap } from "../node.ts";

/** A schema of OpenAPI v2, as far as anybody asks. */
export type OpenApi = {
  properties?: Record<string, OpenApi | null> | null;
  additionalProperties?: OpenApi | boolean | null;
  items?: OpenApi | null;
  $ref?: string;
  [extension: `x-${string}`]: unknown;
};
export type OpenApiDocument = {
  definitions: Record<string, OpenApi | null>;
  /** Whether a kind lives in namespaces, by apiVersion/kind. */
  namespaced: Map<string, boolean>;
};

/**
 * Reads the file of the `openapi` field, JSON or YAML. Throws `invalid-config` where kustomize panics: when the text is
 * neither, or a part that it decodes has another type.
 */
export function readOpenApi(text: string, file: string): OpenApiDocument {
  const document = parsed(text, file);
  if (document === null) return { definitions: {}, namespaced: new Map() };
  const { definitions, paths } = expectMap(document, "", file);
  checkMap(definitions, "/definitions", file, checkSchema);
  checkMap(paths, "/paths", file, checkPath);
  return {
    definitions: (definitions ?? {}) as Record<string, OpenApi | null>,
    namespaced: scopesOf((paths ?? {}) as Paths),
  };
}

function parsed(text: string, file: string): unknown {
  if (text === "") return invalid(file, "EOF");
  try {
    return text.startsWith("{") ? JSON.parse(text) : parse(firstDocument(text), { file });
  } catch (thrown) {
    // Not the engine's own words about JSON: they quote the text.
    if (thrown instanceof SyntaxError) return invalid(file, "it starts with '{' but is not JSON");
    const error = asKustomizeError(thrown);
    throw new KustomizeError("invalid-config", `invalid schema file: ${error.message}`, error.at, error);
  }
}

type Check = (value: unknown, at: string, file: string) => void;

const checkSchema: Check = (schema, at, file) => {
  if (schema === null) return;
  const { properties, items, additionalProperties, type = "" } = expectMap(schema, at, file);
  checkMap(properties, `${at}/properties`, file, checkSchema);
  if (isMap(items)) checkSchema(items, `${at}/items`, file);
  else if (isList(items))
    for (const [i, item] of items.entries()) checkSchema(item, `${at}/items/${i}`, file);
  if (typeof additionalProperties !== "boolean")
    checkSchema(additionalProperties ?? null, `${at}/additionalProperties`, file);
  if (typeof type !== "string" && !isList(type) && type !== null)
    invalid(file, `expected a string or a list within "${at}/type"`);
};

const checkPath: Check = (item, at, file) => {
  if (!at.startsWith("/paths/~1")) return;
  checkMap(item, at, file, (operation, where) => {
    if (where === `${at}/get` && operation !== null) expectMap(operation, where, file);
  });
};

function checkMap(value: unknown, at: string, file: string, check: Check): void {
  if (value === undefined || value === null) return;
  for (const [key, item] of Object.entries(expectMap(value, at, file)))
    check(item, `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`, file);
}

function expectMap(value: unknown, at: string, file: string): Record<string, unknown> {
  return isMap(value) ? value : invalid(file, `expected an object${at && ` within "${at}"`}`);
}

const invalid = (file: string, problem: string): never =>
  fail("invalid-config", `invalid schema file: ${file}: ${problem}`, { file });

type Paths = Record<string, { get?: { [KIND]?: unknown } | null } | null>;
const KIND = "x-kubernetes-group-version-kind";

/** A kind is in namespaces if one of the paths where it can be read has a namespace in it. */
function scopesOf(paths: Paths): Map<string, boolean> {
  const namespaced = new Map<string, boolean>();
  for (const [path, item] of Object.entries(paths).filter(([key]) => key.startsWith("/"))) {
    const id = apiVersionKind(item?.get?.[KIND]);
    if (id !== undefined) namespaced.set(id, namespaced.get(id) || path.includes("namespaces/{namespace}"));
  }
  return namespaced;
}

/** `apps/v1/Deployment` for the value of `x-kubernetes-group-version-kind`; undefined for what is no object. */
export function apiVersionKind(gvk: unknown): string | undefined {
  if (!isMap(gvk)) return undefined;
  return `${gvk.group ? `${gvk.group}/` : ""}${gvk.version}/${gvk.kind}`;
}
