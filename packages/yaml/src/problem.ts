/**
 * What Go's YAML reader (a libyaml) says about a text that it cannot read, and on which line. Our reader finds the same texts
 * wrong, but tells it in words of its own and elsewhere; users and tools know Go's.
 */
import { Problem } from "./problem-cursor.ts";
import { type Token, type TokenKind, Tokens } from "./problem-tokens.ts";

/**
 * The first thing that is wrong with the syntax of a text's first document.
 * @returns Go's words, with the line in front unless it is the first: `line 3: did not find expected key`; undefined for a
 *   text whose syntax is sound
 */
export function goProblem(text: string): string | undefined {
  try {
    new Grammar(new Tokens(text)).document();
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    return thrown.line > 0 ? `line ${thrown.line}: ${thrown.message}` : thrown.message;
  }
}

type Step = () => void;

/** libyaml's grammar, with a stack of its own: texts nest as deep as they like. */
class Grammar {
  private readonly tokens: Tokens;
  private readonly steps: Step[] = [];
  private readonly handles = new Set(["!", "!!"]);
  private readonly anchors = new Set<string>();

  constructor(tokens: Tokens) {
    this.tokens = tokens;
  }

  document(): void {
    const explicit = this.directives();
    if (!this.is("end")) this.steps.push(() => this.content(explicit));
    for (let step = this.steps.pop(); step; step = this.steps.pop()) step();
    this.tokens.peek();
  }

  private is(...kinds: TokenKind[]): boolean {
    return kinds.includes(this.tokens.peek().kind);
  }

  /** Takes a token of this kind, if it is the next. */
  private took(kind: TokenKind): boolean {
    const is = this.is(kind);
    if (is) this.tokens.next();
    return is;
  }

  private fail(words: string, { line }: Token = this.tokens.peek()): never {
    throw new Problem(words, line);
  }

  private directives(): boolean {
    let version = false;
    const explicit = this.is("version", "tag-directive", "document-start");
    while (this.is("version", "tag-directive")) {
      const token = this.tokens.next();
      if (token.kind === "version") {
        if (version) this.fail("found duplicate %YAML directive", token);
        if (token.text !== "1.1") this.fail("found incompatible YAML document", token);
        version = true;
      } else {
        if (this.handles.has(token.text) && token.text.length > 2)
          this.fail("found duplicate %TAG directive", token);
        this.handles.add(token.text);
      }
    }
    if (explicit && !this.took("document-start")) this.fail("did not find expected <document start>");
    return explicit;
  }

  private content(mayBeEmpty: boolean): void {
    if (!mayBeEmpty || !this.is("version", "tag-directive", "document-start", "document-end", "end"))
      this.node(true, false);
  }

  private node(block: boolean, indentless: boolean): void {
    if (this.is("alias")) {
      const { text } = this.tokens.next();
      // Told by the reader above the grammar, without a line.
      if (!this.anchors.has(text)) throw new Problem(`unknown anchor '${text}' referenced`, 0);
      return;
    }
    const hasProperties = this.properties();
    if (indentless && this.is("-")) this.steps.push(() => this.indentlessEntry());
    else if (this.took("scalar")) return;
    else if (this.took("[")) this.steps.push(() => this.flowSequence(true));
    else if (this.took("{")) this.steps.push(() => this.flowMapping(true));
    else if (block && this.took("block-sequence")) this.steps.push(() => this.blockSequence());
    else if (block && this.took("block-mapping")) this.steps.push(() => this.blockMapping());
    else if (!hasProperties) this.fail("did not find expected node content");
  }

  /** An anchor and a tag, in either order. */
  private properties(): boolean {
    let anchor: Token | undefined;
    let tag: Token | undefined;
    for (;;) {
      if (!anchor && this.is("anchor")) anchor = this.tokens.next();
      else if (!tag && this.is("tag")) tag = this.tokens.next();
      else break;
    }
    if (tag && tag.text !== "" && !this.handles.has(tag.text)) this.fail("found undefined tag handle", tag);
    if (anchor) this.anchors.add(anchor.text);
    return anchor !== undefined || tag !== undefined;
  }

  private blockSequence(): void {
    if (this.took("-")) {
      this.steps.push(() => this.blockSequence());
      if (!this.is("-", "block-end")) this.node(true, false);
    } else if (!this.took("block-end")) this.fail("did not find expected '-' indicator");
  }

  /** A sequence that stands no further in than the key it belongs to. */
  private indentlessEntry(): void {
    if (!this.took("-")) return;
    this.steps.push(() => this.indentlessEntry());
    if (!this.is("-", "key", "value", "block-end")) this.node(true, false);
  }

  private blockMapping(): void {
    if (this.took("key")) {
      this.steps.push(() => this.blockValue());
      if (!this.is("key", "value", "block-end")) this.node(true, true);
    } else if (!this.took("block-end")) this.fail("did not find expected key");
  }

  private blockValue(): void {
    this.steps.push(() => this.blockMapping());
    if (this.took("value") && !this.is("key", "value", "block-end")) this.node(true, true);
  }

  private flowSequence(first: boolean): void {
    if (!first && !this.is("]") && !this.took(",")) this.fail("did not find expected ',' or ']'");
    if (this.took("]")) return;
    this.steps.push(() => this.flowSequence(false));
    if (!this.took("key")) {
      this.node(false, false);
      return;
    }
    this.steps.push(() => this.pairValue());
    // A token is lost here in libyaml where a key is empty.
    if (this.is("value", ",", "]")) this.tokens.next();
    else this.node(false, false);
  }

  private pairValue(): void {
    if (this.took("value") && !this.is(",", "]")) this.node(false, false);
  }

  private flowMapping(first: boolean): void {
    if (!first && !this.is("}") && !this.took(",")) this.fail("did not find expected ',' or '}'");
    if (this.took("}")) return;
    this.steps.push(() => this.flowMapping(false));
    if (!this.took("key")) {
      this.node(false, false);
      return;
    }
    this.steps.push(() => this.flowValue());
    if (!this.is("value", ",", "}")) this.node(false, false);
  }

  private flowValue(): void {
    if (this.took("value") && !this.is(",", "}")) this.node(false, false);
  }
}
