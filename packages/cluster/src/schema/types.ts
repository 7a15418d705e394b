export type {
  GroupVersionKind,
  KubeObject,
  ManagedFieldsEntry,
  ObjectMeta,
  OwnerReference,
} from "@sluice/api";

/** A CEL rule of `x-kubernetes-validations`. */
export type ValidationRule = {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
  fieldPath?: string;
  optionalOldSelf?: boolean;
};

/**
 * A schema in one form for built-ins and custom resources: references are resolved (the graph of a built-in may be
 * cyclic, so never serialise it), and the `x-kubernetes-*` extensions have plain names.
 */
export type Schema = {
  type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: string[];
  nullable?: boolean;
  default?: unknown;
  enum?: unknown[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  not?: Schema;
  intOrString?: boolean;
  preserveUnknownFields?: boolean;
  embeddedResource?: boolean;
  listType?: "atomic" | "set" | "map";
  listMapKeys?: string[];
  mapType?: "atomic" | "granular";
  patchStrategy?: string;
  patchMergeKey?: string;
  validations?: ValidationRule[];
  /** Name of the Go type behind a built-in definition ("v1.PodSpec"), for decoding errors. */
  goType?: string;
  /** The same with its group ("core.v1.PodSpec"), which makes it unique. */
  definition?: string;
  /** Fields of a built-in struct that are left out when they hold their zero value. */
  droppedWhenZero?: ReadonlySet<string>;
  /** Fields of a built-in struct that are always written, with their zero value (`{}` for structs). */
  alwaysShown?: Readonly<Record<string, unknown>>;
  /** The keyword of the value that built-ins hold as text in a canonical form. */
  builtinScalar?: "quantity" | "time" | "microTime";
};

/** One complaint about one field, as the API machinery's `field.Error`; `value` is shown unless it is undefined. */
export type FieldError = {
  path: string;
  type: FieldErrorType;
  value?: unknown;
  detail: string;
};

export type FieldErrorType =
  | "Required value"
  | "Invalid value"
  /** shown as "Invalid value", with a reason of its own */
  | "Invalid type"
  | "Unsupported value"
  | "Forbidden"
  | "Duplicate value"
  | "Not found"
  | "Too long"
  | "Too many"
  | "Too few"
  | "Internal error";
