import { Raw } from "./build.ts";
import { YamlError } from "./errors.ts";
import { sortedKeys } from "./keys.ts";
import { printNumber } from "./number.ts";
import { writeKey, writeString } from "./scalar.ts";

/** Characters that Go's YAML reader refuses; a text with one of them cannot make the trip through JSON. */
const FORBIDDEN = /[\x7f-\x84\x86-\x9f\ufffe\uffff]/;
const MAX_DEPTH = 1000;

/**
 * A value as one YAML document, exactly as Go's sigs.k8s.io/yaml prints it (and so kustomize, kubectl and Flux): keys in
 * natural order, lists at the indent of their key, lines folded after 80 columns. Throws YamlError for values that Go
 * refuses (infinity, not-a-number, control characters) and for values that contain themselves.
 */
export function stringify(value: unknown): string {
  if (isMap(value) || Array.isArray(value)) {
    const out: string[] = [];
    if (isEmpty(value)) return Array.isArray(value) ? "[]\n" : "{}\n";
    writeBlock(out, value, 0, 0);
    return out.join("");
  }
  return writeScalar(value, 2, 0);
}

const SPACES = Array.from({ length: 64 }, (_, n) => " ".repeat(n));
const spaces = (n: number): string => SPACES[n] ?? " ".repeat(n);

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Raw);
}

function isEmpty(value: object): boolean {
  if (Array.isArray(value)) return value.length === 0;
  for (const key in value) if (Object.hasOwn(value, key)) return false;
  return true;
}

/** Writes a collection whose first line starts after what is already on the line. */
function writeBlock(
  out: string[],
  value: unknown[] | Record<string, unknown>,
  indent: number,
  depth: number,
): void {
  if (depth > MAX_DEPTH) throw new YamlError("too-large", `value is nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) writeList(out, value, indent, depth);
  else writeMap(out, value, indent, depth);
}

function writeMap(out: string[], map: Record<string, unknown>, indent: number, depth: number): void {
  const pad = spaces(indent);
  const keys = sortedKeys(map);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    checkText(key);
    if (i > 0) out.push(pad);
    const written = writeKey(key, indent);
    out.push(written.text);
    const value = map[key];
    if (written.explicit && (Array.isArray(value) || isMap(value)) && !isEmpty(value)) {
      out.push(" ");
      writeBlock(out, value, indent + 2, depth + 1);
    } else writeValue(out, value, indent, written.column, depth);
  }
}

function writeValue(out: string[], value: unknown, indent: number, column: number, depth: number): void {
  if (Array.isArray(value)) {
    if (value.length === 0) out.push(" []\n");
    else {
      out.push("\n", spaces(indent));
      writeBlock(out, value, indent, depth + 1);
    }
  } else if (isMap(value)) {
    if (isEmpty(value)) out.push(" {}\n");
    else {
      out.push("\n", spaces(indent + 2));
      writeBlock(out, value, indent + 2, depth + 1);
    }
  } else {
    out.push(" ", writeScalar(value, indent + 2, column + 1));
  }
}

function writeList(out: string[], list: unknown[], indent: number, depth: number): void {
  const pad = spaces(indent);
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    out.push(i > 0 ? `${pad}-` : "-");
    if ((Array.isArray(item) || isMap(item)) && !isEmpty(item)) {
      out.push(" ");
      writeBlock(out, item, indent + 2, depth + 1);
    } else if (Array.isArray(item)) out.push(" []\n");
    else if (isMap(item)) out.push(" {}\n");
    else out.push(" ", writeScalar(item, indent + 2, indent + 2));
  }
}

function checkText(text: string): void {
  if (FORBIDDEN.test(text)) {
    throw new YamlError(
      "unprintable",
      "text holds a control character that YAML does not allow (U+007F to U+009F)",
    );
  }
}

/** A scalar and its line break. `indent` is that of continuation lines, `column` where the scalar starts. */
function writeScalar(value: unknown, indent: number, column: number): string {
  const bare = value instanceof Raw ? value.value : value;
  switch (typeof bare) {
    case "string":
      checkText(bare);
      return writeString(bare, indent, column);
    case "number":
      if (!Number.isFinite(bare)) throw new YamlError("unprintable", `unsupported value: ${bare}`);
      return `${printNumber(bare)}\n`;
    case "bigint":
    case "boolean":
      return `${bare}\n`;
    default:
      if (bare === null || bare === undefined) return "null\n";
      throw new YamlError("unprintable", `a ${typeof bare} cannot be written as YAML`);
  }
}
