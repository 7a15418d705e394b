/**
 * A small schema language. One description of a field gives its TypeScript type, its part of the CRD,
 * its default, and what `parse` accepts. A schema is plain data: the OpenAPI fragment that the API server
 * will see, and a `presence` that says whether the field may be missing.
 */

/** The subset of OpenAPI v3 that a structural CRD schema may use, in the order it is printed. */
export type OpenApi = {
  description?: string;
  type?: "string" | "integer" | "boolean" | "object" | "array";
  format?: "date-time" | "int64";
  default?: unknown;
  enum?: readonly string[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  minItems?: number;
  maxItems?: number;
  items?: OpenApi;
  properties?: Record<string, OpenApi>;
  additionalProperties?: OpenApi;
  required?: string[];
  "x-kubernetes-validations"?: readonly Rule[];
  "x-kubernetes-preserve-unknown-fields"?: true;
  "x-kubernetes-map-type"?: "atomic";
  "x-kubernetes-list-type"?: "atomic" | "map";
  "x-kubernetes-list-map-keys"?: readonly string[];
};

/** A CEL rule that the API server checks at admission, and the sentence it answers with. */
export type Rule = { rule: string; message: string };

/**
 * How a field takes part in its object:
 * `required` must be there; `optional` may be missing; `defaulted` may be missing and is filled in;
 * `legacy` belongs to an older version of the API: accepted, folded away by `parse`, absent from the type.
 */
type Presence = "required" | "optional" | "defaulted" | "legacy";

declare const typeOf: unique symbol;

export type Schema<T = unknown, P extends Presence = Presence> = {
  readonly openapi: OpenApi;
  readonly presence: P;
  readonly [typeOf]?: T;
};

/** The TypeScript type of the values that `S` describes. */
export type Infer<S> = S extends Schema<infer T, any> ? T : never;

type Fields = Record<string, Schema<any, any>>;
type KeysOf<F extends Fields, P extends Presence> = {
  [K in keyof F]: F[K]["presence"] extends P ? K : never;
}[keyof F];
type Flat<T> = { [K in keyof T]: T[K] };
type ObjectOf<F extends Fields> = Flat<
  { [K in KeysOf<F, "required" | "defaulted">]: Infer<F[K]> } & {
    [K in KeysOf<F, "optional">]?: Infer<F[K]>;
  }
>;

const required = <T>(openapi: OpenApi): Schema<T, "required"> => ({ openapi, presence: "required" });

type StringLimits = Pick<OpenApi, "pattern" | "minLength" | "maxLength">;

/** Any text; `limits` are checked by the API server. */
export function string(description: string, limits: StringLimits = {}): Schema<string, "required"> {
  return required({ description, type: "string", ...limits });
}

/** One of `words`. */
export function oneOf<const W extends readonly string[]>(
  description: string,
  words: W,
): Schema<W[number], "required"> {
  return required({ description, type: "string", enum: words });
}

/** A Go duration such as `1m30s`; `parseDuration` reads it. */
export function duration(description: string): Schema<string, "required"> {
  return string(description, { pattern: "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$" });
}

/** A Go duration that Flux does not let grow to hours: the timeouts of requests to the outside. */
export function shortDuration(description: string): Schema<string, "required"> {
  return string(description, { pattern: "^([0-9]+(\\.[0-9]+)?(ms|s|m))+$" });
}

/** An RFC 3339 time. */
export function time(description: string): Schema<string, "required"> {
  return required({ description, type: "string", format: "date-time" });
}

export function boolean(description: string): Schema<boolean, "required"> {
  return required({ description, type: "boolean" });
}

export function integer(
  description: string,
  limits: Pick<OpenApi, "minimum" | "format"> = {},
): Schema<number, "required"> {
  return required({ description, type: "integer", ...limits });
}

/** A JSON value of any shape, kept as it is. */
export function anything(description: string): Schema<any, "required"> {
  return required({ description, "x-kubernetes-preserve-unknown-fields": true });
}

type ListTraits = Pick<
  OpenApi,
  "minItems" | "maxItems" | "x-kubernetes-list-type" | "x-kubernetes-list-map-keys"
>;

export function list<T>(
  description: string,
  items: Schema<T, any>,
  traits: ListTraits = {},
): Schema<T[], "required"> {
  return required({ description, type: "array", items: items.openapi, ...traits });
}

/** A map from any key to `values`. */
export function map<T>(description: string, values: Schema<T, any>): Schema<Record<string, T>, "required"> {
  return required({ description, type: "object", additionalProperties: values.openapi });
}

type ObjectTraits = { rules?: readonly Rule[]; "x-kubernetes-map-type"?: "atomic" };

export function object<F extends Fields>(
  description: string,
  fields: F,
  { rules, ...traits }: ObjectTraits = {},
): Schema<ObjectOf<F>, "required"> {
  const names = Object.keys(fields).sort();
  const needed = names.filter((name) => fields[name]!.presence === "required");
  return required({
    description,
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, fields[name]!.openapi])),
    ...(needed.length > 0 ? { required: needed } : {}),
    ...(rules ? { "x-kubernetes-validations": rules } : {}),
    ...traits,
  });
}

/** The field may be missing. */
export function optional<T>(schema: Schema<T, any>): Schema<T, "optional"> {
  return { openapi: schema.openapi, presence: "optional" };
}

/** The field may be missing; the API server and `parse` then fill in `value`. */
export function defaulted<T>(value: NoInfer<T>, schema: Schema<T, any>): Schema<T, "defaulted"> {
  return { openapi: { ...schema.openapi, default: value }, presence: "defaulted" };
}

/** Marked required in the CRD and defaulted all the same, as Flux has a few fields. */
export function requiredWithDefault<T>(value: NoInfer<T>, schema: Schema<T, any>): Schema<T, "required"> {
  return { openapi: { ...schema.openapi, default: value }, presence: "required" };
}

/** A field of an older version of the API: accepted in every version, folded away by `parse`. */
export function legacy<T>(schema: Schema<T, any>): Schema<T, "legacy"> {
  return { openapi: schema.openapi, presence: "legacy" };
}
