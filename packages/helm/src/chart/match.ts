import { ChartError } from "../errors.ts";

/** Steps that may still be taken. */
export type Meter = { left: number };

/** Whether a name matches. @throws {ChartError} `limit` when the meter runs out */
export type Glob = (name: string, meter?: Meter) => boolean;

type Token =
  | { kind: "any" }
  | { kind: "one" }
  | { kind: "char"; point: number }
  | { kind: "class"; not: boolean; ranges: readonly (readonly [number, number])[] };

/**
 * A pattern of Go's path/filepath.Match: `*` and `?` stop at slashes; `[a-z]`, `[^a]`; `\` takes the next character as it is.
 * Takes time in proportion to the pattern times the name, whatever they are.
 * @returns undefined if it is malformed
 */
export function compileGlob(pattern: string): Glob | undefined {
  const tokens: Token[] = [];
  const chars = [...pattern];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]!;
    if (char === "*") {
      if (tokens.at(-1)?.kind !== "any") tokens.push({ kind: "any" });
    } else if (char === "?") tokens.push({ kind: "one" });
    else if (char === "\\") {
      const next = chars[++at];
      if (next === undefined) return undefined;
      tokens.push({ kind: "char", point: next.codePointAt(0)! });
    } else if (char === "[") {
      const found = readClass(chars, at + 1);
      if (!found) return undefined;
      tokens.push(found.token);
      at = found.end;
    } else tokens.push({ kind: "char", point: char.codePointAt(0)! });
  }
  return (name, meter = { left: Number.POSITIVE_INFINITY }) => matches(tokens, name, meter);
}

function readClass(chars: readonly string[], start: number): { token: Token; end: number } | undefined {
  const not = chars[start] === "^";
  const ranges: [number, number][] = [];
  let at = not ? start + 1 : start;
  const readOne = (): string | undefined => {
    const char = chars[at];
    if (char === undefined || char === "-" || char === "]") return undefined;
    if (char === "\\") at++;
    return chars[at++];
  };
  while (chars[at] !== "]" || ranges.length === 0) {
    const low = readOne();
    if (low === undefined) return undefined;
    let high: string | undefined = low;
    if (chars[at] === "-") {
      at++;
      high = readOne();
    }
    // A pattern that ends inside its brackets is malformed.
    if (high === undefined || at >= chars.length) return undefined;
    ranges.push([low.codePointAt(0)!, high.codePointAt(0)!]);
  }
  return { token: { kind: "class", not, ranges }, end: at };
}

const SLASH = 0x2f;

/** Each star takes as little as it can; only the last one has to be tried again, as no star crosses a slash. */
function matches(tokens: readonly Token[], name: string, meter: Meter): boolean {
  let at = 0;
  let token = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length || token < tokens.length) {
    if (--meter.left < 0)
      throw new ChartError("limit", "matching the patterns takes too long; use fewer stars");
    const next = tokens[token];
    if (next?.kind === "any") {
      star = token++;
      resume = at;
      continue;
    }
    const point = name.codePointAt(at);
    if (next !== undefined && point !== undefined && accepts(next, point)) {
      token++;
      at += point > 0xffff ? 2 : 1;
      continue;
    }
    if (star < 0 || resume >= name.length || name.charCodeAt(resume) === SLASH) return false;
    resume += name.codePointAt(resume)! > 0xffff ? 2 : 1;
    at = resume;
    token = star + 1;
  }
  return true;
}

function accepts(token: Token, point: number): boolean {
  switch (token.kind) {
    case "any":
      return false;
    case "one":
      return point !== SLASH;
    case "char":
      return token.point === point;
    case "class":
      return token.ranges.some(([low, high]) => low <= point && point <= high) !== token.not;
  }
}
