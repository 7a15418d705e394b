/** Functions of texts (cel-go's ext/strings.go and Kubernetes' regex library): indexes count characters, not units of UTF-16. */
import type { Environment } from "@marcbachmann/cel-js";
import type { Add } from "./celenv.ts";
import { formatted, textOf } from "./celformat.ts";
import { compileRegexp, matches } from "./regexp.ts";

const MAX_TEXT = 10 * 1024 * 1024;

class StringsLibrary {}

function bounded(text: string): string {
  if (text.length > MAX_TEXT) throw new Error("result is too long");
  return text;
}

/** `addOwn` adds those that the CEL library has in its own way. */
export function addStrings(env: Environment, add: Add, addOwn: Add): void {
  addOwn("string.matches(string): bool", (text: string, pattern: string) => matches(pattern, text));
  add("matches(string, string): bool", (text: string, pattern: string) => matches(pattern, text));
  add("string.find(string): string", (text: string, pattern: string) => findAll(text, pattern, 1n)[0] ?? "");
  for (const limit of ["", ", int"]) add(`string.findAll(string${limit}): list<string>`, findAll);
  addOwn("string.lowerAscii(): string", (text: string) =>
    text.replace(/[A-Z]+/g, (part) => part.toLowerCase()),
  );
  addOwn("string.upperAscii(): string", (text: string) =>
    text.replace(/[a-z]+/g, (part) => part.toUpperCase()),
  );
  addOwn("string.trim(): string", (text: string) => text.replace(OUTER_SPACE, ""));
  add("string.format(list): string", (text: string, values: unknown[]) => bounded(formatted(text, values)));
  env.registerType("StringsLibrary", StringsLibrary);
  env.registerConstant("strings", "StringsLibrary", new StringsLibrary() as never);
  add("StringsLibrary.quote(string): string", (_, text: string) => quoted(text));
  for (const type of TEXTUAL) addOwn(`string(${type}): string`, textOf);
  addPlaces(add, addOwn);
  addParts(add, addOwn);
}

const TEXTUAL = ["string", "bool", "int", "uint", "double", "bytes"].concat(
  ["Timestamp", "Duration"].map((name) => `google.protobuf.${name}`),
);

/** What Go counts as space (unicode.IsSpace), at the ends of a text. */
const OUTER_SPACE =
  /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g;

const ESCAPES: Record<string, string> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

const quoted = (text: string): string =>
  `"${text.toWellFormed().replace(/[\u0007-\r\\"]/g, (character) => ESCAPES[character] ?? character)}"`;

function findAll(text: string, pattern: string, limit = -1n): string[] {
  const matcher = compileRegexp(pattern).matcher(text);
  const found: string[] = [];
  while ((limit < 0n || found.length < limit) && matcher.find()) found.push(matcher.group() ?? "");
  return found;
}

/** Where something is in a text. */
function addPlaces(add: Add, addOwn: Add): void {
  const outOfRange = (index: bigint) => new Error(`index out of range: ${index}`);
  add("string.charAt(int): string", (text: string, index: bigint) => {
    const characters = [...text];
    if (index < 0n || index > characters.length) throw outOfRange(index);
    return characters[Number(index)] ?? "";
  });
  const find = (last: boolean) => (text: string, part: string, from?: bigint) => {
    const characters = [...text];
    if (part === "") return from ?? (last ? BigInt(characters.length) : 0n);
    if (from !== undefined && from < 0n) throw outOfRange(from);
    if (from !== undefined && from >= characters.length) return -1n;
    const units = from === undefined ? undefined : characters.slice(0, Number(from)).join("").length;
    const at = last ? text.lastIndexOf(part, units) : text.indexOf(part, units);
    return at < 0 ? -1n : BigInt([...text.slice(0, at)].length);
  };
  for (const from of ["", ", int"]) {
    addOwn(`string.indexOf(string${from}): int`, find(false));
    addOwn(`string.lastIndexOf(string${from}): int`, find(true));
  }
  for (const until of ["", ", int"])
    addOwn(`string.substring(int${until}): string`, (text: string, start: bigint, end?: bigint) => {
      const characters = [...text];
      if (end !== undefined && start > end)
        throw new Error(`invalid substring range. start: ${start}, end: ${end}`);
      for (const index of [start, end ?? 0n])
        if (index < 0n || index > characters.length) throw outOfRange(index);
      return characters.slice(Number(start), end === undefined ? undefined : Number(end)).join("");
    });
}

/** Taking texts apart, and putting them together. */
function addParts(add: Add, addOwn: Add): void {
  for (const limit of ["", ", int"]) {
    addOwn(`string.split(string${limit}): list<string>`, split);
    add(
      `string.replace(string, string${limit}): string`,
      (text: string, from: string, to: string, most = -1n) =>
        bounded(most < 0n ? replacedAll(text, from, to) : replaced(text, from, to, Number(most))),
    );
  }
  for (const separator of ["", "string"])
    addOwn(`list<string>.join(${separator}): string`, (list: unknown[], between = "") => {
      const stray = list.find((item) => typeof item !== "string");
      if (stray !== undefined) throw new Error(`join: invalid input: ${textOf(stray)}`);
      return bounded(list.join(between));
    });
}

/** As strings.SplitN: the last part holds the rest. */
function split(text: string, separator: string, limit = -1n): string[] {
  if (limit === 0n) return [];
  const parts = separator === "" ? [...text] : text.split(separator);
  if (limit < 0n || parts.length <= limit) return parts;
  const whole = parts.slice(0, Number(limit) - 1);
  return [...whole, parts.slice(Number(limit) - 1).join(separator)];
}

const replacedAll = (text: string, from: string, to: string): string =>
  from === "" ? replaced(text, from, to, Number.MAX_SAFE_INTEGER) : text.replaceAll(from, () => to);

/** The first `most` occurrences; nothing occurs before each character and at the end. */
function replaced(text: string, from: string, to: string, most: number): string {
  const parts = from === "" ? ["", ...text, ""].slice(0, [...text].length + 2) : text.split(from);
  if (parts.length - 1 <= most) return parts.join(to);
  return [...parts.slice(0, most), parts.slice(most).join(from)].join(to);
}
