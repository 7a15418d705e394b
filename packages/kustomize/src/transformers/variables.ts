import { decimalDigits, forgetNote, integerOf, printNumber, Raw } from "@sluice/yaml";
import { fail } from "../errors.ts";
import { applyFieldSpec, type FieldSpec } from "../fieldspec.ts";
import { boundedText } from "../limits.ts";
import type { Var } from "../load/kustomization.ts";
import {
  get,
  isList,
  isMap,
  isNull,
  isScalar,
  isText,
  type Node,
  set,
  takeUntyped,
  textOf,
  valueIn,
} from "../node.ts";
import { splitFieldPath } from "../paths.ts";
import { changedAll, findByAnyId, findByName, type ResMap } from "../resmap.ts";
import {
  currentId,
  groupVersion,
  gvkString,
  idString,
  isClusterScoped,
  previousIds,
  type ResId,
  type Resource,
} from "../resource.ts";
import { lookup } from "./field-path.ts";

export type VarSet = Map<string, Var>;

/** Adds vars of a kustomization to those of its bases, and notes which resource each takes its value from. */
export function addVars(map: ResMap, known: VarSet, vars: readonly Var[]): void {
  for (const variable of vars) {
    const found = referents(map, objectOf(variable));
    if (found.length > 1) {
      fail(
        "conflict",
        `found ${found.length} resId matches for var ${varText(variable)} (unable to disambiguate)`,
      );
    }
    found[0]?.vars.push(variable.name ?? "");
  }
  mergeVars(known, vars);
}

/** Adds vars; a name may be given once. */
export function mergeVars(known: VarSet, vars: Iterable<Var>): void {
  for (const variable of vars) {
    const name = variable.name ?? "";
    if (known.has(name)) fail("conflict", `var '${name}' already encountered`);
    known.set(name, variable);
  }
}

function objectOf({ objref = {} }: Var): ResId {
  const { group, version } = objref.apiVersion
    ? groupVersion(objref.apiVersion)
    : { group: objref.group, version: objref.version };
  return {
    group: group || objref.group || "",
    version: version ?? "",
    kind: objref.kind ?? "",
    name: objref.name ?? "",
    namespace: objref.namespace ?? "",
  };
}

function referents(map: ResMap, id: ResId): Resource[] {
  if (id.namespace !== "" || isClusterScoped(id)) return findByAnyId(map, id);
  // Without a namespace any will do.
  return findByName(map, id.name).filter((res) =>
    [...previousIds(res), currentId(res)].some(
      (each) => each.name === id.name && gvkString(each) === gvkString(id),
    ),
  );
}

const pathOf = (variable: Var): string => variable.fieldref?.fieldPath || "metadata.name";

function varText(variable: Var): string {
  const id = objectOf(variable);
  return `{${variable.name ?? ""} ${gvkString(id)} {${pathOf(variable)}}}`;
}

/** Replaces `$(NAME)` in the fields that may hold variables; kustomize drops their quotes and folds. Returns names that were never used. */
export function resolveVars(map: ResMap, vars: VarSet, fields: readonly FieldSpec[]): string[] {
  if (vars.size === 0) return [];
  const values = valuesOf(map, vars);
  const used = new Set<string>();
  for (const res of map.list) {
    if (!res.node) continue;
    for (const spec of fields) {
      applyFieldSpec(res.node, spec, (node, owner, key) => {
        if (owner && key !== undefined && typeof node === "string") forgetNote(owner, key);
        return expandNode(node, values, used);
      });
    }
  }
  changedAll(map);
  return [...values.keys()].filter((name) => !used.has(name));
}

function valuesOf(map: ResMap, vars: VarSet): Map<string, Node> {
  const owners = new Map<string, Resource>();
  for (const res of map.list) for (const name of res.vars) if (!owners.has(name)) owners.set(name, res);
  const values = new Map<string, Node>();
  for (const name of [...vars.keys()].sort()) {
    const variable = vars.get(name)!;
    const owner = owners.get(name);
    if (!owner?.node) {
      fail(
        "no-match",
        `var '${varText(variable)}' cannot be mapped to a field in the set of known resources (no ${idString(objectOf(variable))})`,
      );
    }
    const path = splitFieldPath(pathOf(variable)).flatMap((part) => {
      const indexed = /^(.*)\[(\d+)\]$/.exec(part);
      return indexed ? [indexed[1]!, indexed[2]!] : [part];
    });
    const value = asSpelt(lookup(owner!.node!, path));
    if (value === undefined) {
      fail(
        "no-match",
        `field specified in var '${varText(variable)}' not found in corresponding resource (${idString(currentId(owner!))})`,
      );
    }
    values.set(name, value!);
  }
  return values;
}

const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F_]+|0[oObB][0-7_]+|[0-9_]+)$/;

/** A scalar as kustomize gets it for a var: texts and nulls as they are spelt, integers by their decimal digits or not at all. */
function asSpelt(node: Node | undefined): Node | undefined {
  if (node === null) return "null";
  if (!(node instanceof Raw)) return node;
  if (typeof node.value === "string" || node.value === null) return node.text;
  if (typeof node.value === "boolean" || !INTEGER.test(node.text)) return node.value;
  return /^[-+]?[0-9]+$/.test(node.text)
    ? (integerOf(BigInt(node.text.replace("+", ""))) ?? node.value)
    : undefined;
}

function expandNode(node: Node, values: Map<string, Node>, used: Set<string>): Node | undefined {
  if (isNull(node)) return undefined;
  if (typeof node === "string") return expand(node, values, used);
  if (isList(node)) {
    for (const i of takeUntyped(node)) node[Number(i)] = textOf(node[Number(i)]);
    node.forEach((item, i) => {
      if (!isText(item)) fail("invalid-resource", "invalid value type expect a string");
      node[i] = expand(textOf(item), values, used);
    });
  } else if (isMap(node)) {
    for (const key of takeUntyped(node)) {
      const value = get(node, key);
      if (isScalar(value)) set(node, key, textOf(value));
    }
    for (const [key, value] of Object.entries(node)) {
      if (typeof value !== "string") continue;
      forgetNote(node, key);
      set(node, key, expand(value, values, used));
    }
  }
  return undefined;
}

/** Text with `$(NAME)` replaced; `$$` stands for `$`. A text that is one variable takes the variable's type. */
function expand(text: string, values: Map<string, Node>, used: Set<string>): Node {
  if (!text.includes("$")) return text;
  let out = "";
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== "$" || i + 1 >= text.length) {
      out += text[i];
      continue;
    }
    const end = text[i + 1] === "(" ? text.indexOf(")", i + 2) : -1;
    if (end !== -1) {
      const name = text.slice(i + 2, end);
      const value = replacementFor(name, values, used);
      if (i === 0 && end === text.length - 1) return withoutExponent(value);
      out = boundedText(out + textFor(value));
      i = end;
    } else {
      out += text[i + 1] === "$" ? "$" : `$${text[i + 1]}`;
      i++;
    }
  }
  return out;
}

function replacementFor(name: string, values: Map<string, Node>, used: Set<string>): Node {
  const value = values.get(name);
  if (value === undefined || !isScalar(value) || isNull(value)) return `$(${name})`;
  used.add(name);
  return valueIn(value);
}

/** A var that is the whole of a text: kustomize writes fractions in decimal digits, however small. */
function withoutExponent(value: Node): Node {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const text = decimalDigits(value);
  return text === String(value) ? value : new Raw(text, value);
}

function textFor(value: Node): string {
  return typeof value === "number" ? printNumber(value) : textOf(value);
}
