/** Go's words for YAML that cannot be read, which end up in the `.Error` of `fromYaml`. */
import type { YamlError } from "@sluice/yaml";
import { encode } from "../bytes.ts";

/** Errors of Go's scanner name the line they are on, if it is not the first. */
const SCANNER =
  /^(?:found character that cannot|found unexpected end|found unknown|found unexpected non|could not find|mapping values are|block sequence entries)/;
/** Errors of Go's parser name the line before. */
const PARSER = /^did not find expected/;

const RENAMED: readonly [RegExp, string][] = [
  [/^unknown escape/, "found unknown escape character"],
  [/^the stream contains non-printable/, "control characters are not allowed"],
  [/^expected the node content/, "did not find expected node content"],
];

/**
 * What Go would say about a text.
 * @param text the text that was read
 * @param error what our reader says about it
 */
export function goYamlWords(text: string, { reason, at }: YamlError): string {
  // Go does not care how lines within brackets and quotes are indented: all that it can miss there is their end.
  if (at && reason.includes("deficient indentation")) return unclosed(text, at.line);
  const words = reason.replace(/ \(.*\)$/s, "");
  if (!at) return encode(words);
  const lines = text.split("\n");
  const line = lines[at.line - 1] ?? "";
  const named = encode(rename(words, text, line, line.slice(at.column - 1), lines.slice(0, at.line - 1)));
  if (SCANNER.test(named)) return at.line === 1 ? named : `line ${at.line}: ${named}`;
  if (!PARSER.test(named)) return named;
  // At the end of a text Go's parser stands on the line behind it.
  const atEnd = at.line >= lines.length && line.slice(at.column - 1).trim() === "";
  const shown = atEnd && line !== "" ? at.line : at.line - 1;
  return shown === 0 ? named : `line ${shown}: ${named}`;
}

/** What Go says of brackets or quotes that are never closed. `line` is where our reader saw it. */
function unclosed(text: string, line: number): string {
  const lines = text.split("\n");
  if (/(?:^|[\s,:[{])["']/.test(text.replace(QUOTED, "")))
    return lines.length === 1 ? ENDLESS : `line ${lines.length}: ${ENDLESS}`;
  const atEnd =
    lines
      .slice(line - 1)
      .join("")
      .trim() === "";
  const before = lines.slice(0, line - 1).join("\n");
  const missing = atEnd && /[[{,:]$/.test(before.trimEnd());
  const words = missing ? "node content" : `',' or '${openBracket(before)}'`;
  return `line ${line - 1}: did not find expected ${words}`;
}

const ENDLESS = "found unexpected end of stream";

const QUOTED = /"(?:[^"\\]|\\.)*"|'[^']*'/gs;

function rename(words: string, text: string, line: string, rest: string, before: string[]): string {
  for (const [pattern, name] of RENAMED) if (pattern.test(words)) return name;
  const percent = /^%(.*)$/m.exec(text)?.[1];
  if (words.startsWith("directives end mark") && percent !== undefined) return directive(percent);
  const expected = /^did not find|^mapping values|^end of the stream/.test(words);
  if (expected && (/^[@`%]/.test(rest) || /^ *\t/.test(line)))
    return "found character that cannot start any token";
  if (expected && /^-(?:\s|$)/.test(rest) && /:\s+-/.test(line))
    return "block sequence entries are not allowed in this context";
  if (words.startsWith("did not find expected ',' or"))
    return `did not find expected ',' or '${openBracket([...before, line.slice(0, line.length - rest.length)].join("\n"))}'`;
  if (!words.startsWith("end of the stream")) return words;
  return /^\s*-/.test(text) ? "did not find expected '-' indicator" : "did not find expected key";
}

/** What is wrong with a line that begins with a percent sign. */
function directive(text: string): string {
  const name = /^[A-Za-z0-9_-]*/.exec(text)![0];
  if (name === "") return "could not find expected directive name";
  if (/^\S/.test(text.slice(name.length))) return "found unexpected non-alphabetical character";
  if (name === "YAML" || name === "TAG") return "did not find expected <document start>";
  return "found unknown directive name";
}

/** The bracket that would close the innermost one that is open. */
function openBracket(text: string): string {
  const open: string[] = [];
  for (const ch of text.replace(QUOTED, "")) {
    if (ch === "[") open.push("]");
    else if (ch === "{") open.push("}");
    else if (ch === "]" || ch === "}") open.pop();
  }
  return open.pop() ?? "]";
}
