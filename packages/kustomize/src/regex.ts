import { RE2JS } from "re2js";
import { fail } from "./errors.ts";

const cache = new Map<string, RegExp | RE2JS>();
const MAX_CACHE = 2000;

// What both engines read alike and the native one matches without backtracking into trouble: no groups that repeat.
const NATIVE = /^(?:[\w\s/:@,=%!~"'<>#;&-]|\\[.\-/]|\.[*+?]?|\[[\w.\-{}]+\][*+?]?|[\^$|()?:])*$/;

/** Whether a text has a match of a Go regular expression. A pattern that does not compile is an error. */
export function matches(pattern: string, text: string): boolean {
  const compiled = compile(pattern);
  return compiled instanceof RegExp ? compiled.test(text) : compiled.matcher(text).find();
}

function compile(pattern: string): RegExp | RE2JS {
  const known = cache.get(pattern);
  if (known) return known;
  const compiled = isNative(pattern) ? new RegExp(pattern) : compileRe2(pattern);
  if (cache.size >= MAX_CACHE) cache.clear();
  cache.set(pattern, compiled);
  return compiled;
}

function isNative(pattern: string): boolean {
  if (!NATIVE.test(pattern) || /\)[*+?{]|\(\?(?!:)|[*+?][*+?]|(?:[*+].*){3}/.test(pattern)) return false;
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}

function compileRe2(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (thrown) {
    return fail(
      "invalid-config",
      `${thrown instanceof Error ? thrown.message : String(thrown)} (in \`${pattern}\`)`,
    );
  }
}

/** Whether a pattern compiles. */
export function isValidPattern(pattern: string): boolean {
  try {
    compile(pattern);
    return true;
  } catch {
    return false;
  }
}
