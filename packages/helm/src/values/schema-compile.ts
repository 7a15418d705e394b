/** Schemas as they are checked: keywords read once, references followed. */
import { go } from "@sluice/gotemplate";
import { ChartError } from "../errors.ts";
import {
  type Document,
  encodePointer,
  type Library,
  lookUp,
  type Place,
  resourceAt,
} from "./schema-documents.ts";
import type { Format } from "./schema-format.ts";
import { FORMATS } from "./schema-formats.ts";
import { floatOf, isInteger, isNumeric, isObject, isSound, type Numeric, type Type } from "./schema-json.ts";
import { escapeStep } from "./schema-words.ts";

export type Pattern = { source: string; test(text: string): boolean };

/** Keywords about objects. */
export type ObjectRules = {
  least?: number;
  most?: number;
  required: readonly string[];
  properties?: Map<string, Schema>;
  patterns: readonly { pattern: Pattern; schema: Schema }[];
  additional?: Schema | false;
  dependencies: readonly { name: string; needs: readonly string[] | Schema }[];
  names?: Schema;
  dependentSchemas: readonly { name: string; schema: Schema }[];
  dependentRequired: readonly { name: string; needs: readonly string[] }[];
  unevaluated?: Schema;
};

/** Keywords about lists. */
export type ListRules = {
  least?: number;
  most?: number;
  unique: boolean;
  /** Schemas of the first items. */
  first: readonly Schema[];
  /** Schema of the items after those. */
  rest?: Schema | false;
  contains?: Schema;
  leastContained?: number;
  mostContained?: number;
  unevaluated?: Schema;
};

export type TextRules = { least?: number; most?: number; pattern?: Pattern };

export type NumberRules = {
  minimum?: Numeric;
  maximum?: Numeric;
  above?: Numeric;
  below?: Numeric;
  multipleOf?: Numeric;
};

/** Keywords that combine schemas. */
export type LogicRules = {
  not?: Schema;
  all: readonly Schema[];
  any: readonly Schema[];
  one: readonly Schema[];
  if?: Schema;
  then?: Schema;
  else?: Schema;
};

/** A schema that is ready to check values with. */
export class Schema {
  readonly place: Place;
  draft = 0;
  /** The schema of the resource that it is in. */
  resource: Schema = this;
  /** Of a resource: the schemas with a `$dynamicAnchor`. */
  anchors?: Map<string, Schema>;
  /** Of a schema that is true or false. */
  always?: boolean;
  types?: readonly Type[];
  constant?: { value: unknown };
  enumeration?: readonly unknown[];
  format?: { name: string; problem: Format };
  ref?: Schema;
  recursiveRef?: Schema;
  recursiveAnchor = false;
  dynamicRef?: { to: Schema; anchor: string };
  dynamicAnchor = "";
  object?: ObjectRules;
  list?: ListRules;
  text?: TextRules;
  number?: NumberRules;
  logic?: LogicRules;

  constructor(place: Place) {
    this.place = place;
  }

  get location(): string {
    return `${this.place.document.url}#${encodePointer(this.place.pointer)}`;
  }
}

/** Everything compiled so far of some documents; `compile` adds to it. */
export class Compiler {
  readonly #known = new Map<Document, Map<string, Schema>>();
  readonly #waiting: Schema[] = [];
  readonly library: Library;

  constructor(library: Library) {
    this.library = library;
  }

  /** The schema at a place, with all that it refers to. @throws {ChartError} `bad-schema` */
  compile(place: Place): Schema {
    const schema = this.at(place);
    // Filling one adds others behind it.
    for (const next of this.#waiting) this.#fill(next);
    this.#waiting.length = 0;
    return schema;
  }

  /** The schema at a place, which may still have to be filled. */
  at(place: Place): Schema {
    let known = this.#known.get(place.document);
    if (!known) this.#known.set(place.document, (known = new Map()));
    let schema = known.get(place.pointer);
    if (!schema) {
      schema = new Schema(place);
      known.set(place.pointer, schema);
      this.#waiting.push(schema);
    }
    return schema;
  }

  #fill(schema: Schema): void {
    const { document, pointer } = schema.place;
    this.library.visit(schema.place);
    const value = lookUp(document, pointer);
    const resource = resourceAt(document, pointer);
    schema.draft = resource.draft.version;
    schema.resource = this.at({ document, pointer: resource.pointer });
    if (schema.draft >= 2020 && resource.pointer === pointer) {
      schema.anchors = new Map(
        resource.dynamic.map((name) => [name, this.at({ document, pointer: resource.anchors.get(name)! })]),
      );
    }
    if (typeof value === "boolean") schema.always = value;
    else if (isObject(value)) {
      if (Object.keys(value).length === 0) schema.always = true;
      else fillKeywords(new Reader(this, schema, value, resource.id), schema);
    }
  }
}

/** Reads the keywords of one schema; those of the wrong type are as good as absent. */
class Reader {
  readonly value: Record<string, unknown>;
  readonly #compiler: Compiler;
  readonly #schema: Schema;
  readonly #base: string;

  constructor(compiler: Compiler, schema: Schema, value: Record<string, unknown>, base: string) {
    this.#compiler = compiler;
    this.#schema = schema;
    this.value = value;
    this.#base = base;
  }

  get(name: string): unknown {
    return Object.hasOwn(this.value, name) ? this.value[name] : undefined;
  }

  text(name: string): string | undefined {
    const value = this.get(name);
    return typeof value === "string" ? value : undefined;
  }

  is(name: string): boolean {
    return this.get(name) === true;
  }

  number(name: string): Numeric | undefined {
    const value = this.get(name);
    return isNumeric(value) && isSound(value) ? value : undefined;
  }

  count(name: string): number | undefined {
    const value = this.number(name);
    return value !== undefined && isInteger(value) ? floatOf(value) : undefined;
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.get(name);
    return Array.isArray(value) ? value : undefined;
  }

  texts(name: string): readonly string[] {
    return textsOf(this.list(name) ?? []);
  }

  pattern(name: string, source: string): Pattern {
    try {
      return { source, test: go.pattern(source).test };
    } catch (thrown) {
      if (!(thrown instanceof go.GoError)) throw thrown;
      const where = go.quote(`${this.#schema.location}/${name}`);
      throw new ChartError("bad-schema", `invalid regex ${go.quote(source)} at ${where}: ${thrown.message}`);
    }
  }

  schema(name: string): Schema | undefined {
    return this.get(name) === undefined ? undefined : this.#below(`/${name}`);
  }

  schemas(name: string): Schema[] {
    return (this.list(name) ?? []).map((_, i) => this.#below(`/${name}/${i}`));
  }

  entries(name: string): { name: string; value: unknown; schema(): Schema }[] {
    const value = this.get(name);
    if (!isObject(value)) return [];
    return Object.keys(value).map((key) => ({
      name: key,
      value: value[key],
      schema: () => this.#below(`/${name}/${escapeStep(key)}`),
    }));
  }

  map(name: string): { name: string; schema: Schema }[] {
    return this.entries(name).map((entry) => ({ name: entry.name, schema: entry.schema() }));
  }

  /** `false` is told apart, because it gives one message for all that it forbids. */
  orFalse(name: string): Schema | false | undefined {
    return this.get(name) === false ? false : this.schema(name);
  }

  ref(name: string): Schema | undefined {
    const to = this.text(name);
    if (to === undefined) return undefined;
    return this.#compiler.at(this.#compiler.library.resolve(this.#schema.place.document, this.#base, to));
  }

  #below(steps: string): Schema {
    const { document, pointer } = this.#schema.place;
    return this.#compiler.at({ document, pointer: pointer + steps });
  }
}

const textsOf = (list: readonly unknown[]): string[] => list.filter((item) => typeof item === "string");

/** The keywords of each set of rules. */
const ABOUT = {
  object:
    "minProperties maxProperties required properties patternProperties additionalProperties dependencies propertyNames " +
    "dependentSchemas dependentRequired unevaluatedProperties",
  list: "minItems maxItems uniqueItems items additionalItems prefixItems contains unevaluatedItems",
  text: "minLength maxLength pattern",
  number: "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf",
  logic: "not allOf anyOf oneOf if",
};
const KEYWORDS = new Map(
  Object.entries(ABOUT).flatMap(([about, names]) => names.split(" ").map((name) => [name, about])),
);

const TYPES: readonly Type[] = ["null", "boolean", "number", "integer", "string", "array", "object"];

function fillKeywords(read: Reader, schema: Schema): void {
  const { draft } = schema;
  schema.ref = read.ref("$ref");
  // Up to draft 7 all beside a `$ref` is ignored, but Helm's library looks at `const`.
  if (draft >= 6 && Object.hasOwn(read.value, "const")) schema.constant = { value: read.value.const };
  if (draft < 2019 && schema.ref) return;
  const type = read.get("type");
  const types = TYPES.filter((one) => (Array.isArray(type) ? type.includes(one) : type === one));
  if (types.length > 0) schema.types = types;
  schema.enumeration = read.list("enum");
  const format = read.text("format");
  const problem = draft < 2019 || isPublished(schema) ? format && FORMATS.get(format) : undefined;
  if (problem) schema.format = { name: format!, problem };
  const about = new Set(Object.keys(read.value).map((name) => KEYWORDS.get(name)));
  if (about.has("object")) schema.object = objectRules(read, draft);
  if (about.has("list")) schema.list = listRules(read, draft);
  if (about.has("text")) schema.text = textRules(read);
  if (about.has("number")) schema.number = numberRules(read);
  if (about.has("logic")) schema.logic = logicRules(read, draft);
  if (draft < 2019) return;
  schema.recursiveRef = read.ref("$recursiveRef");
  schema.recursiveAnchor = read.is("$recursiveAnchor");
  if (draft < 2020) return;
  const to = read.ref("$dynamicRef");
  const [, fragment = ""] = (read.text("$dynamicRef") ?? "").split("#");
  if (to) schema.dynamicRef = { to, anchor: fragment.startsWith("/") ? "" : decodeURIComponent(fragment) };
  schema.dynamicAnchor = read.text("$dynamicAnchor") ?? "";
}

/** The published schemas hold others to formats in every draft. */
const isPublished = ({ place }: Schema): boolean => /^https?:\/\/json-schema\.org\//.test(place.document.url);

function objectRules(read: Reader, draft: number): ObjectRules {
  const properties = read.map("properties").map(({ name, schema }) => [name, schema] as const);
  const since = (version: number): boolean => draft >= version;
  return {
    least: read.count("minProperties"),
    most: read.count("maxProperties"),
    required: read.texts("required"),
    properties: properties.length > 0 ? new Map(properties) : undefined,
    patterns: read.map("patternProperties").map(({ name, schema }) => ({
      pattern: read.pattern("patternProperties", name),
      schema,
    })),
    additional: read.orFalse("additionalProperties"),
    dependencies: read.entries("dependencies").map((entry) => ({
      name: entry.name,
      needs: Array.isArray(entry.value) ? textsOf(entry.value) : entry.schema(),
    })),
    names: since(6) ? read.schema("propertyNames") : undefined,
    dependentSchemas: since(2019) ? read.map("dependentSchemas") : [],
    dependentRequired: since(2019)
      ? read
          .entries("dependentRequired")
          .flatMap(({ name, value }) => (Array.isArray(value) ? [{ name, needs: textsOf(value) }] : []))
      : [],
    unevaluated: since(2019) ? read.schema("unevaluatedProperties") : undefined,
  };
}

function listRules(read: Reader, draft: number): ListRules {
  const older = draft < 2020 && Array.isArray(read.get("items"));
  return {
    least: read.count("minItems"),
    most: read.count("maxItems"),
    unique: read.is("uniqueItems"),
    first: older ? read.schemas("items") : draft >= 2020 ? read.schemas("prefixItems") : [],
    rest: older ? read.orFalse("additionalItems") : read.schema("items"),
    contains: draft >= 6 ? read.schema("contains") : undefined,
    leastContained: draft >= 2019 ? read.count("minContains") : undefined,
    mostContained: draft >= 2019 ? read.count("maxContains") : undefined,
    unevaluated: draft >= 2019 ? read.schema("unevaluatedItems") : undefined,
  };
}

function textRules(read: Reader): TextRules {
  const pattern = read.text("pattern");
  return {
    least: read.count("minLength"),
    most: read.count("maxLength"),
    pattern: pattern === undefined ? undefined : read.pattern("pattern", pattern),
  };
}

/** In draft 4 the exclusive limits are flags of the others, and so they are taken in all drafts. */
function numberRules(read: Reader): NumberRules {
  const [minimum, maximum] = [read.number("minimum"), read.number("maximum")];
  const [openBelow, openAbove] = [read.is("exclusiveMinimum"), read.is("exclusiveMaximum")];
  return {
    minimum: openBelow ? undefined : minimum,
    maximum: openAbove ? undefined : maximum,
    above: openBelow ? minimum : read.number("exclusiveMinimum"),
    below: openAbove ? maximum : read.number("exclusiveMaximum"),
    multipleOf: read.number("multipleOf"),
  };
}

function logicRules(read: Reader, draft: number): LogicRules {
  const given = draft >= 7 ? read.schema("if") : undefined;
  return {
    not: read.schema("not"),
    all: read.schemas("allOf"),
    any: read.schemas("anyOf"),
    one: read.schemas("oneOf"),
    if: given,
    // biome-ignore lint/suspicious/noThenProperty: the keyword's name
    then: given && read.schema("then"),
    else: given && read.schema("else"),
  };
}
