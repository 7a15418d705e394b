/** The schemas of schemas, as json-schema.org publishes them, without their annotations: all five drafts. */

type Json = { [key: string]: unknown };

const ref = (to: string): Json => ({ $ref: to });
const typed = (type: string, more: Json = {}): Json => ({ type, ...more });
const mapOf = (schema: Json, more: Json = {}): Json =>
  typed("object", { additionalProperties: schema, ...more });
const same = (schema: unknown, ...names: string[]): Json =>
  Object.fromEntries(names.map((name) => [name, schema]));

const TEXT = typed("string");
const FLAG = typed("boolean");
const NUMBER = typed("number");
const PATTERN = typed("string", { format: "regex" });
const PATTERNS = { propertyNames: { format: "regex" } };
const LINK = typed("string", { format: "uri-reference" });
const ADDRESS = typed("string", { format: "uri" });
const SIMPLE_TYPES = { enum: ["array", "boolean", "integer", "null", "number", "object", "string"] };
const SCHEMA_OR_FLAG = ["object", "boolean"];

/** What holds of `type` and of all that counts or compares, in every draft. */
function validation(defs: string, natural: string, positive: Json): Json {
  const types = ref(`${defs}/simpleTypes`);
  return {
    multipleOf: typed("number", positive),
    ...same(NUMBER, "maximum", "minimum"),
    ...same(ref(`${defs}/${natural}`), "maxLength", "maxItems", "maxProperties"),
    ...same(ref(`${defs}/${natural}Default0`), "minLength", "minItems", "minProperties"),
    pattern: PATTERN,
    uniqueItems: FLAG,
    required: ref(`${defs}/stringArray`),
    type: { anyOf: [types, typed("array", { items: types, minItems: 1, uniqueItems: true })] },
  };
}

function definitions(natural: string, zero: unknown, strings: Json = {}): Json {
  return {
    [natural]: typed("integer", { minimum: 0 }),
    [`${natural}Default0`]: zero,
    simpleTypes: SIMPLE_TYPES,
    stringArray: typed("array", { items: TEXT, uniqueItems: true, ...strings }),
  };
}

const schemaArray = (self: Json): Json => typed("array", { minItems: 1, items: self });

/** Drafts 4, 6 and 7. */
function classic(draft: 4 | 6 | 7): Json {
  const natural = draft === 4 ? "positiveInteger" : "nonNegativeInteger";
  const url = `http://json-schema.org/draft-0${draft}/schema#`;
  const pairs = { exclusiveMaximum: ["maximum"], exclusiveMinimum: ["minimum"] };
  return {
    $schema: url,
    ...(draft === 4 ? { dependencies: pairs } : { $id: url }),
    definitions: {
      schemaArray: schemaArray(ref("#")),
      ...definitions(
        natural,
        { allOf: [ref(`#/definitions/${natural}`), {}] },
        draft === 4 ? { minItems: 1 } : {},
      ),
    },
    type: draft === 4 ? "object" : SCHEMA_OR_FLAG,
    properties: {
      ...classicKeywords(draft, natural),
      ...(draft === 4 ? {} : same(ref("#"), "contains", "propertyNames")),
      ...(draft === 7
        ? {
            ...same(ref("#"), "if", "then", "else"),
            ...same(FLAG, "readOnly", "writeOnly"),
            ...same(TEXT, "$comment", "contentMediaType", "contentEncoding"),
            examples: typed("array"),
          }
        : {}),
    },
  };
}

/** The keywords that all three have, and how they differ. */
function classicKeywords(draft: 4 | 6 | 7, natural: string): Json {
  const self = ref("#");
  const here = "#/definitions";
  const positive = draft === 4 ? { minimum: 0, exclusiveMinimum: true } : { exclusiveMinimum: 0 };
  return {
    $schema: ADDRESS,
    ...same(TEXT, "title", "description", "format"),
    ...(draft === 4 ? same(TEXT, "id", "$ref") : same(LINK, "$id", "$ref")),
    ...validation(here, natural, positive),
    ...same(draft === 4 ? FLAG : NUMBER, "exclusiveMaximum", "exclusiveMinimum"),
    ...same(draft === 4 ? { anyOf: [FLAG, self] } : self, "additionalItems", "additionalProperties"),
    items: { anyOf: [self, ref(`${here}/schemaArray`)] },
    ...same(mapOf(self), "definitions", "properties"),
    patternProperties: mapOf(self, draft === 7 ? PATTERNS : {}),
    dependencies: mapOf({ anyOf: [self, ref(`${here}/stringArray`)] }),
    enum: typed("array", { minItems: 1, uniqueItems: true }),
    ...same(ref(`${here}/schemaArray`), "allOf", "anyOf", "oneOf"),
    not: self,
  };
}

/** What drafts 2019-09 and 2020-12 differ in. */
type Modern = { base: string; anchor: Json; self: Json; vocabularies: readonly string[] };

const MODERN: Record<"2019-09" | "2020-12", Modern> = {
  "2019-09": {
    base: "https://json-schema.org/draft/2019-09/",
    anchor: { $recursiveAnchor: true },
    self: { $recursiveRef: "#" },
    vocabularies: ["core", "applicator", "validation", "meta-data", "format", "content"],
  },
  "2020-12": {
    base: "https://json-schema.org/draft/2020-12/",
    anchor: { $dynamicAnchor: "meta" },
    self: { $dynamicRef: "#meta" },
    vocabularies: [
      "core",
      "applicator",
      "unevaluated",
      "validation",
      "meta-data",
      "format-annotation",
      "content",
    ],
  },
};

function modern(year: "2019-09" | "2020-12", name: string): Json | undefined {
  const { base, anchor, self, vocabularies } = MODERN[year];
  const head = (path: string): Json => ({
    $schema: `${base}schema`,
    $id: `${base}${path}`,
    ...anchor,
    type: SCHEMA_OR_FLAG,
  });
  if (name !== "schema") {
    const body = name.startsWith("meta/") ? vocabulary(year, name.slice(5), self) : undefined;
    return body && { ...head(name), ...body };
  }
  const older: Json = {
    definitions: mapOf(self),
    dependencies: mapOf({ anyOf: [self, ref("meta/validation#/$defs/stringArray")] }),
  };
  if (year === "2020-12") {
    older.$recursiveAnchor = ref("meta/core#/$defs/anchorString");
    older.$recursiveRef = ref("meta/core#/$defs/uriReferenceString");
  }
  return { ...head("schema"), allOf: vocabularies.map((one) => ref(`meta/${one}`)), properties: older };
}

function vocabulary(year: "2019-09" | "2020-12", name: string, self: Json): Json | undefined {
  switch (name) {
    case "core":
      return year === "2019-09" ? core2019(self) : core2020(self);
    case "applicator":
      return applicator(year, self);
    case "unevaluated":
      return { properties: same(self, "unevaluatedItems", "unevaluatedProperties") };
    case "validation":
      return {
        properties: {
          ...validation("#/$defs", "nonNegativeInteger", { exclusiveMinimum: 0 }),
          ...same(NUMBER, "exclusiveMaximum", "exclusiveMinimum"),
          ...same(ref("#/$defs/nonNegativeInteger"), "maxContains", "minContains"),
          dependentRequired: mapOf(ref("#/$defs/stringArray")),
          enum: typed("array"),
        },
        $defs: definitions("nonNegativeInteger", ref("#/$defs/nonNegativeInteger")),
      };
    case "meta-data":
      return {
        properties: {
          ...same(TEXT, "title", "description"),
          ...same(FLAG, "deprecated", "readOnly", "writeOnly"),
          examples: typed("array"),
        },
      };
    case "format":
    case "format-annotation":
    case "format-assertion":
      return { properties: { format: TEXT } };
    case "content":
      return { properties: { ...same(TEXT, "contentMediaType", "contentEncoding"), contentSchema: self } };
    default:
      return undefined;
  }
}

function core2019(self: Json): Json {
  return {
    properties: {
      $id: typed("string", { format: "uri-reference", pattern: "^[^#]*#?$" }),
      $schema: ADDRESS,
      $anchor: typed("string", { pattern: "^[A-Za-z][-A-Za-z0-9.:_]*$" }),
      ...same(LINK, "$ref", "$recursiveRef"),
      $recursiveAnchor: FLAG,
      $vocabulary: mapOf(FLAG, { propertyNames: ADDRESS }),
      $comment: TEXT,
      $defs: mapOf(self),
    },
  };
}

function core2020(self: Json): Json {
  return {
    properties: {
      $id: { $ref: "#/$defs/uriReferenceString", pattern: "^[^#]*#?$" },
      $schema: ref("#/$defs/uriString"),
      ...same(ref("#/$defs/uriReferenceString"), "$ref", "$dynamicRef"),
      ...same(ref("#/$defs/anchorString"), "$anchor", "$dynamicAnchor"),
      $vocabulary: mapOf(FLAG, { propertyNames: ref("#/$defs/uriString") }),
      $comment: TEXT,
      $defs: mapOf(self),
    },
    $defs: {
      anchorString: typed("string", { pattern: "^[A-Za-z_][-A-Za-z0-9._]*$" }),
      uriString: ADDRESS,
      uriReferenceString: LINK,
    },
  };
}

function applicator(year: "2019-09" | "2020-12", self: Json): Json {
  const list = ref("#/$defs/schemaArray");
  const items: Json =
    year === "2019-09"
      ? {
          ...same(self, "additionalItems", "unevaluatedItems", "unevaluatedProperties"),
          items: { anyOf: [self, list] },
        }
      : { prefixItems: list, items: self };
  return {
    properties: {
      ...items,
      ...same(self, "contains", "additionalProperties", "propertyNames", "if", "then", "else", "not"),
      ...same(mapOf(self), "properties", "dependentSchemas"),
      patternProperties: mapOf(self, PATTERNS),
      ...same(list, "allOf", "anyOf", "oneOf"),
    },
    $defs: { schemaArray: schemaArray(self) },
  };
}

const built = new Map<string, unknown>();

/** The published schema at a URL, with http or https and without a fragment; undefined if there is none. */
export function metaschemaAt(url: string): unknown {
  const path = /^https?:\/\/json-schema\.org\/(.*)$/.exec(url)?.[1];
  if (path === undefined) return undefined;
  if (!built.has(path)) built.set(path, build(path));
  return built.get(path);
}

function build(path: string): Json | undefined {
  switch (path) {
    case "draft-04/schema":
      return classic(4);
    case "draft-06/schema":
      return classic(6);
    case "draft-07/schema":
      return classic(7);
    case "schema":
      return modern("2020-12", "schema");
  }
  const [, year, name] = /^draft\/(2019-09|2020-12)\/(.+)$/.exec(path) ?? [];
  return year === undefined ? undefined : modern(year as "2019-09" | "2020-12", name!);
}
