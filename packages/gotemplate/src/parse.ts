import {
  type ActionNode,
  type BranchNode,
  type CommandNode,
  isEmptyTree,
  isMark,
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
import { decode } from "./bytes.ts";
import { nearest, TemplateError } from "./errors.ts";
import type { Token, TokenKind } from "./lex.ts";
import { readChar, readNumber } from "./literals.ts";
import { goQuote, unquote } from "./quote.ts";
import { describe, STARTS_COMMAND, TokenStream } from "./tokens.ts";

/** Parentheses within parentheses. Go allows 10,000, which no stack of ours holds. */
const MAX_PARENS = 500;
/** Blocks within blocks. Go sets no limit; this one keeps the parser off the end of the stack. */
const MAX_BLOCKS = 500;

/** What neither takes arguments nor has fields. */
const CONSTANTS: ReadonlySet<Operand["type"]> = new Set(["bool", "dot", "nil", "number", "string"]);

export type Trees = Map<string, ListNode>;

/**
 * Parses a file: the tree of the file itself under its name, and those of the templates that it defines.
 * @param functions names that may be called
 * @throws {TemplateError} with Go's text: `template: name:line: …`
 */
export function parse(source: Source, functions: ReadonlySet<string>): Trees {
  return new Parser(source, functions).file();
}

/** One definition that is being read: its variables and how deep it is. */
type Scope = { vars: string[]; ranges: number; parens: number; actionLine: number };

const newScope = (): Scope => ({ vars: ["$"], ranges: 0, parens: 0, actionLine: 0 });

class Parser {
  private readonly source: Source;
  private readonly functions: ReadonlySet<string>;
  private readonly tokens: TokenStream;
  private readonly trees: Trees = new Map();
  private scope = newScope();
  private blocks = 0;

  constructor(source: Source, functions: ReadonlySet<string>) {
    this.source = source;
    this.functions = functions;
    this.tokens = new TokenStream(source.text);
  }

  file(): Trees {
    const root = this.list(this.tokens.peek().pos);
    while (this.tokens.peek().kind !== "eof") {
      if (this.tokens.peek().kind === "leftDelim") {
        const delimiter = this.tokens.next();
        const word = this.tokens.nextNonSpace();
        if (word.kind === "define") {
          this.definition();
          continue;
        }
        this.tokens.back(delimiter, word);
      }
      const node = this.textOrAction();
      if (isMark(node)) this.fail(`unexpected ${print(node)}`);
      else root.nodes.push(node);
    }
    this.add(this.source.name, root);
    return this.trees;
  }

  // Errors

  private fail(message: string, hint?: string, { line } = this.tokens.furthest): never {
    const { name } = this.source;
    throw new TemplateError(`template: ${name}:${line}: ${message}`, {
      code: "parse",
      at: { file: decode(name), line },
      hint,
    });
  }

  private expect(kinds: readonly TokenKind[], context: string): Token {
    const token = this.tokens.nextNonSpace();
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
    const context = "define clause";
    const name = this.unquoted(this.expect(["string", "rawString"], context));
    this.expect(["rightDelim"], context);
    this.body(name, context);
  }

  /** The body of a template, which knows nothing of the variables around it. */
  private body(name: string, context: string, head = this.tokens.furthest): void {
    const outer = this.scope;
    this.scope = newScope();
    const { list, end } = this.itemList();
    // Go is back in the template around a block when it sees how the block ends.
    const seen = context === "block clause" ? head : this.tokens.furthest;
    if (end.type !== "end") this.fail(`unexpected ${print(end)} in ${context}`, undefined, seen);
    this.add(name, list);
    this.scope = outer;
  }

  private itemList(): { list: ListNode; end: MarkNode } {
    if (++this.blocks > MAX_BLOCKS) this.fail("blocks are nested too deeply");
    const list = this.list(this.tokens.peekNonSpace().pos);
    while (this.tokens.peekNonSpace().kind !== "eof") {
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
    const token = this.tokens.nextNonSpace();
    if (token.kind === "text") return { type: "text", pos: token.pos, source: this.source, text: token.text };
    if (token.kind !== "leftDelim") this.unexpected(token, "input");
    this.scope.actionLine = token.line;
    const node = this.action();
    this.scope.actionLine = 0;
    return node;
  }

  private action(): Statement | MarkNode {
    const token = this.tokens.nextNonSpace();
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
    this.tokens.back(token);
    const { pos } = this.tokens.peek();
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
    const token = this.tokens.nextNonSpace();
    if (token.kind !== "rightDelim") this.unexpected(token, `{{${type}}}`);
    if (this.scope.ranges === 0) this.fail(`{{${type}}} outside {{range}}`);
    return { type, pos, source: this.source };
  }

  private elseControl(): MarkNode {
    const ahead = this.tokens.peekNonSpace();
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
    const ahead = this.tokens.peek();
    if (type !== "range" && ahead.kind === type) {
      this.tokens.next();
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
    const token = this.tokens.nextNonSpace();
    const name = this.templateName(token, context);
    const pipe = this.pipeline(context, "rightDelim");
    this.body(name, context);
    return { type: "template", pos: token.pos, source: this.source, name, pipe };
  }

  private templateControl(): TemplateNode {
    const context = "template clause";
    const token = this.tokens.nextNonSpace();
    const name = this.templateName(token, context);
    const node: TemplateNode = { type: "template", pos: token.pos, source: this.source, name };
    const ahead = this.tokens.nextNonSpace();
    if (ahead.kind === "rightDelim") return node;
    this.tokens.back(ahead);
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
    const { pos } = this.tokens.peekNonSpace();
    const pipe: PipeNode = { type: "pipe", pos, source: this.source, assign: false, decl: [], cmds: [] };
    this.declarations(pipe, context);
    for (;;) {
      const token = this.tokens.nextNonSpace();
      if (token.kind === end) {
        this.checkPipeline(pipe, context);
        return pipe;
      }
      if (!STARTS_COMMAND.has(token.kind)) this.unexpected(token, context);
      this.tokens.back(token);
      pipe.cmds.push(this.command());
    }
  }

  private declarations(pipe: PipeNode, context: string): void {
    for (;;) {
      const name = this.tokens.peekNonSpace();
      if (name.kind !== "variable") return;
      this.tokens.next();
      const after = this.tokens.peek();
      const sign = this.tokens.peekNonSpace();
      const comma = sign.kind === "char" && sign.text === ",";
      if (sign.kind !== "assign" && sign.kind !== "declare" && !comma) {
        this.tokens.back(name, ...(after.kind === "space" ? [after] : []));
        return;
      }
      this.tokens.nextNonSpace();
      pipe.decl.push({ type: "variable", pos: name.pos, source: this.source, path: [name.text] });
      this.scope.vars.push(name.text);
      if (!comma) {
        pipe.assign = sign.kind === "assign";
        return;
      }
      if (context !== "range" || pipe.decl.length >= 2) this.fail(`too many declarations in ${context}`);
      if (!["variable", "rightDelim", "rightParen"].includes(this.tokens.peekNonSpace().kind))
        this.fail("range can only initialize variables");
    }
  }

  private checkPipeline(pipe: PipeNode, context: string): void {
    if (pipe.cmds.length === 0) this.fail(`missing value for ${context}`);
    const stage = pipe.cmds.findIndex(({ args }, i) => i > 0 && CONSTANTS.has(args[0]!.type));
    if (stage > 0) this.fail(`non executable command in pipeline stage ${stage + 1}`);
  }

  private command(): CommandNode {
    const { pos } = this.tokens.peekNonSpace();
    const command: CommandNode = { type: "command", pos, source: this.source, args: [] };
    for (;;) {
      this.tokens.peekNonSpace();
      const operand = this.operand();
      if (operand) command.args.push(operand);
      const token = this.tokens.next();
      if (token.kind === "space") continue;
      if (token.kind === "rightDelim" || token.kind === "rightParen") this.tokens.back(token);
      else if (token.kind !== "pipe") this.unexpected(token, "operand");
      break;
    }
    if (command.args.length === 0) this.fail("empty command");
    return command;
  }

  private operand(): Operand | undefined {
    const node = this.term();
    if (!node || this.tokens.peek().kind !== "field") return node;
    const { pos } = this.tokens.peek();
    const path: string[] = [];
    while (this.tokens.peek().kind === "field") path.push(this.tokens.next().text.slice(1));
    if (node.type === "field" || node.type === "variable")
      return { ...node, pos, path: [...node.path, ...path] };
    if (CONSTANTS.has(node.type)) this.fail(`unexpected . after term ${goQuote(print(node))}`);
    return { type: "chain", pos, source: this.source, node, path };
  }

  private term(): Operand | undefined {
    const token = this.tokens.nextNonSpace();
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
    this.tokens.back(token);
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

  private number({ kind, pos, text }: Token): NumberNode {
    const read = kind === "charConstant" ? readChar(text) : readNumber(text);
    if (typeof read === "string") this.fail(read);
    return { type: "number", pos, source: this.source, text, ...read };
  }
}
