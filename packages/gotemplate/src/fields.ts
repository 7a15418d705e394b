/** Reading fields, keys and methods: `.Values.a.b`, `$x.y`, `(f).z`. */
import { type ChainNode, type FieldNode, print, type VariableNode } from "./ast.ts";
import { decode } from "./bytes.ts";
import { nearest } from "./errors.ts";
import { type Eval, type Frame, failAt, type Spot } from "./runtime.ts";
import { GoMap, GoObject, type Method, Num, typeName, type Value, zeroOf } from "./value.ts";

export type FieldSite = {
  node: FieldNode | VariableNode | ChainNode;
  /** Where errors are placed. */
  at: Spot;
  template: string;
  path: readonly string[];
  /** A missing key is an error. */
  strict: boolean;
  /** The host is told what is read. */
  traced: boolean;
  /** Whether Go would see the first receiver through an interface. */
  loose(frame: Frame): boolean;
  /** Calls a method with what the template gives it; for the last name only. */
  call(frame: Frame, receiver: Value, method: Method, name: string): Value;
  hasArgs: boolean;
};

/** Reads a path of fields from a receiver. */
export function compileFields(site: FieldSite, receiver: Eval): Eval {
  const { path, strict, traced, hasArgs } = site;
  const slow = (frame: Frame, value: Value, at: number, from: Value): Value =>
    readSlow(site, frame, value, at, from);
  const last = path.length - 1;
  if (strict || traced || hasArgs) {
    return (frame) => {
      let from: Value;
      let value = receiver(frame);
      for (let i = 0; i <= last; i++) {
        const next = slow(frame, value, i, from);
        from = value;
        value = next;
      }
      return value;
    };
  }
  if (last === 0) {
    const name = path[0]!;
    return (frame) => {
      const value = receiver(frame);
      if (value instanceof GoMap && !isMethod(value, name)) {
        const found = value.m.get(name);
        if (found !== undefined) return found;
      }
      return slow(frame, value, 0, undefined);
    };
  }
  return (frame) => {
    let from: Value;
    let value = receiver(frame);
    for (let i = 0; i <= last; i++) {
      let next: Value;
      const name = path[i]!;
      if (value instanceof GoMap && !isMethod(value, name)) next = value.m.get(name);
      if (next === undefined) next = slow(frame, value, i, from);
      from = value;
      value = next;
    }
    return value;
  };
}

const isMethod = ({ type: { methods } }: GoMap, name: string): boolean =>
  methods.size > 0 && methods.has(name);

function methodsOf(value: Value): ReadonlyMap<string, Method> | undefined {
  if (value instanceof GoMap || value instanceof GoObject || value instanceof Num) return value.type.methods;
  if (value !== null && typeof value === "object" && "type" in value) return value.type.methods;
  return undefined;
}

/** One step of a path, with all that Go checks. `from` is what the receiver was read from. */
function readSlow(site: FieldSite, frame: Frame, receiver: Value, at: number, from: Value): Value {
  const name = site.path[at]!;
  const fail = (message: string): never => failAt(site.at, site.template, message);
  if (receiver === undefined) {
    if (site.strict) fail(`nil data; no entry for key "${name}"`);
    return undefined;
  }
  if (receiver === null) return failNil(site, at, from);
  const isLast = at === site.path.length - 1;
  const method = methodsOf(receiver)?.get(name);
  if (method) return callMethod(site, frame, receiver, method, name, isLast);
  const hasArgs = isLast && site.hasArgs;
  if (receiver instanceof GoMap) {
    if (hasArgs) fail(`${name} is not a method but has arguments`);
    const value = receiver.m.get(name);
    if (site.traced) frame.run.host.trace?.read(receiver, name);
    if (value !== undefined) return value;
    if (site.strict) fail(`map has no entry for key "${name}"`);
    return zeroOf(receiver.type.elem);
  }
  if (receiver instanceof GoObject) {
    const field = receiver.type.fields.find((one) => one.name === name);
    if (field?.hidden)
      fail(`${name} is an unexported field of struct type ${staticType(site, frame, receiver, at, from)}`);
    if (field) {
      if (hasArgs) fail(`${name} has arguments but cannot be invoked as function`);
      return receiver.fields.get(name);
    }
  }
  return fail(`can't evaluate field ${name} in type ${staticType(site, frame, receiver, at, from)}`);
}

function callMethod(
  site: FieldSite,
  frame: Frame,
  receiver: Value,
  method: Method,
  name: string,
  isLast: boolean,
): Value {
  if (isLast) return site.call(frame, receiver, method, name);
  if (method.params.length > 0)
    failAt(site.at, site.template, `wrong number of args for ${name}: want ${method.params.length} got 0`);
  return method.call(receiver);
}

/** The type under which Go knows the receiver: that of the element it was read from, not that of what is in it. */
function staticType(site: FieldSite, frame: Frame, receiver: Value, at: number, from: Value): string {
  if (at === 0) return site.loose(frame) ? "interface {}" : typeName(receiver);
  const method = methodsOf(from)?.get(site.path[at - 1]!);
  if (method) return method.result;
  return from instanceof GoMap ? from.type.elem : typeName(receiver);
}

/** Something on the way is not there: says what, and whether a similar key is. */
function failNil(site: FieldSite, at: number, from: Value): never {
  const message = `nil pointer evaluating interface {}.${site.path[at]}`;
  const name = site.path[at - 1];
  if (name === undefined) failAt(site.at, site.template, message);
  const head =
    site.node.type === "chain"
      ? ""
      : print({ ...site.node, path: site.node.path.slice(0, -site.path.length) });
  const path = decode(`${head === "." ? "" : head}.${site.path.slice(0, at).join(".")}`);
  const near = from instanceof GoMap ? nearest(name, from.m.keys()) : undefined;
  const hint = near === undefined ? `${path} is not set` : `${path} is not set; did you mean "${near}"?`;
  failAt(site.at, site.template, message, { path, hint });
}
