/** Tokens of a YAML text as libyaml cuts them, for `goProblem`; nothing is kept of scalars but where they begin. */

import { Cursor } from "./problem-cursor.ts";

export type TokenKind =
  | "end"
  | "version"
  | "tag-directive"
  | "document-start"
  | "document-end"
  | "block-sequence"
  | "block-mapping"
  | "block-end"
  | "alias"
  | "anchor"
  | "tag"
  | "scalar"
  | "key"
  | "value"
  | "-"
  | ","
  | "["
  | "]"
  | "{"
  | "}";

/**
 * `text` is the name of an anchor or alias, the handle of a tag, the version, or the quote around a scalar. Lines count from
 * 0, and `end` is the last one of a quoted scalar.
 */
export type Token = { kind: TokenKind; line: number; end?: number; text: string };

/** Something that may turn out to be a key, when a colon follows. */
type Candidate = {
  possible: boolean;
  required: boolean;
  /** Of its token. */
  number: number;
  index: number;
  line: number;
  column: number;
};

const MAX_DEPTH = 10_000;
/** A key and its colon lie within so many characters. */
const MAX_KEY = 1024;
const SYMBOLS = "-?:,[]{}#&*!|>'\"%@`";

export class Tokens extends Cursor {
  private queue: Token[] = [];
  private taken = 0;
  private indent = -1;
  private readonly indents: number[] = [];
  private flow = 0;
  private keyAllowed = true;
  /** One for each level of brackets, the block around them first. */
  private readonly candidates: Candidate[] = [this.candidate(false, false)];
  /** Which level has its candidate at a token. */
  private readonly levels = new Map<number, number>();

  /** The token that comes next. @throws {Problem} */
  peek(): Token {
    while (!this.isSettled()) this.fetch();
    return this.queue[0]!;
  }

  /** Takes the token that comes next. @throws {Problem} */
  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") {
      this.queue.shift();
      this.taken++;
    }
    return token;
  }

  /** Whether nothing can come before the first token any more. */
  private isSettled(): boolean {
    if (this.queue.length === 0) return false;
    const level = this.levels.get(this.taken);
    return level === undefined || !this.isOpen(level);
  }

  private push(kind: TokenKind, line = this.line, text = ""): void {
    this.queue.push({ kind, line, text });
  }

  private fetch(): void {
    this.skipToToken();
    this.unroll(this.column);
    if (this.isEnd()) this.fetchEnd();
    else if (this.column === 0 && this.is("%")) this.fetchDirective();
    else if (this.isMark("---")) this.fetchMark("document-start");
    else if (this.isMark("...")) this.fetchMark("document-end");
    else if (this.is("[{")) this.fetchOpen(this.chars[this.at] as "[" | "{");
    else if (this.is("]}")) this.fetchClose(this.chars[this.at] as "]" | "}");
    else if (this.is(",")) this.fetchComma();
    else if (this.is("-") && this.isSpaceOrEnd(1)) this.fetchEntry("-", "block-sequence");
    else if (this.is("?") && this.isIndicator()) this.fetchEntry("key", "block-mapping");
    else if (this.is(":") && this.isIndicator()) this.fetchValue();
    else if (this.is("*&")) this.fetchNode(() => this.takeAnchor());
    else if (this.is("!")) this.fetchNode(() => this.takeTag());
    else if (this.is("|>") && this.flow === 0) this.fetchBlockScalar();
    else if (this.is("'\"")) this.fetchNode(() => this.takeQuoted(this.is("'")));
    else if (this.isPlainStart()) this.fetchNode(() => this.takePlain());
    else this.fail("found character that cannot start any token");
  }

  private isIndicator = (): boolean => this.flow > 0 || this.isSpaceOrEnd(1);

  private isPlainStart(): boolean {
    if (!this.isSpaceOrEnd() && !this.is(SYMBOLS)) return true;
    if (this.is("-")) return !this.isBlank(1);
    return this.flow === 0 && this.is("?:") && !this.isSpaceOrEnd(1);
  }

  private skipToToken(): void {
    for (;;) {
      if (this.column === 0 && this.is("\ufeff")) this.skip();
      while (this.is(" ") || ((this.flow > 0 || !this.keyAllowed) && this.is("\t"))) this.skip();
      if (this.is("#")) this.skipLine();
      if (!this.isBreak()) return;
      this.skipBreak();
      if (this.flow === 0) this.keyAllowed = true;
    }
  }

  private candidate(possible: boolean, required: boolean): Candidate {
    const { at: index, line, column } = this;
    return { possible, required, number: this.taken + this.queue.length, index, line, column };
  }

  /** Whether what may be a key still may be one. */
  private isOpen(level: number): boolean {
    const candidate = this.candidates[level]!;
    if (!candidate.possible) return false;
    if (candidate.line === this.line && candidate.index + MAX_KEY >= this.at) return true;
    if (candidate.required) this.fail("could not find expected ':'");
    candidate.possible = false;
    return false;
  }

  private giveUp(): void {
    const candidate = this.candidates[this.candidates.length - 1]!;
    if (!candidate.possible) return;
    if (candidate.required) this.fail("could not find expected ':'");
    candidate.possible = false;
    this.levels.delete(candidate.number);
  }

  private saveCandidate(): void {
    if (!this.keyAllowed) return;
    const candidate = this.candidate(true, this.flow === 0 && this.indent === this.column);
    this.giveUp();
    this.candidates[this.candidates.length - 1] = candidate;
    this.levels.set(candidate.number, this.candidates.length - 1);
  }

  /** Puts a token before the one with this number; libyaml lets it go to the end if that one is gone. */
  private insert(number: number, token: Token): void {
    const at = number - this.taken;
    if (at < 0) this.queue.push(token);
    else this.queue.splice(at, 0, token);
  }

  /** Opens a block collection at a column, if it is further in; its token comes before the one with this number. */
  private roll(column: number, kind: TokenKind, line: number, number?: number): void {
    if (this.flow > 0 || this.indent >= column) return;
    this.indents.push(this.indent);
    this.indent = column;
    if (this.indents.length > MAX_DEPTH) this.fail(`exceeded max depth of ${MAX_DEPTH}`);
    const token: Token = { kind, line, text: "" };
    if (number === undefined) this.queue.push(token);
    else this.insert(number, token);
  }

  private unroll(column: number): void {
    if (this.flow > 0) return;
    while (this.indent > column) {
      this.push("block-end");
      this.indent = this.indents.pop()!;
    }
  }

  private fetchEnd(): void {
    if (this.column !== 0) {
      this.column = 0;
      this.line++;
    }
    this.unroll(-1);
    this.giveUp();
    this.keyAllowed = false;
    this.push("end");
  }

  private fetchMark(kind: "document-start" | "document-end"): void {
    this.unroll(-1);
    this.giveUp();
    this.keyAllowed = false;
    this.push(kind);
    this.skip(3);
  }

  private fetchOpen(kind: "[" | "{"): void {
    this.saveCandidate();
    this.candidates.push(this.candidate(false, false));
    if (++this.flow > MAX_DEPTH) this.fail(`exceeded max depth of ${MAX_DEPTH}`);
    this.keyAllowed = true;
    this.push(kind);
    this.skip();
  }

  private fetchClose(kind: "]" | "}"): void {
    this.giveUp();
    if (this.flow > 0) {
      this.flow--;
      // With it goes, in libyaml, what was known of a candidate at the bracket itself.
      this.levels.delete(this.candidates.pop()!.number);
    }
    this.keyAllowed = false;
    this.push(kind);
    this.skip();
  }

  private fetchComma(): void {
    this.giveUp();
    this.keyAllowed = true;
    this.push(",");
    this.skip();
  }

  /** `- ` and `? `. */
  private fetchEntry(kind: "-" | "key", opens: TokenKind): void {
    if (this.flow === 0) {
      const what = kind === "-" ? "block sequence entries" : "mapping keys";
      if (!this.keyAllowed) this.fail(`${what} are not allowed in this context`);
      this.roll(this.column, opens, this.line);
    }
    this.giveUp();
    this.keyAllowed = kind === "-" || this.flow === 0;
    this.push(kind);
    this.skip();
  }

  private fetchValue(): void {
    const level = this.candidates.length - 1;
    const candidate = this.candidates[level]!;
    if (this.isOpen(level)) {
      const { number, line, column } = candidate;
      this.insert(number, { kind: "key", line, text: "" });
      this.roll(column, "block-mapping", line, number);
      candidate.possible = false;
      this.levels.delete(number);
      this.keyAllowed = false;
    } else {
      if (this.flow === 0) {
        if (!this.keyAllowed) this.fail("mapping values are not allowed in this context");
        this.roll(this.column, "block-mapping", this.line);
      }
      this.keyAllowed = this.flow === 0;
    }
    this.push("value");
    this.skip();
  }

  /** Something that may be a key. */
  private fetchNode(take: () => void): void {
    this.saveCandidate();
    this.keyAllowed = false;
    take();
  }

  private takeAnchor(): void {
    const { line } = this;
    const kind = this.is("*") ? "alias" : "anchor";
    this.skip();
    const name = this.takeWord();
    if (name === "" || !(this.isSpaceOrEnd() || this.is("?:,]}%@`")))
      this.fail("did not find expected alphabetic or numeric character");
    this.push(kind, line, name);
  }

  private takeTag(): void {
    const { line } = this;
    let handle = "";
    if (this.is("<", 1)) {
      this.skip(2);
      this.takeUri(false);
      if (!this.is(">")) this.fail("did not find the expected '>'");
      this.skip();
    } else {
      handle = this.takeHandle(false);
      this.takeUri(!/^!.*!$/.test(handle));
      if (!/^!.*!$/.test(handle)) handle = "!";
    }
    if (!this.isSpaceOrEnd()) this.fail("did not find expected whitespace or line break");
    this.push("tag", line, handle);
  }

  private fetchDirective(): void {
    this.unroll(-1);
    this.giveUp();
    this.keyAllowed = false;
    const { line } = this;
    this.skip();
    const name = this.takeWord();
    if (name === "") this.fail("could not find expected directive name");
    if (!this.isSpaceOrEnd()) this.fail("found unexpected non-alphabetical character");
    if (name === "YAML") this.push("version", line, this.takeVersion());
    else if (name === "TAG") this.push("tag-directive", line, this.takeTagDirective());
    else this.fail("found unknown directive name");
    this.expectLineEnd();
  }

  private fetchBlockScalar(): void {
    this.giveUp();
    this.keyAllowed = true;
    const { line } = this;
    this.skip();
    const increment = this.takeIndicators();
    this.expectLineEnd();
    let indent = increment > 0 ? Math.max(this.indent, 0) + increment : 0;
    indent = this.skipBlankLines(indent);
    while (this.column === indent && !this.isEnd()) {
      this.skipLine();
      if (this.isBreak()) this.skipBreak();
      indent = this.skipBlankLines(indent);
    }
    this.push("scalar", line);
  }

  private skipBlankLines(indent: number): number {
    let most = 0;
    for (;;) {
      while ((indent === 0 || this.column < indent) && this.is(" ")) this.skip();
      most = Math.max(most, this.column);
      if ((indent === 0 || this.column < indent) && this.is("\t"))
        this.fail("found a tab character where an indentation space is expected");
      if (!this.isBreak()) return indent === 0 ? Math.max(most, this.indent + 1, 1) : indent;
      this.skipBreak();
    }
  }

  private takeQuoted(single: boolean): void {
    const { line } = this;
    const quote = single ? "'" : '"';
    this.skip();
    for (;;) {
      if (this.isMark("---") || this.isMark("...")) this.fail("found unexpected document indicator");
      if (this.isEnd()) this.fail("found unexpected end of stream");
      while (!this.isSpaceOrEnd()) {
        if (single && this.is(quote) && this.is(quote, 1)) this.skip(2);
        else if (this.is(quote)) break;
        else if (!single && this.is("\\") && this.isBreak(1)) {
          this.skip();
          this.skipBreak();
          break;
        } else if (!single && this.is("\\")) this.takeEscape();
        else this.skip();
      }
      if (this.is(quote)) break;
      while (this.isBlank() || this.isBreak()) {
        if (this.isBlank()) this.skip();
        else this.skipBreak();
      }
    }
    this.skip();
    this.queue.push({ kind: "scalar", line, end: this.line, text: quote });
  }

  private takePlain(): void {
    const { line } = this;
    const indent = this.indent + 1;
    let newLine = false;
    for (;;) {
      if (this.isMark("---") || this.isMark("...") || this.is("#")) break;
      while (!this.isSpaceOrEnd()) {
        if ((this.is(":") && this.isSpaceOrEnd(1)) || (this.flow > 0 && this.is(",?[]{}"))) break;
        newLine = false;
        this.skip();
      }
      if (!this.isBlank() && !this.isBreak()) break;
      while (this.isBlank() || this.isBreak()) {
        if (newLine && this.column < indent && this.is("\t"))
          this.fail("found a tab character that violates indentation");
        if (this.isBlank()) this.skip();
        else {
          this.skipBreak();
          newLine = true;
        }
      }
      if (this.flow === 0 && this.column < indent) break;
    }
    this.push("scalar", line);
    if (newLine) this.keyAllowed = true;
  }
}
