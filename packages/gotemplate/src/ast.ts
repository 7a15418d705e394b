import { goQuote } from "./quote.ts";

/** The file a node was read from. */
export type Source = { name: string; text: string };

type Base = { pos: number; source: Source };

export type TextNode = Base & { type: "text"; text: string };
export type ActionNode = Base & { type: "action"; pipe: PipeNode };
export type BranchNode = Base & {
  type: "if" | "range" | "with";
  pipe: PipeNode;
  list: ListNode;
  elseList?: ListNode;
};
export type TemplateNode = Base & { type: "template"; name: string; pipe?: PipeNode };
export type JumpNode = Base & { type: "break" | "continue" };
/** `{{end}}` or `{{else}}`: ends a list and does not get into the tree. */
export type MarkNode = Base & { type: "end" | "else" };
export type ListNode = Base & { type: "list"; nodes: Statement[] };
export type Statement = TextNode | ActionNode | BranchNode | TemplateNode | JumpNode;

export type PipeNode = Base & { type: "pipe"; assign: boolean; decl: VariableNode[]; cmds: CommandNode[] };
export type CommandNode = Base & { type: "command"; args: Operand[] };
export type IdentifierNode = Base & { type: "identifier"; name: string };
export type VariableNode = Base & { type: "variable"; path: string[] };
export type FieldNode = Base & { type: "field"; path: string[] };
export type ChainNode = Base & { type: "chain"; node: Operand; path: string[] };
export type DotNode = Base & { type: "dot" };
export type NilNode = Base & { type: "nil" };
export type BoolNode = Base & { type: "bool"; value: boolean };
export type StringNode = Base & { type: "string"; quoted: string; text: string };
/** A number, as every type that can hold it. */
export type NumberNode = Base & {
  type: "number";
  text: string;
  int?: bigint;
  uint?: bigint;
  float?: number;
  complex?: { re: number; im: number };
};
export type Operand =
  | IdentifierNode
  | VariableNode
  | FieldNode
  | ChainNode
  | DotNode
  | NilNode
  | BoolNode
  | StringNode
  | NumberNode
  | PipeNode;

export type Node = Statement | MarkNode | ListNode | CommandNode | Operand;

/** Whether a node ends a list. */
export function isMark(node: Statement | MarkNode): node is MarkNode {
  return node.type === "end" || node.type === "else";
}

/** A node as Go writes it in errors. */
export function print(node: Node): string {
  switch (node.type) {
    case "text":
      return node.text;
    case "action":
      return `{{${print(node.pipe)}}}`;
    case "if":
    case "range":
    case "with": {
      const rest = node.elseList ? `{{else}}${print(node.elseList)}` : "";
      return `{{${node.type} ${print(node.pipe)}}}${print(node.list)}${rest}{{end}}`;
    }
    case "template":
      return `{{template ${goQuote(node.name)}${node.pipe ? ` ${print(node.pipe)}` : ""}}}`;
    case "break":
    case "continue":
    case "end":
    case "else":
      return `{{${node.type}}}`;
    case "list":
      return node.nodes.map(print).join("");
    case "pipe":
      return printPipe(node);
    case "command":
      return node.args.map(inParens).join(" ");
    case "identifier":
      return node.name;
    case "variable":
      return node.path.join(".");
    case "field":
      return `.${node.path.join(".")}`;
    case "chain":
      return `${inParens(node.node)}.${node.path.join(".")}`;
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "bool":
      return String(node.value);
    case "string":
      return node.quoted;
    case "number":
      return node.text;
  }
}

function inParens(node: Operand): string {
  return node.type === "pipe" ? `(${print(node)})` : print(node);
}

function printPipe(node: PipeNode): string {
  const decl = node.decl.map(print).join(", ");
  const cmds = node.cmds.map(print).join(" | ");
  return decl === "" ? cmds : `${decl} ${node.assign ? "=" : ":="} ${cmds}`;
}

/** Whether a tree holds nothing but white space. */
export function isEmptyTree(node: ListNode | Statement): boolean {
  if (node.type === "list") return node.nodes.every(isEmptyTree);
  return node.type === "text" && BLANK.test(node.text);
}

/** White space by Unicode, as bytes. */
const BLANK =
  /^(?:[\t\n\v\f\r ]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)*$/;
