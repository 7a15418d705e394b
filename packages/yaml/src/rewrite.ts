import { type Document, isCollection, isScalar, parseDocument } from "yaml";
import { Raw } from "./build.ts";

/**
 * A YAML text with the values of `value` in place of its own, keeping comments, order and quoting of what stays. Lists
 * stand at the indent of their key, as Go's YAML writes a document tree.
 */
export function rewrite(text: string, value: unknown): string {
  const document = parseDocument(text, { version: "1.2", schema: "core" });
  copyValues(document, [], value);
  return document.toString({ lineWidth: 0, indentSeq: false, flowCollectionPadding: false });
}

type Path = (string | number)[];

function copyValues(target: Document, path: Path, value: unknown): void {
  const there = path.length === 0 ? target.contents : target.getIn(path, true);
  if (Array.isArray(value) && isCollection(there)) {
    value.forEach((item, i) => {
      copyValues(target, [...path, i], item);
    });
  } else if (isPlainMap(value) && isCollection(there)) {
    for (const [key, item] of Object.entries(value)) copyValues(target, [...path, key], item);
  } else if (isScalar(there) && !isPlainMap(value) && !Array.isArray(value)) {
    if (there.source !== textOf(value)) there.value = bare(value);
  } else target.setIn(path, plain(value));
}

const isPlainMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Raw);
const bare = (value: unknown): unknown => (value instanceof Raw ? value.value : value);
const textOf = (value: unknown): string => (value instanceof Raw ? value.text : String(value));

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isPlainMap(value)) return bare(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
