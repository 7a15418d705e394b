/**
 * Shell-style substitution as Flux's postBuild does it: `${var}` with the functions of drone/envsubst.
 * Behaviour after fluxcd/pkg/envsubst; lengths and offsets count UTF-8 bytes as there.
 */
export type Lookup = (name: string) => string | undefined;

export type SubstituteOptions = {
  /** An undeclared variable without a default is an error; otherwise it is the empty string. */
  strict: boolean;
};

/** Thrown by `substitute`; `offset` is where in the text the expression began. */
export type SubstitutionError = Error & { offset: number; variable?: string };

type Cursor = { text: string; at: number };

/** Replaces every `${…}` in `text`; `$$` gives a literal `$`. Throws a SubstitutionError. */
export function substitute(text: string, lookup: Lookup, options: SubstituteOptions): string {
  const cursor = { text, at: 0 };
  let out = "";
  for (;;) {
    const dollar = text.indexOf("$", cursor.at);
    if (dollar < 0) return out + text.slice(cursor.at);
    out += text.slice(cursor.at, dollar);
    const next = text[dollar + 1];
    if (next === "{") {
      cursor.at = dollar + 2;
      out += expression(cursor, dollar, lookup, options);
    } else {
      out += "$";
      cursor.at = dollar + (next === "$" ? 2 : 1);
    }
  }
}

/** Reads one expression; the cursor stands behind its `${` and is left behind its `}`. */
function expression(cursor: Cursor, began: number, lookup: Lookup, options: SubstituteOptions): string {
  const fail = (message: string, variable?: string) =>
    Object.assign(new Error(message), { offset: began, variable }) as SubstitutionError;
  const nested = () => {
    const start = cursor.at;
    cursor.at += 2;
    return expression(cursor, start, lookup, options);
  };
  const close = (value: string) => {
    if (take(cursor, /\}/y) === undefined) throw fail(`bad substitution '${excerpt(cursor.text, began)}'`);
    return value;
  };
  const argument = (pattern: RegExp, decode: (raw: string) => string = (raw) => raw) => {
    if (cursor.text.startsWith("${", cursor.at)) return nested();
    const raw = take(cursor, pattern);
    if (raw === undefined)
      throw fail(`unable to parse substitution within function '${excerpt(cursor.text, began)}'`);
    return decode(raw);
  };

  const measured = take(cursor, /#/y) !== undefined;
  const name = take(cursor, /[\p{L}\p{Nd}_]+/uy);
  if (name === undefined) throw fail(`unable to parse variable name in '${excerpt(cursor.text, began)}'`);
  const value = () => {
    const found = lookup(name);
    if (found === undefined && options.strict) throw fail(`variable not set (strict mode): "${name}"`, name);
    return found ?? "";
  };
  if (measured) return close(String(Buffer.byteLength(value())));

  const operator = take(cursor, /:[=\-?+]|:|=|[,^]{1,2}|\/[/#%]?|#{1,2}|%{1,2}/y);
  switch (operator) {
    case undefined: {
      if (take(cursor, /\}/y) === undefined)
        throw fail(`missing closing brace in '${excerpt(cursor.text, began)}'`);
      return value();
    }
    case ":=":
    case ":-":
    case ":?":
    case ":+":
    case "=": {
      let fallback = "";
      while (cursor.text[cursor.at] !== "}") fallback += argument(/(?:(?!\$\{)[^}])+/y);
      return close(lookup(name) || fallback);
    }
    case ":": {
      const offset = argument(/(?:(?!\$\{)[^:}])+/y);
      if (take(cursor, /:+/y) === undefined) return close(slice(value(), offset));
      return close(slice(value(), offset, argument(/(?:(?!\$\{)[^}])+/y)));
    }
    case "#":
    case "##":
    case "%":
    case "%%": {
      const glob = argument(/(?:(?!\$\{)[^}])+/y);
      return close(trim(value(), glob, operator));
    }
    case "/":
    case "//":
    case "/#":
    case "/%": {
      const pattern = argument(/(?:\$\$|\\[/\\]|(?!\$\{)[^/])+/y, unescaped);
      if (take(cursor, /\/+/y) === undefined) throw fail(`bad substitution '${excerpt(cursor.text, began)}'`);
      const replacement =
        cursor.text[cursor.at] === "}" ? "" : argument(/(?:\$\$|\\[/\\]|(?!\$\{)[^}])+/y, unescaped);
      return close(replace(value(), pattern, replacement, operator));
    }
    default:
      return close(recased(value(), operator));
  }
}

function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0];
  if (found) cursor.at += found.length;
  return found || undefined;
}

const unescaped = (raw: string) => raw.replace(/\\([/\\])|\$\$/g, (match, escaped) => escaped ?? match[0]);

function excerpt(text: string, began: number): string {
  const line = text.slice(began).split("\n", 1)[0]!;
  return line.length <= 60 ? line : `${line.slice(0, 60)}…`;
}

function slice(value: string, offset: string, length?: string): string {
  const bytes = Buffer.from(value);
  if (!/^[+-]?\d+$/.test(offset) || (length !== undefined && !/^[+-]?\d+$/.test(length))) return value;
  const position = Number(offset);
  const from = position < 0 ? Math.max(0, bytes.length + position) : position;
  const to = length === undefined ? bytes.length : Math.min(bytes.length, from + Number(length));
  return from >= to ? "" : bytes.toString("utf8", from, to);
}

function recased(value: string, operator: string): string {
  const first = String.fromCodePoint(...(value === "" ? [] : [value.codePointAt(0)!]));
  switch (operator) {
    case ",":
      return first.toLowerCase() + value.slice(first.length);
    case ",,":
      return value.toLowerCase();
    case "^":
      return first.toUpperCase() + value.slice(first.length);
    case "^^":
      return value.toUpperCase();
    default:
      return value;
  }
}

function replace(value: string, pattern: string, replacement: string, operator: string): string {
  const literally = () => replacement; // a replacer function: `$` means nothing in it
  switch (operator) {
    case "//":
      return value.replaceAll(pattern, literally);
    case "/#":
      return value.startsWith(pattern) ? replacement + value.slice(pattern.length) : value;
    case "/%":
      return value.endsWith(pattern) ? value.slice(0, value.length - pattern.length) + replacement : value;
    default:
      return value.replace(pattern, literally);
  }
}

/** Removes the shortest (`#`, `%`) or longest (`##`, `%%`) prefix (`#`) or suffix (`%`) that matches `glob`. */
function trim(value: string, glob: string, operator: string): string {
  const pattern = regexOf(glob);
  if (pattern === undefined) return value;
  const lengths = Array.from({ length: value.length }, (_, index) => index + 1);
  if (operator.length === 2) lengths.reverse();
  const rest =
    operator[0] === "#" ? (n: number) => value.slice(n) : (n: number) => value.slice(0, value.length - n);
  const part =
    operator[0] === "#" ? (n: number) => value.slice(0, n) : (n: number) => value.slice(value.length - n);
  const found = lengths.find((n) => pattern.test(part(n)));
  return found === undefined ? value : rest(found);
}

/** The shell glob as a regular expression of the whole string; undefined when it is malformed. */
function regexOf(glob: string): RegExp | undefined {
  const source = glob.replace(/\\(.)|\[\^?[^\]]+\]|[\s\S]/gu, (token, escaped) => {
    if (escaped !== undefined) return RegExp.escape(escaped);
    if (token === "*") return "[\\s\\S]*";
    if (token === "?") return "[\\s\\S]";
    return token.length > 1 && token[0] === "[" ? token : RegExp.escape(token);
  });
  try {
    return new RegExp(`^${source}$`, "u");
  } catch {
    return undefined;
  }
}
