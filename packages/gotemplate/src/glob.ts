/** Glob patterns of github.com/gobwas/glob with `/` as separator: `*`, `**`, `?`, `[a-z]`, `[!x]`, `{a,b}`. */

/**
 * A pattern as a regular expression over whole paths.
 * @returns undefined if it is malformed
 */
export function globPattern(pattern: string): RegExp | undefined {
  let out = "";
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const ch = pattern[at]!;
    if (ch === "*") {
      const any = pattern[at + 1] === "*";
      out += any ? "[^]*" : "[^/]*";
      if (any) at++;
    } else if (ch === "?") out += "[^/]";
    else if (ch === "{") {
      depth++;
      out += "(?:";
    } else if (ch === "}" && depth > 0) {
      depth--;
      out += ")";
    } else if (ch === "," && depth > 0) out += "|";
    else if (ch === "[") {
      const range = rangeAt(pattern, at);
      if (!range) return undefined;
      out += range.source;
      at = range.end;
    } else if (ch === "\\") {
      at++;
      if (at < pattern.length) out += quote(pattern[at]!);
    } else out += quote(ch);
  }
  return depth === 0 ? new RegExp(`^(?:${out})$`, "u") : undefined;
}

const quote = (ch: string): string => ch.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/** `[abc]`, `[!abc]`, `[a-z]`: a list of characters or one range. */
function rangeAt(pattern: string, start: number): { source: string; end: number } | undefined {
  const close = pattern.indexOf("]", start + 1);
  if (close === -1) return undefined;
  let body = pattern.slice(start + 1, close);
  const not = body.startsWith("!");
  if (not) body = body.slice(1);
  if (body === "") return undefined;
  const range = /^(.)-(.)$/su.exec(body);
  if (range && range[1]! > range[2]!) return undefined;
  const inner = range ? `${quoteInClass(range[1]!)}-${quoteInClass(range[2]!)}` : quoteInClass(body);
  return { source: `[${not ? "^" : ""}${inner}]`, end: close };
}

const quoteInClass = (text: string): string => text.replace(/[\\\]^[-]/g, "\\$&");
