/** Whether a name matches. */
export type Glob = (name: string) => boolean;

type Token =
  | { kind: "any" }
  | { kind: "one" }
  | { kind: "char"; char: string }
  | { kind: "class"; not: boolean; ranges: readonly (readonly [string, string])[] };

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
      tokens.push({ kind: "char", char: next });
    } else if (char === "[") {
      const found = readClass(chars, at + 1);
      if (!found) return undefined;
      tokens.push(found.token);
      at = found.end;
    } else tokens.push({ kind: "char", char });
  }
  return (name) => matches(tokens, [...name]);
}

function readClass(chars: readonly string[], start: number): { token: Token; end: number } | undefined {
  const not = chars[start] === "^";
  const ranges: [string, string][] = [];
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
    ranges.push([low, high]);
  }
  return { token: { kind: "class", not, ranges }, end: at };
}

/** Each star takes as little as it can; only the last one has to be tried again, as no star crosses a slash. */
function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let at = 0;
  let token = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length || token < tokens.length) {
    const next = tokens[token];
    if (next?.kind === "any") {
      star = token++;
      resume = at;
      continue;
    }
    if (next !== undefined && at < name.length && accepts(next, name[at]!)) {
      token++;
      at++;
      continue;
    }
    if (star < 0 || resume >= name.length || name[resume] === "/") return false;
    at = ++resume;
    token = star + 1;
  }
  return true;
}

function accepts(token: Token, char: string): boolean {
  switch (token.kind) {
    case "any":
      return false;
    case "one":
      return char !== "/";
    case "char":
      return token.char === char;
    case "class": {
      const point = char.codePointAt(0)!;
      const inside = token.ranges.some(
        ([low, high]) => low.codePointAt(0)! <= point && point <= high.codePointAt(0)!,
      );
      return inside !== token.not;
    }
  }
}
