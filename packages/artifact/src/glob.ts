type Token =
  | { kind: "star" }
  | { kind: "any" }
  | { kind: "char"; char: string }
  | { kind: "class"; negated: boolean; ranges: [low: number, high: number][] };

/**
 * Compiles a file name pattern with the grammar of Go's filepath.Match (`*`, `?`, `[a-z]`, `[^a-z]`, `\x`), which is
 * what Flux matches ignore rules with. A malformed pattern matches nothing. The test takes time proportional to
 * pattern × name at worst: patterns come from tenants.
 */
export function compileGlob(pattern: string): (name: string) => boolean {
  if (!/[*?[\\]/.test(pattern)) return (name) => name === pattern;
  const tokens = tokenize(Array.from(pattern));
  if (tokens === undefined) return () => false;
  return (name) => matches(tokens, Array.from(name));
}

function tokenize(chars: string[]): Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]!;
    if (char === "*") tokens.push({ kind: "star" });
    else if (char === "?") tokens.push({ kind: "any" });
    else if (char === "[") {
      const end = pushClass(chars, at + 1, tokens);
      if (end === undefined) return undefined;
      at = end;
    } else if (char === "\\") {
      at++;
      if (at >= chars.length) return undefined;
      tokens.push({ kind: "char", char: chars[at]! });
    } else tokens.push({ kind: "char", char });
  }
  return tokens;
}

/** Reads a class that starts after its `[`; returns the position of its `]`, or undefined if it is malformed. */
function pushClass(chars: string[], start: number, tokens: Token[]): number | undefined {
  const negated = chars[start] === "^";
  const ranges: [number, number][] = [];
  let at = negated ? start + 1 : start;
  while (chars[at] !== "]" || ranges.length === 0) {
    const low = classChar(chars, at);
    if (low === undefined) return undefined;
    at = low.next;
    let high = low;
    if (chars[at] === "-") {
      const bound = classChar(chars, at + 1);
      if (bound === undefined) return undefined;
      high = bound;
      at = bound.next;
    }
    ranges.push([low.code, high.code]);
  }
  tokens.push({ kind: "class", negated, ranges });
  return at;
}

function classChar(chars: string[], start: number): { code: number; next: number } | undefined {
  if (chars[start] === "-" || chars[start] === "]") return undefined;
  const at = chars[start] === "\\" ? start + 1 : start;
  const char = chars[at];
  // A class has to be closed, so that its last character is never the last of the pattern.
  if (char === undefined || at + 1 >= chars.length) return undefined;
  return { code: char.codePointAt(0)!, next: at + 1 };
}

/** Goes back to the last star only, which is enough: an earlier star can never help where the last one failed. */
function matches(tokens: Token[], name: string[]): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < name.length) {
    const wanted = tokens[token];
    if (wanted?.kind === "star") {
      star = token++;
      starAt = at;
    } else if (wanted !== undefined && accepts(wanted, name[at]!)) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (tokens[token]?.kind === "star") token++;
  return token === tokens.length;
}

function accepts(token: Token, char: string): boolean {
  switch (token.kind) {
    case "any":
      return true;
    case "char":
      return token.char === char;
    case "class": {
      const code = char.codePointAt(0)!;
      return token.ranges.some(([low, high]) => low <= code && code <= high) !== token.negated;
    }
    case "star":
      return false;
  }
}
