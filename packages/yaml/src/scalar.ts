import { looksTyped } from "./resolve.ts";

/**
 * Which of Go's emitters writes: that of yaml/v2, which sigs.k8s.io/yaml uses, or that of yaml/v3. The younger folds no lines, and
 * does not mind tabs in blocks.
 */
export type Emitter = "v2" | "v3";

/** Columns after which a line is folded at the next space. */
const WIDTHS: Record<Emitter, number> = { v2: 80, v3: Number.POSITIVE_INFINITY };
/** Characters of a word that surely fits a line. */
const SHORT = 80;
/** Bytes a key may have without the explicit `? ` form. */
const MAX_SIMPLE_KEY = 128;

/** Words that need no look: they start with a letter and hold nothing that YAML could read as syntax. */
const SAFE = /^[A-Za-z_/][A-Za-z0-9_./-]*$/;
const TYPED_WORD =
  /^(?:[yYnN]|[yY]es|YES|[nN]o|NO|[oO]n|ON|[oO]ff|OFF|[tT]rue|TRUE|[fF]alse|FALSE|[nN]ull|NULL)$/;

type Style = "plain" | "single" | "double" | "literal";

/**
 * A string value with its line break, in the style that Go's emitter chooses. `indent` is that of continuation lines,
 * `column` the number of characters already on the line.
 */
export function writeString(text: string, indent: number, column: number, emitter: Emitter = "v2"): string {
  if (text.length <= SHORT && SAFE.test(text) && !(text.length <= 5 && TYPED_WORD.test(text)))
    return `${text}\n`;
  const width = WIDTHS[emitter];
  switch (styleOf(text, false, emitter)) {
    case "plain":
      return `${fold(text, indent, column, width)}\n`;
    case "single":
      return `'${single(text, indent, column + 1, width)}'\n`;
    case "double":
      return `"${double(text, indent, column + 1, width)}"\n`;
    case "literal":
      return literal(text, indent);
  }
}

/** A key with its colon, and the column behind it. */
export function writeKey(
  key: string,
  indent: number,
  emitter: Emitter = "v2",
): { text: string; column: number; explicit?: true } {
  if (key.length <= 64 && SAFE.test(key) && !(key.length <= 5 && TYPED_WORD.test(key))) {
    return { text: `${key}:`, column: indent + key.length + 1 };
  }
  if (Buffer.byteLength(key) > MAX_SIMPLE_KEY || /[\n\r\x85\u2028\u2029]/.test(key)) {
    // Go falls back to an explicit key; its value starts a line of its own.
    const pad = " ".repeat(indent);
    return {
      text: `? ${writeString(key, indent + 2, indent + 2, emitter)}${pad}:`,
      column: indent + 1,
      explicit: true,
    };
  }
  const style = styleOf(key, true, emitter);
  const text =
    style === "plain"
      ? key
      : style === "single"
        ? `'${key.replaceAll("'", "''")}'`
        : `"${double(key, 0, 0, Number.POSITIVE_INFINITY)}"`;
  return { text: `${text}:`, column: indent + text.length + 1 };
}

/** Which style a string gets: yaml_emitter_analyze_scalar and _select_scalar_style in go.yaml.in/yaml. */
function styleOf(text: string, isKey: boolean, emitter: Emitter): Style {
  const facts = analyze(text, emitter);
  let style: Style = text.includes("\n") ? "literal" : looksTyped(text) ? "double" : "plain";
  if (isKey && facts.multiline) style = "double";
  if (style === "plain" && !facts.plain) style = "single";
  if (style === "single" && !facts.single) style = "double";
  if (style === "literal" && (!facts.block || isKey)) style = "double";
  return style;
}

const INDICATOR_FIRST = new Set("#,[]{}&*!|>'\"%@`");
// Printable for Go's emitters; characters beyond the basic plane are not.
const UNPRINTABLE = /[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;
const BREAK = /[\n\r\x85\u2028\u2029]/;

function analyze(text: string, emitter: Emitter) {
  if (text === "") return { multiline: false, plain: true, single: true, block: false };
  const multiline = BREAK.test(text);
  const special = UNPRINTABLE.test(text);
  const edge = /^[ \n\r\x85\u2028\u2029]|[ \n\r\x85\u2028\u2029]$/.test(text);
  const breakSpace = multiline && /[\n\r\x85\u2028\u2029] /.test(text);
  const spaceBreak = multiline && / [\n\r\x85\u2028\u2029]/.test(text);
  const tabs = text.includes("\t");
  const broken = spaceBreak || special || (tabs && emitter === "v2");
  return {
    multiline,
    plain: !(edge || breakSpace || broken || tabs || multiline || hasIndicators(text)),
    single: !(breakSpace || broken || tabs),
    block: !(text.endsWith(" ") || broken),
  };
}

function hasIndicators(text: string): boolean {
  if (text.startsWith("---") || text.startsWith("...") || INDICATOR_FIRST.has(text[0]!)) return true;
  if (/^[?:-](?:[ \t\n\r\x85\u2028\u2029]|$)/.test(text)) return true;
  return /:(?:[ \t\n\r\x85\u2028\u2029]|$)|[ \t\n\r\x85\u2028\u2029]#/.test(text);
}

/** Breaks lines at single spaces behind the width. Counts characters, as Go counts runes. */
function fold(text: string, indent: number, column: number, width: number): string {
  if (column + text.length <= width || !text.includes(" ")) return text;
  let out = "";
  let at = column;
  let from = 0;
  let spaces = false;
  for (let i = 0; i < text.length; i++) {
    const space = text.charCodeAt(i) === 0x20;
    if (space && !spaces && at > width && text.charCodeAt(i + 1) !== 0x20) {
      out += `${text.slice(from, i)}\n${" ".repeat(indent)}`;
      from = i + 1;
      at = indent;
    } else at++;
    spaces = space;
  }
  return out + text.slice(from);
}

// Both of these copy runs of text, not characters: texts of many megabytes pass here.
function single(text: string, indent: number, column: number, width: number): string {
  const out: string[] = [];
  let from = 0;
  let at = column;
  let spaces = false;
  let breaks = false;
  const put = (written: string, i: number, next: number): void => {
    out.push(text.slice(from, i), written);
    from = next;
  };
  for (let i = 0; i < text.length; i++) {
    const ch = text[i]!;
    if (ch === " ") {
      const inner = i > 0 && i < text.length - 1 && text[i + 1] !== " ";
      if (!spaces && at > width && inner) {
        put(`\n${" ".repeat(indent)}`, i, i + 1);
        at = indent;
      } else at++;
      spaces = true;
    } else if (BREAK.test(ch)) {
      if (!breaks && ch === "\n") put("\n", i, i);
      at = 0;
      breaks = true;
    } else {
      if (breaks) {
        put((at > indent ? "\n" : "") + " ".repeat(indent - (at > indent ? 0 : at)), i, i);
        at = indent;
      }
      if (ch === "'") put("'", i, i);
      at += ch === "'" ? 2 : 1;
      spaces = false;
      breaks = false;
    }
  }
  out.push(text.slice(from));
  return out.join("");
}

const ESCAPES = new Map<number, string>([
  [0x00, "0"],
  [0x07, "a"],
  [0x08, "b"],
  [0x09, "t"],
  [0x0a, "n"],
  [0x0b, "v"],
  [0x0c, "f"],
  [0x0d, "r"],
  [0x1b, "e"],
  [0x22, '"'],
  [0x5c, "\\"],
  [0x85, "N"],
  [0xa0, "_"],
  [0x2028, "L"],
  [0x2029, "P"],
]);
const ESCAPED = /[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]|["\\]/;

function double(text: string, indent: number, column: number, width: number): string {
  // Go takes a text that begins with a byte order mark for nothing but such marks.
  if (text.startsWith("\ufeff")) return Array.from(text, (ch) => escaped(ch.codePointAt(0)!)).join("");
  const out: string[] = [];
  let from = 0;
  let at = column;
  let spaces = false;
  const last = text.length - 1;
  for (let i = 0; i <= last; i++) {
    const code = text.codePointAt(i)!;
    if (code === 0x20) {
      if (!spaces && at > width && i > 0 && i < last) {
        const another = text.charCodeAt(i + 1) === 0x20;
        out.push(text.slice(from, i), `\n${" ".repeat(indent)}${another ? "\\" : ""}`);
        from = i + 1;
        at = indent + (another ? 1 : 0);
      } else at++;
      spaces = true;
      continue;
    }
    spaces = false;
    const next = code > 0xffff ? i + 2 : i + 1;
    if (ESCAPED.test(String.fromCodePoint(code))) {
      const written = escaped(code);
      out.push(text.slice(from, i), written);
      from = next;
      at += written.length;
    } else at++;
    i = next - 1;
  }
  out.push(text.slice(from));
  return out.join("");
}

function escaped(code: number): string {
  const short = ESCAPES.get(code);
  if (short !== undefined) return `\\${short}`;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  if (code <= 0xffff) return `\\u${hex.padStart(4, "0")}`;
  return `\\U${hex.padStart(8, "0")}`;
}

/** A block. Where it ends with another line break than `\n`, that is the end of its last line, as Go has it. */
function literal(text: string, indent: number): string {
  const pad = " ".repeat(indent);
  const hint = /^[ \n\x85\u2028\u2029]/.test(text) ? "2" : "";
  const ended = BREAK.test(text[text.length - 1]!);
  const chomp = !ended ? "-" : text.length === 1 || BREAK.test(text[text.length - 2]!) ? "+" : "";
  const body = text.replace(/(^|[\n\x85\u2028\u2029])(?=[^\n\x85\u2028\u2029])/g, `$1${pad}`);
  return `|${hint}${chomp}\n${body}${ended ? "" : "\n"}`;
}
