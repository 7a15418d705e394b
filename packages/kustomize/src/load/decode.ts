import { Raw } from "@sluice/yaml";
import { fail, nearest } from "../errors.ts";
import { isList, isMap, isNull } from "../node.ts";
import type { Fields, Shape } from "./fields.ts";

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

/**
 * Checks a document against the fields it may have and returns it with the fields' own spelling: names match without
 * regard to case, null counts as absent. Errors name file, line and what was expected.
 */
export function decode(value: unknown, fields: Fields, options: DecodeOptions): Record<string, any> {
  if (isNull(value)) return {};
  return decodeObject(value, fields, [], options);
}

function decodeObject(
  value: unknown,
  fields: Fields,
  path: Path,
  options: DecodeOptions,
): Record<string, any> {
  if (!isMap(value)) return wrongType(value, "object", path, options);
  const result: Record<string, any> = {};
  for (const [key, item] of Object.entries(value)) {
    const name = Object.hasOwn(fields, key) ? key : sameLetters(key, fields);
    if (name === undefined) {
      if (options.unknown === "error") unknownField(key, fields, [...path, key], options);
      continue;
    }
    if (isNull(item)) continue;
    result[name] = decodeValue(item, fields[name]!, [...path, key], options);
  }
  return result;
}

function sameLetters(key: string, fields: Fields): string | undefined {
  const lower = key.toLowerCase();
  return Object.keys(fields).find((name) => name.toLowerCase() === lower);
}

function decodeValue(item: unknown, shape: Shape, path: Path, options: DecodeOptions): unknown {
  if (typeof shape === "object") {
    if ("object" in shape) return decodeObject(item, shape.object, path, options);
    return listOf(item, path, options).map((each, i) =>
      isNull(each) ? {} : decodeObject(each, shape.list, [...path, i], options),
    );
  }
  switch (shape) {
    case "any":
      return plain(item);
    case "text":
      return text(item, path, options);
    case "texts":
      return listOf(item, path, options).map((each, i) => text(each, [...path, i], options));
    case "textMap":
      return textMap(item, path, options);
    case "flag":
      return typeof plain(item) === "boolean" ? plain(item) : wrongType(item, "flag", path, options);
    case "int": {
      const bare = plain(item);
      return typeof bare === "bigint" || Number.isInteger(bare)
        ? bare
        : wrongType(item, "int", path, options);
    }
  }
}

const plain = (item: unknown): unknown => (item instanceof Raw ? item.value : item);

function listOf(item: unknown, path: Path, options: DecodeOptions): unknown[] {
  return isList(item) ? item : wrongType(item, "list", path, options);
}

function text(item: unknown, path: Path, options: DecodeOptions): string {
  const bare = plain(item);
  if (typeof bare === "string") return bare;
  if (bare === null) return "";
  if (
    options.lenientText &&
    (typeof bare === "number" || typeof bare === "boolean" || typeof bare === "bigint")
  ) {
    return String(bare);
  }
  return wrongType(item, "text", path, options);
}

function textMap(item: unknown, path: Path, options: DecodeOptions): Record<string, string> {
  if (!isMap(item)) return wrongType(item, "textMap", path, options);
  return Object.fromEntries(
    Object.entries(item).map(([key, each]) => [key, text(each, [...path, key], options)]),
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

function wrongType(item: unknown, expected: Expected, path: Path, options: DecodeOptions): never {
  const at = options.locate(path);
  const bare = plain(item);
  const got = isList(bare)
    ? "array"
    : isMap(bare)
      ? "object"
      : typeof bare === "boolean"
        ? "bool"
        : goType(bare);
  const { type, words } = EXPECTED[expected];
  const field = path.length > 0 ? `Go struct field ${goField(path)}` : "Go value";
  return fail(
    "invalid-kustomization",
    `${place(at)}: invalid ${options.what}: json: cannot unmarshal ${got} into ${field} of type ${type}; ` +
      `expected ${words}`,
    at,
  );
}

/** What a value should be: Go's name for it, which people search for, and ours. */
const EXPECTED = {
  object: { type: "struct", words: "an object" },
  list: { type: "[]", words: "a list" },
  text: { type: "string", words: "a string (put it in quotes)" },
  textMap: { type: "map[string]string", words: "a map of strings" },
  flag: { type: "bool", words: "true or false" },
  int: { type: "int64", words: "an integer" },
} as const;
type Expected = keyof typeof EXPECTED;

/** Go's types of list items, and the struct inside them that holds most of their fields. */
const STRUCTS: Record<string, { name: string; inner?: string; own?: string }> = {
  images: { name: "Image" },
  patches: { name: "Patch" },
  labels: { name: "Label" },
  replicas: { name: "Replica" },
  vars: { name: "Var" },
  configMapGenerator: { name: "ConfigMapArgs", inner: "GeneratorArgs" },
  secretGenerator: { name: "SecretArgs", inner: "GeneratorArgs", own: "type" },
  replacements: { name: "ReplacementField", inner: "Replacement", own: "path" },
};

/** A field as Go's JSON decoder names it: `Image.images.newTag`. */
function goField(path: Path): string {
  const names = path.filter((part) => typeof part === "string");
  const struct = names.length > 1 ? STRUCTS[names[0]!] : undefined;
  if (!struct) return `Kustomization.${names.join(".")}`;
  const inner = struct.inner && names[1] !== struct.own ? [struct.inner] : [];
  return [struct.name, names[0], ...inner, ...names.slice(1)].join(".");
}

const goType = (value: unknown): string =>
  typeof value === "number" || typeof value === "bigint" ? "number" : typeof value;

function place(at: { file: string; line?: number; column?: number }): string {
  return at.line === undefined ? at.file : `${at.file}:${at.line}`;
}

/** `patches[0].target` for a path. */
export function fieldName(path: Path): string {
  return path
    .map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join("");
}
