import { isDigit, isLetter, isPrint, runeAt, runeSize } from "./bytes.ts";
import { goQuote } from "./quote.ts";

/** Kinds of tokens. Those from `block` on are keywords. */
export type TokenKind =
  | "error"
  | "bool"
  | "char"
  | "charConstant"
  | "comment"
  | "complex"
  | "assign"
  | "declare"
  | "eof"
  | "field"
  | "identifier"
  | "leftDelim"
  | "leftParen"
  | "number"
  | "pipe"
  | "rawString"
  | "rightDelim"
  | "rightParen"
  | "space"
  | "string"
  | "text"
  | "variable"
  | Keyword;

export type Keyword =
  | "block"
  | "break"
  | "continue"
  | "dot"
  | "define"
  | "else"
  | "end"
  | "if"
  | "nil"
  | "range"
  | "template"
  | "with";

/** A token: its text, the offset of its first byte, and the line it begins on, from 1. */
export type Token = { kind: TokenKind; pos: number; text: string; line: number };

const KEYWORDS = new Map<string, Keyword>([
  ["block", "block"],
  ["break", "break"],
  ["continue", "continue"],
  ["define", "define"],
  ["else", "else"],
  ["end", "end"],
  ["if", "if"],
  ["nil", "nil"],
  ["range", "range"],
  ["template", "template"],
  ["with", "with"],
]);

export function isKeyword(kind: TokenKind): kind is Keyword {
  return kind === "dot" || KEYWORDS.has(kind);
}

const EOF = -1;
const SPACES = " \t\r\n";
const ALL_SPACES = /[ \t\r\n]*/y;
const ALL_ASCII_WORD = /\w*/y;

/** Tokens of a template, one at a time. After an error the lexer gives the end of the text for ever. */
export class Lexer {
  private input: string;
  private pos = 0;
  private start = 0;
  private line = 1;
  private startLine = 1;
  private parens = 0;
  private inAction = false;

  /** @param input the template, as a byte string */
  constructor(input: string) {
    this.input = input;
  }

  next(): Token {
    if (this.inAction) return this.action();
    return this.text();
  }

  private token(kind: TokenKind): Token {
    const text = this.input.slice(this.start, this.pos);
    const token = { kind, pos: this.start, text, line: this.startLine };
    this.line += newlines(text);
    this.start = this.pos;
    this.startLine = this.line;
    return token;
  }

  private skip(): void {
    this.line += newlines(this.input.slice(this.start, this.pos));
    this.start = this.pos;
    this.startLine = this.line;
  }

  private fail(message: string): Token {
    const token: Token = { kind: "error", pos: this.start, text: message, line: this.startLine };
    this.input = "";
    this.pos = 0;
    this.start = 0;
    this.inAction = false;
    return token;
  }

  private peek(): number {
    return this.pos >= this.input.length ? EOF : runeAt(this.input, this.pos);
  }

  private advance(): number {
    const rune = this.peek();
    if (rune !== EOF) this.pos += runeSize(this.input, this.pos);
    return rune;
  }

  private accept(valid: string): boolean {
    if (this.pos >= this.input.length || !valid.includes(this.input[this.pos]!)) return false;
    this.pos++;
    return true;
  }

  private acceptRun(valid: string): void {
    while (this.accept(valid));
  }

  private text(): Token {
    for (;;) {
      const at = this.input.indexOf("{{", this.pos);
      if (at === -1) {
        this.pos = this.input.length;
        if (this.pos > this.start) return this.token("text");
        return this.token("eof");
      }
      if (at > this.pos) {
        this.pos = at;
        if (hasLeftTrim(this.input, at + 2)) {
          let end = at;
          while (end > this.start && SPACES.includes(this.input[end - 1]!)) end--;
          this.pos = end;
        }
        const token = this.token("text");
        this.pos = at;
        this.skip();
        if (token.text !== "") return token;
      }
      const delimiter = this.leftDelim();
      if (delimiter) return delimiter;
    }
  }

  /** The left delimiter, or undefined after a comment. */
  private leftDelim(): Token | undefined {
    this.pos += 2;
    const trim = hasLeftTrim(this.input, this.pos) ? 2 : 0;
    if (this.input.startsWith("/*", this.pos + trim)) {
      this.pos += trim;
      this.skip();
      return this.comment();
    }
    const token = this.token("leftDelim");
    this.inAction = true;
    this.pos += trim;
    this.skip();
    this.parens = 0;
    return token;
  }

  private comment(): Token | undefined {
    const end = this.input.indexOf("*/", this.pos + 2);
    if (end === -1) return this.fail("unclosed comment");
    this.pos = end + 2;
    const delimiter = this.atRightDelim();
    if (delimiter === "none") return this.fail("comment ends before closing delimiter");
    this.pos += delimiter === "trim" ? 4 : 2;
    if (delimiter === "trim") this.skipSpaces();
    this.skip();
    return undefined;
  }

  private skipSpaces(): void {
    this.pos = endOf(ALL_SPACES, this.input, this.pos);
  }

  private skipAlphanumerics(): void {
    this.pos = endOf(ALL_ASCII_WORD, this.input, this.pos);
    while (isAlphanumeric(this.peek())) this.advance();
  }

  private atRightDelim(): "none" | "plain" | "trim" {
    if (hasRightTrim(this.input, this.pos) && this.input.startsWith("}}", this.pos + 2)) return "trim";
    return this.input.startsWith("}}", this.pos) ? "plain" : "none";
  }

  private rightDelim(): Token {
    const trim = this.atRightDelim() === "trim";
    if (trim) {
      this.pos += 2;
      this.skip();
    }
    this.pos += 2;
    const token = this.token("rightDelim");
    if (trim) {
      this.skipSpaces();
      this.skip();
    }
    this.inAction = false;
    return token;
  }

  private action(): Token {
    if (this.atRightDelim() !== "none") {
      return this.parens === 0 ? this.rightDelim() : this.fail("unclosed left paren");
    }
    const rune = this.peek();
    if (rune === EOF) return this.fail("unclosed action");
    if (isBlank(rune)) return this.space();
    const first = String.fromCharCode(rune);
    if (rune < 0x80) this.pos++;
    switch (first) {
      case "=":
        return this.token("assign");
      case ":":
        if (this.advance() !== 0x3d) return this.fail("expected :=");
        return this.token("declare");
      case "|":
        return this.token("pipe");
      case '"':
        return this.quoted('"', "string", "unterminated quoted string");
      case "'":
        return this.quoted("'", "charConstant", "unterminated character constant");
      case "`":
        return this.rawQuoted();
      case "$":
        return this.atTerminator() ? this.token("variable") : this.fieldOrVariable("variable");
      case "(":
        this.parens++;
        return this.token("leftParen");
      case ")":
        this.parens--;
        if (this.parens < 0) return this.fail("unexpected right paren");
        return this.token("rightParen");
    }
    return this.word(rune, first);
  }

  private word(rune: number, first: string): Token {
    const next = this.input.charCodeAt(this.pos);
    if (first === "." && this.pos < this.input.length && !isDecimal(next))
      return this.fieldOrVariable("field");
    if (first === "." || first === "+" || first === "-" || isDecimal(rune)) {
      this.pos--;
      return this.number();
    }
    if (isAlphanumeric(rune)) {
      this.pos = this.start;
      return this.identifier();
    }
    if (rune < 0x80 && isPrint(rune)) return this.token("char");
    return this.fail(`unrecognized character in action: ${describeRune(rune)}`);
  }

  private space(): Token {
    let count = 0;
    while (isBlank(this.peek())) {
      this.pos++;
      count++;
    }
    // The last space may belong to " -}}".
    if (hasRightTrim(this.input, this.pos - 1) && this.input.startsWith("}}", this.pos + 1)) {
      this.pos--;
      if (count === 1) return this.rightDelim();
    }
    return this.token("space");
  }

  private identifier(): Token {
    this.skipAlphanumerics();
    const word = this.input.slice(this.start, this.pos);
    if (!this.atTerminator()) return this.badCharacter();
    const keyword = KEYWORDS.get(word);
    if (keyword) return this.token(keyword);
    return this.token(word === "true" || word === "false" ? "bool" : "identifier");
  }

  private fieldOrVariable(kind: "field" | "variable"): Token {
    if (this.atTerminator()) return this.token(kind === "variable" ? "variable" : "dot");
    this.skipAlphanumerics();
    return this.atTerminator() ? this.token(kind) : this.badCharacter();
  }

  private badCharacter(): Token {
    return this.fail(`bad character ${describeRune(this.peek())}`);
  }

  private atTerminator(): boolean {
    const rune = this.peek();
    if (rune === EOF || isBlank(rune) || ".,|:)(".includes(String.fromCharCode(rune))) return true;
    return this.input.startsWith("}}", this.pos);
  }

  private quoted(quote: string, kind: TokenKind, unterminated: string): Token {
    for (;;) {
      const ch = this.input[this.pos++];
      if (ch === quote) return this.token(kind);
      if (ch === undefined || ch === "\n") return this.fail(unterminated);
      if (ch === "\\") {
        const escaped = this.input[this.pos++];
        if (escaped === undefined || escaped === "\n") return this.fail(unterminated);
      }
    }
  }

  private rawQuoted(): Token {
    const end = this.input.indexOf("`", this.pos);
    if (end === -1) return this.fail("unterminated raw quoted string");
    this.pos = end + 1;
    return this.token("rawString");
  }

  private number(): Token {
    if (!this.scanNumber()) return this.badNumber();
    const sign = this.input[this.pos];
    if (sign !== "+" && sign !== "-") return this.token("number");
    if (!this.scanNumber() || this.input[this.pos - 1] !== "i") return this.badNumber();
    return this.token("complex");
  }

  private badNumber(): Token {
    return this.fail(`bad number syntax: ${goQuote(this.input.slice(this.start, this.pos))}`);
  }

  private scanNumber(): boolean {
    this.accept("+-");
    let digits = "0123456789_";
    if (this.accept("0")) {
      if (this.accept("xX")) digits = "0123456789abcdefABCDEF_";
      else if (this.accept("oO")) digits = "01234567_";
      else if (this.accept("bB")) digits = "01_";
    }
    this.acceptRun(digits);
    if (this.accept(".")) this.acceptRun(digits);
    const exponent = digits.length === 11 ? "eE" : digits.length === 23 ? "pP" : "";
    if (exponent !== "" && this.accept(exponent)) {
      this.accept("+-");
      this.acceptRun("0123456789_");
    }
    this.accept("i");
    if (!isAlphanumeric(this.peek())) return true;
    this.advance();
    return false;
  }
}

/** Where `run`, a sticky pattern that fits anywhere, ends when it begins at `at`. */
function endOf(run: RegExp, input: string, at: number): number {
  run.lastIndex = at;
  run.test(input);
  return run.lastIndex;
}

function newlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

function isBlank(rune: number): boolean {
  return rune === 0x20 || rune === 0x09 || rune === 0x0d || rune === 0x0a;
}

function isDecimal(rune: number): boolean {
  return rune >= 0x30 && rune <= 0x39;
}

function isAlphanumeric(rune: number): boolean {
  if (rune < 0x80) {
    return (
      isDecimal(rune) || (rune >= 0x61 && rune <= 0x7a) || (rune >= 0x41 && rune <= 0x5a) || rune === 0x5f
    );
  }
  return isLetter(rune) || isDigit(rune);
}

function hasLeftTrim(input: string, at: number): boolean {
  return input[at] === "-" && isBlank(input.charCodeAt(at + 1));
}

function hasRightTrim(input: string, at: number): boolean {
  return isBlank(input.charCodeAt(at)) && input[at + 1] === "-";
}

/** A code point as fmt's %#U prints it. */
function describeRune(rune: number): string {
  if (rune === EOF) return "U+FFFFFFFFFFFFFFFF";
  const code = `U+${rune.toString(16).toUpperCase().padStart(4, "0")}`;
  return isPrint(rune) ? `${code} '${String.fromCodePoint(rune)}'` : code;
}
