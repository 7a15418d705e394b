import { fromRunes, runesOf } from "./bytes.ts";
import { isKeyword, Lexer, type Token, type TokenKind } from "./lex.ts";
import { goQuote } from "./quote.ts";

/** Tokens of a text, with as much look-ahead as the grammar needs. */
export class TokenStream {
  private readonly lexer: Lexer;
  private readonly ahead: Token[] = [];
  /** The last token of the lexer, however far ahead: Go gives its line in errors. */
  furthest: Token = { kind: "eof", pos: 0, text: "", line: 0 };

  constructor(text: string) {
    this.lexer = new Lexer(text);
  }

  next(): Token {
    const known = this.ahead.pop();
    if (known) return known;
    this.furthest = this.lexer.next();
    return this.furthest;
  }

  /** Puts tokens back, the first of them to come first. */
  back(...tokens: Token[]): void {
    for (const token of tokens.reverse()) this.ahead.push(token);
  }

  peek(): Token {
    const token = this.next();
    this.ahead.push(token);
    return token;
  }

  nextNonSpace(): Token {
    let token = this.next();
    while (token.kind === "space") token = this.next();
    return token;
  }

  peekNonSpace(): Token {
    const token = this.nextNonSpace();
    this.ahead.push(token);
    return token;
  }
}

/** A token as Go names it in errors. */
export function describe(token: Token): string {
  if (token.kind === "eof") return "EOF";
  if (isKeyword(token.kind)) return `<${token.text}>`;
  // Ten bytes are too long, and ten characters are shown.
  return token.text.length > 10
    ? `${goQuote(fromRunes(runesOf(token.text).slice(0, 10)))}...`
    : goQuote(token.text);
}

/** What a command may begin with. */
export const STARTS_COMMAND = new Set<TokenKind>([
  "bool",
  "charConstant",
  "complex",
  "dot",
  "field",
  "identifier",
  "number",
  "nil",
  "rawString",
  "string",
  "variable",
  "leftParen",
]);
