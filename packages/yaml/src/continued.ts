import { Problem } from "./problem-cursor.ts";
import { Tokens } from "./problem-tokens.ts";

/**
 * The text with the lines that begin inside brackets or quotes indented below what they belong to, which changes no value: Go
 * lets them stand anywhere. Takes time in proportion to the text, and stops where the result is longer than `most`: an indent
 * may be as long as the text, and so many lines of it its square.
 */
export function indentContinued(text: string, most: number): string {
  let length = text.length;
  const parts = text.split(/(\r\n|[\n\r\x85\u2028\u2029])/); // lines as libyaml counts them, and what ends them
  for (const { first, last } of continuedLines(text)) {
    const least = /^ *(?:[-?:][ \t]+)*/.exec(parts[2 * first]!)![0].length + 2;
    for (let line = first + 1; line <= last; line++) {
      const at = parts[2 * line] ?? "";
      const own = /^ */.exec(at)![0].length;
      if (own >= least || own === at.length || /^(?:---|\.\.\.)(?:\s|$)/.test(at)) continue;
      parts[2 * line] = " ".repeat(least - own) + at;
      length += least - own;
      if (length > most) return parts.join("");
    }
  }
  return parts.join("");
}

/** From which line to which one brackets and quotes go, up to the first thing that Go cannot read. */
function continuedLines(text: string): { first: number; last: number }[] {
  const found: { first: number; last: number }[] = [];
  const tokens = new Tokens(text);
  let first = 0;
  let depth = 0;
  try {
    for (let token = tokens.next(); ; token = tokens.next()) {
      if (token.kind === "end") return depth > 0 ? [...found, { first, last: token.line }] : found;
      if (token.kind === "[" || token.kind === "{") {
        if (depth++ === 0) first = token.line;
      } else if (token.kind === "]" || token.kind === "}") {
        if (depth > 0 && --depth === 0) found.push({ first, last: token.line });
      } else if (depth === 0 && token.end !== undefined) found.push({ first: token.line, last: token.end });
    }
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    return depth > 0 ? [...found, { first, last: thrown.line }] : found;
  }
}
