import { fromBytes } from "./bytes.ts";

/** Levels of nesting of values that are made, printed, compared or copied: what Go would follow further, no stack holds. */
export const MAX_DEPTH = 1000;

/**
 * Go's values. What a template handles is one of:
 *
 * | Go | here |
 * |---|---|
 * | invalid reflect.Value (`<no value>`) | `undefined` |
 * | nil interface | `null` |
 * | string | string, as bytes (bytes.ts) |
 * | bool | boolean |
 * | float64 | number |
 * | int | bigint |
 * | other integers, time.Duration, … | `Num` |
 * | complex128 | `Complex` |
 * | map with string keys | `GoMap` |
 * | slice | `GoList`, `[]byte` as `GoBytes` |
 * | struct or pointer to one | `GoObject` |
 */
export type Value =
  | undefined
  | null
  | string
  | boolean
  | number
  | bigint
  | Num
  | Complex
  | GoMap
  | GoList
  | GoBytes
  | GoObject;

/** Something a template may call on a value: `.Files.Get "x"`. */
export type Method = {
  /** Go types of the parameters. */
  params: readonly Param[];
  result: string;
  call(receiver: any, ...args: any[]): Value;
};

/** Parameter types that occur in Helm's function map. `value` is Go's reflect.Value: anything, nothing included. */
export type Param =
  | "any"
  | "value"
  | "string"
  | "int"
  | "int64"
  | "uint32"
  | "float64"
  | "bool"
  | "dict"
  | "list"
  | "time"
  | "certificate"
  | "duration";

export type IntKind =
  | "int"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64";

/** A named type over an integer, such as time.Duration. */
export type NumType = {
  name: string;
  kind: IntKind;
  methods: ReadonlyMap<string, Method>;
  /** fmt.Stringer. */
  text?(value: bigint): string;
};

/** An integer that is not an int. */
export class Num {
  readonly value: bigint;
  readonly type: NumType;
  constructor(value: bigint, type: NumType) {
    this.value = value;
    this.type = type;
  }
}

const NO_METHODS: ReadonlyMap<string, Method> = new Map();
const plain = (kind: IntKind): NumType => ({ name: kind, kind, methods: NO_METHODS });
const INT64 = plain("int64");
export const UINT8 = plain("uint8");
export const UINT64 = plain("uint64");

/** An int64, wrapped around at 64 bits as Go's arithmetic does. */
export function int64(value: bigint): Num {
  return new Num(BigInt.asIntN(64, value), INT64);
}

export class Complex {
  readonly re: number;
  readonly im: number;
  constructor(re: number, im: number) {
    this.re = re;
    this.im = im;
  }
}

export type MapType = { name: string; elem: string; methods: ReadonlyMap<string, Method> };
export const DICT: MapType = { name: "map[string]interface {}", elem: "interface {}", methods: NO_METHODS };
export const STRING_MAP: MapType = { name: "map[string]string", elem: "string", methods: NO_METHODS };

/** A map with string keys. Several GoMaps may look at one and the same Map with different Go types. */
export class GoMap {
  readonly m: Map<string, Value>;
  readonly type: MapType;
  /** Go's nil map: reads as empty, cannot be written. */
  readonly isNil: boolean;
  constructor(m: Map<string, Value> = new Map(), type: MapType = DICT, isNil = false) {
    this.m = m;
    this.type = type;
    this.isNil = isNil;
  }
}

export const NIL_DICT = new GoMap(new Map(), DICT, true);

export type ListType = { name: string; elem: string; methods: ReadonlyMap<string, Method> };
const LIST: ListType = { name: "[]interface {}", elem: "interface {}", methods: NO_METHODS };
export const STRINGS: ListType = { name: "[]string", elem: "string", methods: NO_METHODS };
export const INTS: ListType = { name: "[]int", elem: "int", methods: NO_METHODS };
export const LISTS: ListType = { name: "[][]interface {}", elem: "[]interface {}", methods: NO_METHODS };

/** A slice. Nothing in a template can write into one, so they are shared freely. */
export class GoList {
  readonly items: readonly Value[];
  readonly type: ListType;
  readonly isNil: boolean;
  constructor(items: readonly Value[], type: ListType = LIST, isNil = false) {
    this.items = items;
    this.type = type;
    this.isNil = isNil;
  }
}

export const NIL_LIST = new GoList([], LIST, true);

/** A []byte. Bytes that are given as such become a byte string when they are first looked at; most files never are. */
export class GoBytes {
  private held: string | Uint8Array;
  constructor(bytes: string | Uint8Array) {
    this.held = bytes;
  }
  get text(): string {
    if (typeof this.held !== "string") this.held = fromBytes(this.held);
    return this.held;
  }
}

export type Field = {
  name: string;
  type: string;
  /** Go's name for it in JSON and YAML; without it, `name`. */
  json?: string;
  /** Left out of JSON if it is empty. */
  omitEmpty?: boolean;
  /** Printed by fmt, but out of reach for templates and JSON. */
  hidden?: boolean;
};

export type ObjectType = {
  /** As %T prints it: `*common.Capabilities`. */
  name: string;
  kind: "struct" | "ptr";
  fields: readonly Field[];
  methods: ReadonlyMap<string, Method>;
  /** fmt.Stringer of the value. */
  text?(object: any): string;
  /** Stringer of its pointer alone: used where Go can take the address, that is when an action prints it. */
  pointerText?(object: any): string;
  /** json.Marshaler or encoding.TextMarshaler: the text of a JSON string. */
  jsonText?(object: any): string;
  isZero?(object: any): boolean;
  /** Whether two of them are the same to Go's DeepEqual, where fields do not tell. */
  equal?(a: any, b: any): boolean;
  /** What `deepCopy` makes of it, if that is not the same: Go's copier leaves out what others may not see. */
  copy?(object: any): GoObject;
};

/** A struct, or a pointer to one. */
export class GoObject {
  readonly type: ObjectType;
  readonly fields: ReadonlyMap<string, Value>;
  constructor(type: ObjectType, fields: ReadonlyMap<string, Value>) {
    this.type = type;
    this.fields = fields;
  }
}

/** The items of a slice; a []byte's are uint8. */
export function itemsOf(list: GoList | GoBytes): readonly Value[] {
  if (list instanceof GoList) return list.items;
  return Array.from(list.text, (byte) => new Num(BigInt(byte.charCodeAt(0)), UINT8));
}

/** The Go type of a value as %T prints it. */
export function typeName(value: Value): string {
  if (value === undefined || value === null) return "<nil>";
  if (value instanceof GoBytes) return "[]uint8";
  // Types without a name of their own are called what their kind is.
  return typeof value === "object" && "type" in value ? value.type.name : kindOf(value);
}

export type Kind =
  | "invalid"
  | "string"
  | "bool"
  | "float64"
  | IntKind
  | "complex128"
  | "map"
  | "slice"
  | "struct"
  | "ptr";

/** The reflect.Kind of a value, by its name in Go. */
export function kindOf(value: Value): Kind {
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "number":
      return "float64";
    case "bigint":
      return "int";
    case "undefined":
      return "invalid";
    default:
      if (value === null) return "invalid";
      if (value instanceof GoMap) return "map";
      if (value instanceof GoList || value instanceof GoBytes) return "slice";
      if (value instanceof Complex) return "complex128";
      return value.type.kind;
  }
}

/** Whether a value is Go's nil: nothing, or a map or slice that was never made. */
export function isNil(value: Value): boolean {
  return (
    value === null ||
    value === undefined ||
    ((value instanceof GoMap || value instanceof GoList) && value.isNil)
  );
}

/** Go's truth of a value: not the zero of its type. */
export function isTrue(value: Value): boolean {
  switch (typeof value) {
    case "boolean":
      return value;
    case "string":
      return value !== "";
    case "number":
      return value !== 0;
    case "bigint":
      return value !== 0n;
    case "undefined":
      return false;
    default:
      if (value === null) return false;
      if (value instanceof GoMap) return value.m.size > 0;
      if (value instanceof GoList) return value.items.length > 0;
      if (value instanceof GoBytes) return value.text !== "";
      if (value instanceof Num) return value.value !== 0n;
      if (value instanceof Complex) return value.re !== 0 || value.im !== 0;
      return true;
  }
}

/** The zero of an element type, which is what a missing key of a map gives. */
export function zeroOf(elem: string): Value {
  switch (elem) {
    case "string":
      return "";
    case "[]uint8":
      return new GoBytes("");
    default:
      return null;
  }
}

/** The keys of a map in the order in which Go ranges over them: by bytes. */
export function sortedKeys(map: GoMap): string[] {
  return [...map.m.keys()].sort();
}
