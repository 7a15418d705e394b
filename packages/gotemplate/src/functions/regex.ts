/** Regular expressions: RE2 in syntax and meaning, in time linear to the text. */
import { RE2JS } from "re2js";
import { decode, encode, isAscii, strayByte } from "../bytes.ts";
import { GoError } from "../errors.ts";
import { allow, type Frame, type Run } from "../runtime.ts";
import { GoList, STRINGS, type Value } from "../value.ts";
import { type Functions, fn } from "./define.ts";
import { withShortNames } from "./regex-classes.ts";
import { listOfTexts } from "./strings.ts";

/** Compiled expressions; charts use few, and again and again. */
const known = new Map<string, RE2JS>();
const MAX_KNOWN = 1000;

/** A compiled expression. @throws {GoError} in Go's words */
export function compilePattern(pattern: string): RE2JS {
  const found = known.get(pattern);
  if (found) return found;
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(withShortNames(decode(pattern)));
  } catch (thrown) {
    throw new GoError(`error parsing regexp: ${wordsOf(thrown, pattern)}`);
  }
  const stray = strayByte(pattern);
  if (stray !== -1) throw new GoError(`error parsing regexp: invalid UTF-8: \`${pattern.slice(stray)}\``);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(pattern, compiled);
  return compiled;
}

function wordsOf(thrown: unknown, pattern: string): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const bare = encode(message.replace(/^error parsing regexp: /, ""));
  // Go quotes what is left of the expression behind a lone backslash: nothing.
  if (bare.startsWith("trailing backslash")) return "trailing backslash at end of expression: ``";
  return bare.includes("`") ? bare : `${bare}: \`${pattern}\``;
}

/** A match: where it begins and ends in the text, and its groups. */
type Match = { start: number; end: number; group(index: number): string | undefined };

/** Matches of a text one after the other, as Go finds them: from `from` on. */
function matcherOf(regex: RE2JS, text: string): (from: number) => Match | undefined {
  const matcher = regex.matcher(text);
  return (from) => {
    if (!matcher.find(from)) return undefined;
    return {
      start: matcher.start(),
      end: matcher.end(),
      group: (index) => (matcher.start(index) < 0 ? undefined : (matcher.group(index) ?? undefined)),
    };
  };
}

/** Characters, not halves of them. */
const widthAt = (text: string, at: number): number => (text.codePointAt(at)! > 0xffff ? 2 : 1);

/** All matches, up to `limit`; no empty one right behind another. */
function findAll(regex: RE2JS, text: string, limit: number): Match[] {
  const next = matcherOf(regex, text);
  const matches: Match[] = [];
  let before = -1;
  for (let at = 0; at <= text.length && matches.length < limit; ) {
    const match = next(at);
    if (!match) break;
    const empty = match.end === at;
    if (!(empty && match.start === before)) matches.push({ ...match });
    at = empty ? at + (at < text.length ? widthAt(text, at) : 1) : match.end;
    before = match.end;
  }
  return matches;
}

/** Runs on text, and gives byte strings. */
function asText(text: string): string {
  return isAscii(text) ? text : decode(text);
}

function replaceAll(run: Run, regex: RE2JS, source: string, replacement: (match: Match) => string): string {
  const text = asText(source);
  const next = matcherOf(regex, text);
  let out = "";
  let last = 0;
  for (let at = 0; at <= text.length; ) {
    const match = next(at);
    if (!match) break;
    out += text.slice(last, match.start);
    if (match.end > last || match.start === 0) out += replacement(match);
    last = match.end;
    allow(run, out.length);
    const width = at < text.length ? widthAt(text, at) : 0;
    at = Math.max(at + Math.max(width, 1), match.end);
  }
  return encode(out + text.slice(last));
}

type Part = { text: string } | { group: string };

/** Go's Expand: `$1`, `${name}`, `$$`; names are as long as they can be, and unknown ones are empty. */
function parseTemplate(template: string): Part[] {
  const parts: Part[] = [];
  const pattern = /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;
  let last = 0;
  for (const match of template.matchAll(pattern)) {
    parts.push({ text: template.slice(last, match.index) });
    parts.push(match[1] ? { text: "$" } : { group: (match[2] ?? match[3])! });
    last = match.index + match[0].length;
  }
  parts.push({ text: template.slice(last) });
  return parts;
}

function expand(regex: RE2JS, template: string): (match: Match) => string {
  const names: Record<string, number> = regex.namedGroups?.() ?? {};
  const count = regex.groupCount();
  const parts = parseTemplate(decode(template)).map((part) => {
    if ("text" in part) return part.text;
    const numeric = /^(?:0|[1-9][0-9]{0,8})$/.test(part.group);
    const index = numeric ? Number(part.group) : Object.hasOwn(names, part.group) ? names[part.group]! : -1;
    return index <= count ? index : -1;
  });
  return (match) =>
    parts
      .map((part) => (typeof part === "string" ? part : part < 0 ? "" : (match.group(part) ?? "")))
      .join("");
}

function isMatch(pattern: string, text: string): boolean {
  return compilePattern(pattern).matcher(asText(text)).find();
}

function find(pattern: string, text: string): string {
  const source = asText(text);
  const match = matcherOf(compilePattern(pattern), source)(0);
  return match ? encode(source.slice(match.start, match.end)) : "";
}

function findTexts(pattern: string, text: string, limit: number): Value {
  const source = asText(text);
  const matches = findAll(compilePattern(pattern), source, limit < 0 ? Infinity : limit);
  const texts = matches.map(({ start, end }) => encode(source.slice(start, end)));
  return texts.length === 0 ? new GoList([], STRINGS, true) : listOfTexts(texts);
}

/** Go's (*Regexp).Split. */
function split(pattern: string, text: string, limit: number): Value {
  const regex = compilePattern(pattern);
  if (limit === 0) return new GoList([], STRINGS, true);
  if (pattern !== "" && text === "") return listOfTexts([""]);
  const source = asText(text);
  const parts: string[] = [];
  let begin = 0;
  let end = 0;
  for (const match of findAll(regex, source, limit < 0 ? Infinity : limit)) {
    if (limit > 0 && parts.length === limit - 1) break;
    end = match.start;
    if (match.end !== 0) parts.push(source.slice(begin, end));
    begin = match.end;
  }
  if (end !== source.length) parts.push(source.slice(begin));
  return listOfTexts(parts.map(encode));
}

function replace(frame: Frame, pattern: string, text: string, template: string): string {
  const regex = compilePattern(pattern);
  return replaceAll(frame.run, regex, text, expand(regex, template));
}

function replaceLiteral(frame: Frame, pattern: string, text: string, replacement: string): string {
  const literal = asText(replacement);
  return replaceAll(frame.run, compilePattern(pattern), text, () => literal);
}

/** sprig drops the error of a bad pattern here, and here only. */
function matchOrNot(pattern: string, text: string): boolean {
  try {
    return isMatch(pattern, text);
  } catch (thrown) {
    if (thrown instanceof GoError) return false;
    throw thrown;
  }
}

/** Functions that panic with a bad pattern, next to those that give the error. */
const both = (
  name: string,
  signature: string,
  panics: string,
  call: Parameters<typeof fn>[1],
): Functions => ({
  [`mustRegex${name}`]: fn(signature, call),
  [`regex${name}`]: fn(signature, (frame, ...args) => {
    try {
      return call(frame, ...args);
    } catch (thrown) {
      if (!(thrown instanceof GoError)) throw thrown;
      const pattern = String(args[0]);
      const quoted = pattern.includes("`") ? JSON.stringify(pattern) : `\`${pattern}\``;
      throw new GoError(`regexp: ${panics}(${quoted}): ${thrown.message}`);
    }
  }),
});

export const regex: Functions = {
  regexMatch: fn("string string", (_, pattern, text) => matchOrNot(pattern, text)),
  mustRegexMatch: fn("string string", (_, pattern, text) => isMatch(pattern, text)),
  ...both("Find", "string string", "Compile", (_, pattern, text) => find(pattern, text)),
  ...both("FindAll", "string string int", "Compile", (_, pattern, text, limit) =>
    findTexts(pattern, text, limit),
  ),
  ...both("ReplaceAll", "string string string", "Compile", replace),
  ...both("ReplaceAllLiteral", "string string string", "Compile", replaceLiteral),
  ...both("Split", "string string int", "Compile", (_, pattern, text, limit) => split(pattern, text, limit)),
  regexQuoteMeta: fn("string", (_, text: string) => text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&")),
};
