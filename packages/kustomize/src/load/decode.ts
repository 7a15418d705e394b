import { nearest } from "@sluice/api";
import { compareBytes, Raw } from "@sluice/yaml";
import { fail } from "../errors.ts";
import { isList, isMap, isNull } from "../node.ts";
import { type Fields, goStructOf, type Shape } from "./fields.ts";

export type DecodeOptions = {
  /** What is decoded, for errors: "Kustomization". */
  what: string;
  unknown: "error" | "ignore";
  /** Whether numbers and booleans may stand where text is wanted, as in plugin configurations. */
  lenientText: boolean;
  /** Where a path of the document stands: "overlays/kustomization.yaml:3:1", or the file alone. */
  locate: (path: (string | number)[]) => { file: string; line?: number; column?: number };
};

type Path = (string | number)[];
/** Where a value is: its path in the document, and the field of a Go struct that it is for. */
type At = { path: Path; struct: string; names: string[] };

/**
 * Checks a document against the fields it may have and returns it with the fields' own spelling: names match without
 * regard to case, null counts as absent. Errors name file, line and what was expected.
 */
export function decode(value: unknown, fields: Fields, options: DecodeOptions): Record<string, any> {
  if (isNull(value)) return {};
  return decodeObject(value, fields, { path: [], struct: "", names: [] }, options);
}

function decodeObject(value: unknown, fields: Fields, at: At, options: DecodeOptions): Record<string, any> {
  const { name: struct, embedded, types } = goStructOf(fields);
  if (!isMap(value)) return wrongType(value, "object", `types.${struct}`, at, options);
  const result: Record<string, any> = {};
  // In the order that Go's decoder meets them, as YAML becomes JSON first.
  for (const [key, item] of Object.entries(value).sort(([a], [b]) => compareBytes(a, b))) {
    const name = Object.hasOwn(fields, key) ? key : sameLetters(key, fields);
    if (name === undefined) {
      if (options.unknown === "error") unknownField(key, fields, [...at.path, key], options);
      continue;
    }
    if (isNull(item)) continue;
    const outer = embedded[name];
    const names = outer === undefined ? [...at.names, name] : [...at.names, outer, name];
    const field = { path: [...at.path, key], struct, names };
    result[name] = decodeValue(item, fields[name]!, types[name], field, options);
  }
  return result;
}

function sameLetters(key: string, fields: Fields): string | undefined {
  const lower = key.toLowerCase();
  return Object.keys(fields).find((name) => name.toLowerCase() === lower);
}

function decodeValue(
  item: unknown,
  shape: Shape,
  type: string | undefined,
  at: At,
  options: DecodeOptions,
): unknown {
  if (typeof shape === "object") {
    if ("object" in shape) return decodeObject(item, shape.object, at, options);
    const list = type ?? `[]types.${goStructOf(shape.list).name}`;
    return listOf(item, list, at, options).map((each, i) =>
      isNull(each) ? {} : decodeObject(each, shape.list, inItem(at, i), options),
    );
  }
  switch (shape) {
    case "anyMap":
      return isMap(item) ? item : wrongType(item, "object", "map[string]interface {}", at, options);
    case "text":
      return text(item, type ?? "string", at, options);
    case "texts":
      return listOf(item, type ?? "[]string", at, options).map((each, i) =>
        text(each, type?.slice(2) ?? "string", inItem(at, i), options),
      );
    case "textMap":
      return textMap(item, at, options);
    case "flag":
      return typeof plain(item) === "boolean" ? plain(item) : wrongType(item, "flag", "bool", at, options);
    case "int": {
      const bare = plain(item);
      return typeof bare === "bigint" || Number.isInteger(bare)
        ? bare
        : wrongType(item, "int", type ?? "int", at, options);
    }
  }
}

const inItem = (at: At, key: string | number): At => ({ ...at, path: [...at.path, key] });
const plain = (item: unknown): unknown => (item instanceof Raw ? item.value : item);

function listOf(item: unknown, type: string, at: At, options: DecodeOptions): unknown[] {
  return isList(item) ? item : wrongType(item, "list", type, at, options);
}

function text(item: unknown, type: string, at: At, options: DecodeOptions): string {
  const bare = plain(item);
  if (typeof bare === "string") return bare;
  if (bare === null) return "";
  if (
    options.lenientText &&
    (typeof bare === "number" || typeof bare === "boolean" || typeof bare === "bigint")
  ) {
    return String(bare);
  }
  return wrongType(item, "text", type, at, options);
}

function textMap(item: unknown, at: At, options: DecodeOptions): Record<string, string> {
  if (!isMap(item)) return wrongType(item, "textMap", "map[string]string", at, options);
  return Object.fromEntries(
    Object.entries(item).map(([key, each]) => [key, text(each, "string", inItem(at, key), options)]),
  );
}

function unknownField(key: string, fields: Fields, path: Path, options: DecodeOptions): never {
  const at = options.locate(path);
  const near = nearest(key, Object.keys(fields));
  const owner = path.length > 1 ? ` in ${fieldName(path.slice(0, -1))}` : "";
  const hint = near ? `; did you mean "${near}"?` : `; known fields: ${Object.keys(fields).join(", ")}`;
  return fail(
    "unknown-field",
    `${place(at)}: invalid ${options.what}: json: unknown field "${key}"${owner}${hint}`,
    at,
  );
}

/** What a value should be, in our words. */
const EXPECTED = {
  object: "an object",
  list: "a list",
  text: "a string (put it in quotes)",
  textMap: "a map of strings",
  flag: "true or false",
  int: "an integer",
} as const;

function wrongType(
  item: unknown,
  expected: keyof typeof EXPECTED,
  type: string,
  { path, struct, names }: At,
  options: DecodeOptions,
): never {
  const at = options.locate(path);
  const bare = plain(item);
  const got = expected === "int" && typeof bare === "number" ? `number ${bare}` : jsonType(bare);
  const field = names.length > 0 ? `Go struct field ${[struct, ...names].join(".")}` : "Go value";
  return fail(
    "invalid-kustomization",
    `${place(at)}: invalid ${options.what}: json: cannot unmarshal ${got} into ${field} of type ${type}; ` +
      `expected ${EXPECTED[expected]}${path.length > 0 ? ` at ${fieldName(path)}` : ""}`,
    at,
  );
}

function jsonType(value: unknown): string {
  if (isList(value)) return "array";
  if (isMap(value)) return "object";
  if (typeof value === "boolean") return "bool";
  return typeof value === "bigint" ? "number" : typeof value;
}

function place(at: { file: string; line?: number; column?: number }): string {
  return at.line === undefined ? at.file : `${at.file}:${at.line}`;
}

/** `patches[0].target` for a path. */
function fieldName(path: Path): string {
  return path
    .map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join("");
}
