/** What mutating policies make: `Object{spec: Object.spec{…}}` and `JSONPatch{op: …}`, which CEL's own grammar has for messages. */
import { type Environment, Optional } from "@marcbachmann/cel-js";

type Json = Record<string, unknown>;

/** An initialised `Object…`; `type` is the name that it was given. */
export class ObjectValue {
  readonly type: string;
  readonly fields: Json;
  constructor(type: string, fields: Json) {
    this.type = type;
    this.fields = fields;
  }
}

/** An initialised `JSONPatch`. */
export class PatchValue {
  readonly fields: Json;
  constructor(fields: Json) {
    this.fields = fields;
  }
}

class PatchLibrary {}

/** Adds what the expressions of `withCalls` call, and `jsonpatch.escapeKey`. */
export function addMutations(env: Environment): void {
  env.registerType("Object", ObjectValue).registerType("JSONPatch", PatchValue);
  env.registerType("PatchLibrary", PatchLibrary);
  env.registerConstant("jsonpatch", "PatchLibrary", new PatchLibrary() as never);
  const add = (signature: string, handler: (...args: any[]) => unknown) =>
    env.registerFunction(signature, handler);
  add("PatchLibrary.escapeKey(string): string", (_, key: string) =>
    key.replaceAll("~", "~0").replaceAll("/", "~1"),
  );
  add(
    "objectOf(string, list, list): Object",
    (type: string, names: string[], values: unknown[]) => new ObjectValue(type, fieldsOf(names, values)),
  );
  add(
    "patchOf(list, list): JSONPatch",
    (names: string[], values: unknown[]) => new PatchValue(fieldsOf(names, values)),
  );
}

/** `?name` is a field that is set only if its value is there. */
function fieldsOf(names: string[], values: unknown[]): Json {
  const fields: Json = {};
  for (const [i, name] of names.entries()) {
    const value = values[i];
    if (!name.startsWith("?")) fields[name] = value;
    else if (value instanceof Optional && value.hasValue()) fields[name.slice(1)] = value.value();
  }
  return fields;
}

const LITERAL = /r?("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|\/\/[^\n]*/y;
const MESSAGE = /(Object(?:\.\w+)*|JSONPatch)\s*\{/y;
const FIELD = /^\s*(\?\s*)?(\w+)\s*:\s*/;

/** An expression as the library can read it; `places` has for each character the one in the original that it stands for. */
export type Rewritten = { text: string; places: readonly number[] };

/** The expression with calls in place of messages, which the library's grammar lacks. */
export function withCalls(expression: string): Rewritten {
  const places: number[] = [];
  const text = rewritten(expression, 0, expression.length, places);
  return { text, places };
}

function rewritten(source: string, from: number, to: number, places: number[]): string {
  let out = "";
  const copy = (text: string, at: number, isMade = false) => {
    for (let i = 0; i < text.length; i++) places.push(isMade ? at : at + i);
    out += text;
  };
  for (let at = from; at < to; ) {
    const literal = matchAt(LITERAL, source, at);
    const message = /[\w.]/.test(source[at - 1] ?? "") ? undefined : matchAt(MESSAGE, source, at);
    if (literal) {
      copy(literal[0], at);
      at += literal[0].length;
    } else if (message) {
      const { fields, end } = fieldsIn(source, at + message[0].length);
      const names = fields.map(({ name }) => JSON.stringify(name)).join(", ");
      const type = message[1]!;
      copy(type === "JSONPatch" ? `patchOf([${names}], [` : `objectOf("${type}", [${names}], [`, at, true);
      for (const [i, field] of fields.entries()) {
        if (i > 0) copy(", ", field.from, true);
        out += rewritten(source, field.from, field.to, places);
      }
      copy("])", end - 1, true);
      at = end;
    } else copy(source[at]!, at++);
  }
  return out;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

type Field = { name: string; from: number; to: number };

/** The fields of a message whose brace opened before `start`, and where their values stand; `end` is behind the brace that closes. */
function fieldsIn(source: string, start: number): { fields: Field[]; end: number } {
  const fields: Field[] = [];
  let [depth, from] = [0, start];
  for (let at = start; at < source.length; ) {
    const literal = matchAt(LITERAL, source, at);
    if (literal) {
      at += literal[0].length;
      continue;
    }
    const letter = source[at]!;
    if (depth === 0 && (letter === "," || letter === "}")) {
      const field = FIELD.exec(source.slice(from, at));
      if (field)
        fields.push({ name: `${field[1] ? "?" : ""}${field[2]}`, from: from + field[0].length, to: at });
      else if (source.slice(from, at).trim() !== "")
        throw new Error(`Expected a field, got ${source.slice(from, at).trim()}`);
      from = at + 1;
      if (letter === "}") return { fields, end: at + 1 };
    } else if ("([{".includes(letter)) depth++;
    else if (")]}".includes(letter)) depth--;
    at++;
  }
  throw new Error("Expected '}', got EOF");
}

/** Types that do not name the path on which they stand, as the API server tells them (cel/mutation/dynamic). */
export function misnamed(value: unknown, path: readonly string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => misnamed(item, path));
  if (!(value instanceof ObjectValue)) {
    if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
      return [];
    return Object.values(value).flatMap((item) => misnamed(item, path));
  }
  const expected = path.join(".");
  const own =
    value.type === expected
      ? []
      : [
          `unexpected type name ${JSON.stringify(value.type)}, expected ${JSON.stringify(expected)}, which matches field name path from root Object type`,
        ];
  return [
    ...own,
    ...Object.entries(value.fields).flatMap(([name, below]) => misnamed(below, [...path, name])),
  ];
}

/** A value of CEL as JSON. Throws for what JSON does not have. */
export function jsonOf(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(jsonOf);
  if (value instanceof ObjectValue) return jsonOf(value.fields);
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, "Z");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Object.getPrototypeOf(value) !== Object.prototype)
    throw new Error(`unsupported type: ${value.constructor.name}`);
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, jsonOf(below)]));
}
