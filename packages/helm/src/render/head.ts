/** What Helm reads of a manifest: its kind, its name and the annotations that are meant for Helm. */
import { go } from "@sluice/gotemplate";
import { Raw } from "@sluice/yaml";
import { ChartError } from "../errors.ts";
import { isTable } from "../values/tables.ts";
import { scanHead } from "./scan.ts";

/** What a manifest says of itself; what it does not say is empty. */
export type Head = {
  apiVersion: string;
  kind: string;
  name: string;
  /** Annotations that begin with `helm.sh/`. */
  annotations: Readonly<Record<string, string>>;
};

export const HELM_ANNOTATION = "helm.sh/";

/**
 * The head of a manifest. Most manifests are simple enough to be proven valid by looking at their lines; the others are parsed.
 * @param file the template it comes from, for errors
 * @throws {ChartError} `YAML parse error on …`, if the text is no YAML or no manifest
 */
export function readHead(text: string, file: string): Head {
  return scanHead(text) ?? parseHead(text, file);
}

/** The same by parsing the whole text. */
export function parseHead(text: string, file: string): Head {
  try {
    return headOf(go.readYaml(text), text);
  } catch (thrown) {
    if (!(thrown instanceof go.GoError)) throw thrown;
    throw new ChartError("bad-manifest", `YAML parse error on ${file}: ${thrown.message}`, {
      file,
      cause: thrown,
    });
  }
}

type Data = Record<string, unknown>;

function headOf(data: unknown, text: string): Head {
  const head: Head = { apiVersion: "", kind: "", name: "", annotations: {} };
  if (data === null) return head;
  const root = mapIn(data, "Go value of type util.SimpleHead");
  // encoding/json goes through the keys in the order of their bytes, and keeps the first complaint of each level.
  const { apiVersion, kind, metadata } = fields(
    root,
    ["apiVersion", "kind", "metadata"],
    (key, field, value) => {
      if (field !== "metadata") return textIn(value, [key], text, `SimpleHead.${field}`);
      return value === null ? undefined : metadataIn(value, key, text);
    },
  );
  return { apiVersion: apiVersion ?? "", kind: kind ?? "", name: "", annotations: {}, ...metadata } as Head;
}

const METADATA_TYPE = String.raw`struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }`;

function metadataIn(data: unknown, at: string, text: string): Partial<Head> {
  const metadata = mapIn(data, `Go struct field SimpleHead.metadata of type ${METADATA_TYPE}`);
  return fields(metadata, ["name", "annotations"], (key, field, value) => {
    if (field === "name") return textIn(value, [at, key], text, ".metadata.name");
    return value === null ? undefined : annotationsIn(value, [at, key], text);
  });
}

function annotationsIn(data: unknown, path: string[], text: string): Record<string, string> {
  const place = "Go struct field .metadata.annotations of type map[string]string";
  const annotations: Record<string, string> = {};
  for (const [key, value] of Object.entries(mapIn(data, place))) {
    const content = textIn(value, [...path, key], text, ".metadata.annotations");
    if (key.startsWith(HELM_ANNOTATION)) annotations[key] = content ?? "";
  }
  return annotations;
}

/** Reads the fields of a struct; like encoding/json it takes their names in any case, and the last of several. */
function fields<T extends string>(
  map: Data,
  names: readonly T[],
  read: (key: string, name: T, value: unknown) => unknown,
): Partial<Record<T, any>> {
  const found: Partial<Record<T, unknown>> = {};
  for (const key of Object.keys(map).sort()) {
    const name =
      names.find((one) => one === key) ?? names.find((one) => one.toLowerCase() === key.toLowerCase());
    if (name === undefined) continue;
    const value = read(key, name, map[key]);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

function mapIn(data: unknown, place: string): Data {
  return isTable(data) ? data : mismatch(data, place);
}

/** A text, or a number or boolean that stands where Helm wants a text; undefined for null. */
function textIn(data: unknown, path: string[], text: string, field: string): string | undefined {
  switch (typeof data) {
    case "string":
      return data;
    case "boolean":
      return String(data);
    case "number":
      return numberText(path, text);
    default:
      return data === null ? undefined : mismatch(data, `Go struct field ${field} of type string`);
  }
}

/** A number as Helm prints it where it wants a text. Only its spelling tells an integer from a float. */
function numberText(path: string[], text: string): string {
  const document = go.readSpelled(Buffer.from(text));
  const found = path.reduce((at: unknown, key) => (at as Data)[key], document);
  const spelling = found instanceof Raw ? found.text : String(found);
  const value = found instanceof Raw ? found.value : found;
  const isFloat = typeof value === "number" && /[.eE]/.test(spelling) && !/^[-+]?0[xX]/.test(spelling);
  return isFloat ? go.printFloat32(value) : String(value);
}

function mismatch(data: unknown, place: string): never {
  throw new go.GoError(
    `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${go.jsonType(data)} into ${place}`,
  );
}
