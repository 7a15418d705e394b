/** Regular expressions in Go's syntax, in linear time: patterns come from whoever may create CRDs. */
import { RE2JS } from "re2js";

const MAX_CACHED = 2_000;
const cache = new Map<string, RE2JS>();

/** Compiles a pattern; throws an Error with the reason if it is not one of Go's. */
export function compileRegexp(pattern: string): RE2JS {
  let compiled = cache.get(pattern);
  if (!compiled) {
    compiled = RE2JS.compile(pattern);
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(pattern, compiled);
  }
  return compiled;
}

/** True if `pattern` is found anywhere in `text`. */
export function matches(pattern: string, text: string): boolean {
  return compileRegexp(pattern).matcher(text).find();
}
