/** A place in a YAML text, and what libyaml reads there that is no token yet; for `goProblem`. */

/** What is wrong, in the words of libyaml, and the line that it names; 0 for none. */
export class Problem extends Error {
  readonly line: number;
  constructor(words: string, line: number) {
    super(words);
    this.line = line;
  }
}

const LINE_ENDS = "\n\r\x85\u2028\u2029";
const URI = /^[\w\-;/?:@&=+$,.!~*'()[\]%]$/;
const ESCAPES = "0abt\tnvfre \"/\\N_LP'";
const HEX_LENGTHS: Record<string, number> = { x: 2, u: 4, U: 8 };
const WORD = /^[0-9A-Za-z_-]$/;

export class Cursor {
  /** Without characters beyond 16 bits the text itself will do, and takes an eighth of the memory. */
  protected readonly chars: string | readonly string[];
  protected at = 0;
  protected line = 0;
  protected column = 0;

  constructor(text: string) {
    this.chars = /[\ud800-\udfff]/.test(text) ? Array.from(text) : text;
  }

  protected fail(words: string): never {
    throw new Problem(words, this.line === 0 ? 0 : this.line + 1);
  }

  private cut(from: number, to: number): string {
    const part = this.chars.slice(from, to);
    return typeof part === "string" ? part : part.join("");
  }

  protected is(text: string, offset = 0): boolean {
    const ch = this.chars[this.at + offset];
    return ch !== undefined && text.includes(ch);
  }
  protected isEnd = (offset = 0): boolean => this.at + offset >= this.chars.length || this.is("\0", offset);
  protected isBlank = (offset = 0): boolean => this.is(" \t", offset);
  protected isBreak = (offset = 0): boolean => this.is(LINE_ENDS, offset);
  protected isSpaceOrEnd = (offset = 0): boolean =>
    this.isBlank(offset) || this.isBreak(offset) || this.isEnd(offset);

  protected skip(count = 1): void {
    this.at += count;
    this.column += count;
  }

  protected skipBreak(): void {
    this.at += this.is("\r") && this.is("\n", 1) ? 2 : 1;
    this.line++;
    this.column = 0;
  }

  protected skipBlanks(): void {
    while (this.isBlank()) this.skip();
  }

  protected skipLine(): void {
    while (!this.isBreak() && !this.isEnd()) this.skip();
  }

  protected takeWord(): string {
    const from = this.at;
    while (WORD.test(this.chars[this.at] ?? "")) this.skip();
    return this.cut(from, this.at);
  }

  protected isMark(mark: "---" | "..."): boolean {
    return this.column === 0 && [0, 1, 2].every((i) => this.is(mark[0]!, i)) && this.isSpaceOrEnd(3);
  }

  protected takeHandle(inDirective: boolean): string {
    if (!this.is("!")) this.fail("did not find expected '!'");
    this.skip();
    const name = this.takeWord();
    if (this.is("!")) {
      this.skip();
      return `!${name}!`;
    }
    if (inDirective && name !== "") this.fail("did not find expected '!'");
    return `!${name}`;
  }

  protected takeUri(mayBeEmpty: boolean): void {
    const from = this.at;
    while (URI.test(this.chars[this.at] ?? "")) {
      const octet = this.is("%") ? this.cut(this.at + 1, this.at + 3) : "00";
      if (!/^[0-9a-fA-F]{2}$/.test(octet)) this.fail("did not find URI escaped octet");
      this.skip(this.is("%") ? 3 : 1);
    }
    if (this.at === from && !mayBeEmpty) this.fail("did not find expected tag URI");
  }

  protected takeVersion(): string {
    this.skipBlanks();
    const major = this.takeNumber();
    if (!this.is(".")) this.fail("did not find expected digit or '.' character");
    this.skip();
    return `${major}.${this.takeNumber()}`;
  }

  protected takeNumber(): number {
    let digits = "";
    while (this.is("0123456789")) {
      if (digits.length === 2) this.fail("found extremely long version number");
      digits += this.chars[this.at];
      this.skip();
    }
    if (digits === "") this.fail("did not find expected version number");
    return Number(digits);
  }

  protected takeTagDirective(): string {
    this.skipBlanks();
    const handle = this.takeHandle(true);
    if (!this.isBlank()) this.fail("did not find expected whitespace");
    this.skipBlanks();
    this.takeUri(false);
    if (!this.isSpaceOrEnd()) this.fail("did not find expected whitespace or line break");
    return handle;
  }

  protected expectLineEnd(): void {
    this.skipBlanks();
    if (this.is("#")) this.skipLine();
    if (!this.isBreak() && !this.isEnd()) this.fail("did not find expected comment or line break");
    if (this.isBreak()) this.skipBreak();
  }

  /** `+`, `-` and a digit, in either order; the digit. */
  protected takeIndicators(): number {
    let increment = 0;
    const sign = (): boolean => this.is("+-");
    const hadSign = sign();
    if (hadSign) this.skip();
    if (this.is("0")) this.fail("found an indentation indicator equal to 0");
    if (this.is("123456789")) {
      increment = Number(this.chars[this.at]);
      this.skip();
    }
    if (!hadSign && increment > 0 && sign()) this.skip();
    return increment;
  }

  protected takeEscape(): void {
    const length = HEX_LENGTHS[this.chars[this.at + 1] ?? ""] ?? 0;
    if (length === 0 && !this.is(ESCAPES, 1)) this.fail("found unknown escape character");
    this.skip(2);
    if (length === 0) return;
    const digits = this.cut(this.at, this.at + length);
    if (!new RegExp(`^[0-9a-fA-F]{${length}}$`).test(digits))
      this.fail("did not find expected hexdecimal number");
    const rune = Number.parseInt(digits, 16);
    if ((rune >= 0xd800 && rune <= 0xdfff) || rune > 0x10ffff)
      this.fail("found invalid Unicode character escape code");
    this.skip(length);
  }
}
