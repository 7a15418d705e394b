import {
  type ActionNode,
  type BranchNode,
  type ChainNode,
  type CommandNode,
  isEmptyTree,
  type ListNode,
  type MarkNode,
  type NumberNode,
  type Operand,
  type PipeNode,
  print,
  type Source,
  type Statement,
  type TemplateNode,
} from "./ast.ts";
import { decode, RUNE_ERROR } from "./bytes.ts";
import { nearest, TemplateError } from "./errors.ts";
import { isKeyword, Lexer, type Token, type TokenKind } from "./lex.ts";
import { parseFloat64, parseInt64, parseUint, toInt64 } from "./numbers.ts";
import { goQuote, unquote, unquoteChar } from "./quote.ts";

/** Parentheses within parentheses. Go allows 10,000, which no stack of ours holds. */
const MAX_PARENS = 500;
/** Blocks within blocks. Go sets no limit; this one keeps the parser off the end of the stack. */
const MAX_BLOCKS = 500;

export type Trees = Map<string, ListNode>;

/**
 * Parses a file: the tree of the file itself under its name, and those of the templates that it defines.
 * @param functions names that may be called
 * @throws {TemplateError} with Go's text: `template: name:line: …`
 */
export function parse(source: Source, functions: ReadonlySet<string>): Trees {
  return new Parser(source, functions).file();
}

function isMark(node: Statement | MarkNode): node is MarkNode {
  return node.type === "end" || node.type === "else";
}

/** One definition that is being read: its variables and how deep it is. */
type Scope = { vars: string[]; ranges: number; parens: number; actionLine: number };

const newScope = (): Scope => ({ vars: ["$"], ranges: 0, parens: 0, actionLine: 0 });

class Parser {
  private readonly source: Source;
  private readonly functions: ReadonlySet<string>;
  private readonly lexer: Lexer;
  private readonly trees: Trees = new Map();
  private readonly ahead: Token[] = [];
  /** The last token of the lexer, however far ahead: Go gives its line in errors. */
  private current: Token = { kind: "eof", pos: 0, text: "", line: 0 };
  private scope = newScope();
  private blocks = 0;

  constructor(source: Source, functions: ReadonlySet<string>) {
    this.source = source;
    this.functions = functions;
    this.lexer = new Lexer(source.text);
  }

  file(): Trees {
    const root = this.list(this.peek().pos);
    while (this.peek().kind !== "eof") {
      if (this.peek().kind === "leftDelim") {
        const delimiter = this.next();
        const word = this.nextNonSpace();
        if (word.kind === "define") {
          this.definition();
          continue;
        }
        this.back(delimiter, word);
      }
      const node = this.textOrAction();
      if (isMark(node)) this.fail(`unexpected ${print(node)}`);
      else root.nodes.push(node);
    }
    this.add(this.source.name, root);
    return this.trees;
  }

  // Tokens

  private next(): Token {
    const known = this.ahead.pop();
    if (known) return known;
    this.current = this.lexer.next();
    return this.current;
  }

  private back(...tokens: Token[]): void {
    for (const token of tokens.reverse()) this.ahead.push(token);
  }

  private peek(): Token {
    const token = this.next();
    this.back(token);
    return token;
  }

  private nextNonSpace(): Token {
    let token = this.next();
    while (token.kind === "space") token = this.next();
    return token;
  }

  private peekNonSpace(): Token {
    const token = this.nextNonSpace();
    this.back(token);
    return token;
  }

  private fail(message: string, hint?: string): never {
    const { line } = this.current;
    const { name } = this.source;
    throw new TemplateError(`template: ${name}:${line}: ${message}`, {
      code: "parse",
      at: { file: decode(name), line },
      hint,
    });
  }

  private expect(kinds: readonly TokenKind[], context: string): Token {
    const token = this.nextNonSpace();
    if (!kinds.includes(token.kind)) this.unexpected(token, context);
    return token;
  }

  private unexpected(token: Token, context: string): never {
    if (token.kind !== "error") this.fail(`unexpected ${describe(token)} in ${context}`);
    const began = this.scope.actionLine;
    if (began === 0 || began === token.line) this.fail(token.text);
    const inAction = token.text.endsWith(" action") ? "" : " in action";
    this.fail(`${token.text}${inAction} started at ${this.source.name}:${began}`);
  }

  private list(pos: number): ListNode {
    return { type: "list", pos, source: this.source, nodes: [] };
  }

  /** Keeps a tree under its name. A blank one gives way to another, two others are an error. */
  private add(name: string, root: ListNode): void {
    const old = this.trees.get(name);
    if (!old || isEmptyTree(old)) this.trees.set(name, root);
    else if (!isEmptyTree(root)) this.fail(`template: multiple definition of template ${goQuote(name)}`);
  }

  // Blocks

  private definition(): void {
    const outer = this.scope;
    this.scope = newScope();
    const context = "define clause";
    const name = this.unquoted(this.expect(["string", "rawString"], context));
    this.expect(["rightDelim"], context);
    const { list, end } = this.itemList();
    if (end.type !== "end") this.fail(`unexpected ${print(end)} in ${context}`);
    this.add(name, list);
    this.scope = outer;
  }

  private itemList(): { list: ListNode; end: MarkNode } {
    if (++this.blocks > MAX_BLOCKS) this.fail("blocks are nested too deeply");
    const list = this.list(this.peekNonSpace().pos);
    while (this.peekNonSpace().kind !== "eof") {
      const node = this.textOrAction();
      if (isMark(node)) {
        this.blocks--;
        return { list, end: node };
      }
      list.nodes.push(node);
    }
    this.fail("unexpected EOF", "close every if, range, with, block and define with {{ end }}");
  }

  private textOrAction(): Statement | MarkNode {
    const token = this.nextNonSpace();
    if (token.kind === "text") return { type: "text", pos: token.pos, source: this.source, text: token.text };
    if (token.kind !== "leftDelim") this.unexpected(token, "input");
    this.scope.actionLine = token.line;
    const node = this.action();
    this.scope.actionLine = 0;
    return node;
  }

  private action(): Statement | MarkNode {
    const token = this.nextNonSpace();
    switch (token.kind) {
      case "block":
        return this.blockControl();
      case "break":
      case "continue":
        return this.jump(token, token.kind);
      case "else":
        return this.elseControl();
      case "end":
        return this.mark("end", this.expect(["rightDelim"], "end").pos);
      case "if":
      case "range":
      case "with":
        return this.control(token.kind);
      case "template":
        return this.templateControl();
    }
    this.back(token);
    const { pos } = this.peek();
    const node: ActionNode = {
      type: "action",
      pos,
      source: this.source,
      pipe: this.pipeline("command", "rightDelim"),
    };
    return node;
  }

  private mark(type: MarkNode["type"], pos: number): MarkNode {
    return { type, pos, source: this.source };
  }

  private jump({ pos }: Token, type: "break" | "continue"): Statement {
    const token = this.nextNonSpace();
    if (token.kind !== "rightDelim") this.unexpected(token, `{{${type}}}`);
    if (this.scope.ranges === 0) this.fail(`{{${type}}} outside {{range}}`);
    return { type, pos, source: this.source };
  }

  private elseControl(): MarkNode {
    const ahead = this.peekNonSpace();
    if (ahead.kind === "if" || ahead.kind === "with") return this.mark("else", ahead.pos);
    return this.mark("else", this.expect(["rightDelim"], "else").pos);
  }

  private control(type: BranchNode["type"]): BranchNode {
    const known = this.scope.vars.length;
    const pipe = this.pipeline(type, "rightDelim");
    if (type === "range") this.scope.ranges++;
    const { list, end } = this.itemList();
    if (type === "range") this.scope.ranges--;
    const node: BranchNode = { type, pos: pipe.pos, source: this.source, pipe, list };
    if (end.type === "else") node.elseList = this.elseList(type, end);
    this.scope.vars.length = known;
    return node;
  }

  /** What follows `{{else}}`. `{{else if}}` is an if whose end is that of the whole. */
  private elseList(type: BranchNode["type"], mark: MarkNode): ListNode {
    const ahead = this.peek();
    if (type !== "range" && ahead.kind === type) {
      this.next();
      if (++this.blocks > MAX_BLOCKS) this.fail("blocks are nested too deeply");
      const list = this.list(mark.pos);
      list.nodes.push(this.control(type));
      this.blocks--;
      return list;
    }
    const { list, end } = this.itemList();
    if (end.type !== "end") this.fail(`expected end; found ${print(end)}`);
    return list;
  }

  private blockControl(): TemplateNode {
    const context = "block clause";
    const token = this.nextNonSpace();
    const name = this.templateName(token, context);
    const pipe = this.pipeline(context, "rightDelim");
    const outer = this.scope;
    this.scope = newScope();
    const { list, end } = this.itemList();
    if (end.type !== "end") this.fail(`unexpected ${print(end)} in ${context}`);
    this.add(name, list);
    this.scope = outer;
    return { type: "template", pos: token.pos, source: this.source, name, pipe };
  }

  private templateControl(): TemplateNode {
    const context = "template clause";
    const token = this.nextNonSpace();
    const name = this.templateName(token, context);
    const node: TemplateNode = { type: "template", pos: token.pos, source: this.source, name };
    const ahead = this.nextNonSpace();
    if (ahead.kind === "rightDelim") return node;
    this.back(ahead);
    return { ...node, pipe: this.pipeline(context, "rightDelim") };
  }

  private templateName(token: Token, context: string): string {
    if (token.kind !== "string" && token.kind !== "rawString") this.unexpected(token, context);
    return this.unquoted(token);
  }

  private unquoted(token: Token): string {
    return unquote(token.text) ?? this.fail("invalid syntax");
  }

  // Pipelines

  private pipeline(context: string, end: TokenKind): PipeNode {
    const { pos } = this.peekNonSpace();
    const pipe: PipeNode = { type: "pipe", pos, source: this.source, assign: false, decl: [], cmds: [] };
    this.declarations(pipe, context);
    for (;;) {
      const token = this.nextNonSpace();
      if (token.kind === end) {
        this.checkPipeline(pipe, context);
        return pipe;
      }
      if (!STARTS_COMMAND.has(token.kind)) this.unexpected(token, context);
      this.back(token);
      pipe.cmds.push(this.command());
    }
  }

  private declarations(pipe: PipeNode, context: string): void {
    for (;;) {
      const name = this.peekNonSpace();
      if (name.kind !== "variable") return;
      this.next();
      const after = this.peek();
      const sign = this.peekNonSpace();
      const comma = sign.kind === "char" && sign.text === ",";
      if (sign.kind !== "assign" && sign.kind !== "declare" && !comma) {
        if (after.kind === "space") this.back(name, after);
        else this.back(name);
        return;
      }
      this.nextNonSpace();
      pipe.decl.push({ type: "variable", pos: name.pos, source: this.source, path: [name.text] });
      this.scope.vars.push(name.text);
      if (!comma) {
        pipe.assign = sign.kind === "assign";
        return;
      }
      if (context !== "range" || pipe.decl.length >= 2) this.fail(`too many declarations in ${context}`);
      const ahead = this.peekNonSpace();
      if (ahead.kind !== "variable" && ahead.kind !== "rightDelim" && ahead.kind !== "rightParen") {
        this.fail("range can only initialize variables");
      }
    }
  }

  private checkPipeline(pipe: PipeNode, context: string): void {
    if (pipe.cmds.length === 0) this.fail(`missing value for ${context}`);
    for (const [i, command] of pipe.cmds.slice(1).entries()) {
      const first = command.args[0]!.type;
      if (
        first === "bool" ||
        first === "dot" ||
        first === "nil" ||
        first === "number" ||
        first === "string"
      ) {
        this.fail(`non executable command in pipeline stage ${i + 2}`);
      }
    }
  }

  private command(): CommandNode {
    const { pos } = this.peekNonSpace();
    const command: CommandNode = { type: "command", pos, source: this.source, args: [] };
    for (;;) {
      this.peekNonSpace();
      const operand = this.operand();
      if (operand) command.args.push(operand);
      const token = this.next();
      if (token.kind === "space") continue;
      if (token.kind === "rightDelim" || token.kind === "rightParen") this.back(token);
      else if (token.kind !== "pipe") this.unexpected(token, "operand");
      break;
    }
    if (command.args.length === 0) this.fail("empty command");
    return command;
  }

  private operand(): Operand | undefined {
    const node = this.term();
    if (!node || this.peek().kind !== "field") return node;
    const { pos } = this.peek();
    const path: string[] = [];
    while (this.peek().kind === "field") path.push(this.next().text.slice(1));
    switch (node.type) {
      case "field":
      case "variable":
        return { ...node, pos, path: [...node.path, ...path] };
      case "bool":
      case "string":
      case "number":
      case "nil":
      case "dot":
        this.fail(`unexpected . after term ${goQuote(print(node))}`);
    }
    const chain: ChainNode = { type: "chain", pos, source: this.source, node, path };
    return chain;
  }

  private term(): Operand | undefined {
    const token = this.nextNonSpace();
    const base = { pos: token.pos, source: this.source };
    switch (token.kind) {
      case "identifier":
        this.checkFunction(token.text);
        return { ...base, type: "identifier", name: token.text };
      case "dot":
      case "nil":
        return { ...base, type: token.kind };
      case "variable":
        if (!this.scope.vars.includes(token.text)) this.undefinedVariable(token.text);
        return { ...base, type: "variable", path: [token.text] };
      case "field":
        return { ...base, type: "field", path: [token.text.slice(1)] };
      case "bool":
        return { ...base, type: "bool", value: token.text === "true" };
      case "charConstant":
      case "complex":
      case "number":
        return this.number(token);
      case "leftParen":
        return this.parens();
      case "string":
      case "rawString":
        return { ...base, type: "string", quoted: token.text, text: this.unquoted(token) };
    }
    this.back(token);
    return undefined;
  }

  private checkFunction(name: string): void {
    if (this.functions.has(name)) return;
    const near = nearest(name, this.functions);
    this.fail(`function ${goQuote(name)} not defined`, near && `did you mean "${near}"?`);
  }

  private undefinedVariable(name: string): never {
    const near = nearest(name, this.scope.vars);
    this.fail(`undefined variable ${goQuote(name)}`, near && `did you mean ${near}?`);
  }

  private parens(): PipeNode {
    if (this.scope.parens >= MAX_PARENS) this.fail("max expression depth exceeded");
    this.scope.parens++;
    const pipe = this.pipeline("parenthesized pipeline", "rightParen");
    this.scope.parens--;
    return pipe;
  }

  private number(token: Token): NumberNode {
    const base = { type: "number", pos: token.pos, source: this.source, text: token.text } as const;
    const read = token.kind === "charConstant" ? readChar(token.text) : readNumber(token.text);
    if (typeof read === "string") this.fail(read);
    return { ...base, ...read };
  }
}

const STARTS_COMMAND = new Set<TokenKind>([
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

/** A token as Go names it in errors. */
function describe(token: Token): string {
  if (token.kind === "eof") return "EOF";
  if (isKeyword(token.kind)) return `<${token.text}>`;
  return token.text.length > 10 ? `${goQuote(token.text.slice(0, 10))}...` : goQuote(token.text);
}

type Read = Pick<NumberNode, "int" | "uint" | "float" | "complex">;

function readChar(text: string): Read | string {
  const read = unquoteChar(text, 1, "'");
  if (!read) return "invalid syntax";
  if (text.slice(read.end) !== "'") return `malformed character constant: ${text}`;
  // A character that is no UTF-8 reads as U+FFFD.
  const rune = BigInt(read.rune === RUNE_ERROR ? RUNE_ERROR : read.rune);
  return { int: rune, uint: rune, float: read.rune };
}

/** A number literal as all types that can hold it, or what is wrong with it. */
function readNumber(text: string): Read | string {
  const complex = /^(.*?)([+-](?:[^+-]|(?<=[eEpP])[+-])*)i$/.exec(text);
  if (complex?.[1]) {
    const [re, im] = [parseFloat64(complex[1]), parseFloat64(complex[2]!)];
    return re === undefined || im === undefined
      ? `illegal number syntax: ${goQuote(text)}`
      : simplify(re, im);
  }
  if (text.endsWith("i")) {
    const im = parseFloat64(text.slice(0, -1));
    if (im !== undefined) return simplify(0, im);
  }
  return readReal(text);
}

function simplify(re: number, im: number): Read {
  const complex = { re, im };
  return im === 0 ? { complex, float: re, ...integersOf(re) } : { complex };
}

function readReal(text: string): Read | string {
  const uint = parseUint(text, 0);
  const int = parseInt64(text, 0);
  if (!("error" in int)) {
    const positive = !("error" in uint) || int.value === 0n;
    return { int: int.value, uint: positive ? int.value : undefined, float: Number(int.value) };
  }
  if (!("error" in uint)) return { uint: uint.value, float: Number(uint.value) };
  const float = parseFloat64(text);
  if (float === undefined) return `illegal number syntax: ${goQuote(text)}`;
  if (!/[.eEpP]/.test(text)) return `integer overflow: ${goQuote(text)}`;
  return { float, ...integersOf(float) };
}

function integersOf(float: number): Read {
  const int = toInt64(float);
  const whole = Number(int) === float ? int : undefined;
  const fits = Number.isInteger(float) && float >= 0 && float < 2 ** 64;
  return { int: whole, uint: fits ? BigInt(float) : undefined };
}
