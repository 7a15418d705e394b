/** Random templates in the language of Go, from the expressions and values beside this file. */
import { Expressions, HELPERS, type Scope } from "./gotemplate-expressions.ts";
import { type Data, type Kind, kindOf, valuesOf, WORDS } from "./gotemplate-values.ts";
import type { Random } from "./random.ts";

/** One chart for both engines: the texts of its templates by their paths, and its values. */
export type Case = {
  templates: Record<string, string>;
  values: { [key: string]: Data };
  strict: boolean;
  lint: boolean;
  /** Whether there is a `.Capabilities`: printed whole it is an address. */
  capabilities: boolean;
};

const TEXT = [
  "\n",
  " ",
  "a: ",
  "- x\n",
  "text ",
  "  ",
  "\n\n",
  "é ",
  "}} ",
  "{ ",
  "\r\n",
  "x:\n  y: ",
  "# c\n",
];

/** Verbs that do not fit show what Go keeps inside times: addresses among it. */
const tame = (content: string): string =>
  /[dD]ate/.test(content) ? content.replace(/\bprintf "(?:[^"\\]|\\.)*"/g, 'printf "%v"') : content;

class Grammar extends Expressions {
  private blocks = 0;

  template(lines: number): string {
    this.left = 12 * lines;
    return this.list({ variables: [], dot: this.root(), inRange: false, depth: 0 }, lines);
  }

  helpers(): string {
    return HELPERS.map((name, i) => {
      const dot = this.root();
      this.left = 12;
      const body = this.within(i + 1, () => this.list({ variables: [], dot, inRange: false, depth: 2 }, 2));
      return `${this.open()}define ${JSON.stringify(name)}${this.close()}${body}${this.open()}end${this.close()}\n`;
    })
      .concat('{{ define "c.end" }}end{{ end }}')
      .join("");
  }

  /** Helpers include later ones only, so that nothing recurses. */
  private within<T>(first: number, work: () => T): T {
    const before = this.first;
    this.first = Math.max(before, first);
    const result = work();
    this.first = before;
    return result;
  }

  private open = (): string => (this.r.chance(15) ? "{{- " : this.r.chance(80) ? "{{ " : "{{");
  private close = (): string => (this.r.chance(12) ? " -}}" : this.r.chance(80) ? " }}" : "}}");
  private act = (content: string): string => this.open() + tame(content) + this.close();

  protected list(scope: Scope, count: number): string {
    let text = "";
    // A block has its own variables; those of around it can be seen and set.
    const inner = { ...scope, variables: [...scope.variables] };
    for (let i = 0; i < count; i++) {
      if (this.r.chance(50)) text += this.r.pick(TEXT);
      text += this.statement(inner);
    }
    return text;
  }

  private statement(scope: Scope): string {
    const { r } = this;
    if (scope.depth > 3 || this.left < 0) return this.act(this.pipeline("any", scope));
    const deeper = { ...scope, depth: scope.depth + 1 };
    switch (r.below(20)) {
      case 0:
      case 1:
        return this.declaration(scope);
      case 2:
        return this.assign(scope);
      case 3:
      case 4:
      case 5:
        return this.branch("if", deeper);
      case 6:
      case 7:
        return this.branch("with", deeper);
      case 8:
      case 9:
      case 10:
        return this.range(deeper);
      case 11:
        return this.act(`template ${this.helper()}${r.chance(85) ? ` ${this.dotArgument(scope)}` : ""}`);
      case 12:
        return this.block(scope);
      case 13:
        return scope.inRange ? this.leave(scope) : `{{/* ${r.pick(WORDS)} */}}`;
      default:
        return this.act(
          this.pipeline(r.pick(["any", "any", "string", "number", "bool", "dict", "list"]), scope),
        );
    }
  }

  private block(scope: Scope): string {
    // The same name twice in a file is an error.
    const replaced = this.r.chance(this.first === 0 ? 8 : 0)
      ? this.first + this.r.below(HELPERS.length - this.first)
      : undefined;
    const name = JSON.stringify(HELPERS[replaced ?? -1] ?? `blk${this.blocks++}`);
    const inner: Scope = { ...scope, variables: [], dot: undefined, inRange: false, depth: 3 };
    const body = this.within((replaced ?? -1) + 1, () => this.list(inner, 1));
    return `${this.act(`block ${name} ${this.dotArgument(scope)}`)}${body}${this.act("end")}`;
  }

  private leave(scope: Scope): string {
    const how = this.act(this.r.pick(["break", "continue"]));
    return `${this.act(`if ${this.pipeline("bool", scope)}`)}${how}${this.act("end")}`;
  }

  private declaration(scope: Scope): string {
    const kind = this.r.pick<Kind>(["string", "number", "dict", "list", "any", "bool"]);
    const name = `$v${this.r.below(4)}`;
    const text = this.act(`${name} := ${this.pipeline(kind, scope)}`);
    scope.variables.push({ name, kind });
    return text;
  }

  private assign(scope: Scope): string {
    if (scope.variables.length === 0) return this.declaration(scope);
    const variable = this.r.pick(scope.variables);
    return this.act(`${variable.name} = ${this.pipeline(variable.kind, scope)}`);
  }

  private branch(word: "if" | "with", scope: Scope): string {
    const { r } = this;
    const [head, inner] = this.condition(word, scope);
    let text = this.act(`${word} ${head}`) + this.list(inner, 1 + r.below(2));
    while (r.chance(25)) {
      const [otherHead, otherInner] = this.condition(word, scope);
      text += this.act(`else ${word} ${otherHead}`) + this.list(otherInner, 1);
    }
    if (r.chance(50)) text += this.act("else") + this.list(scope, 1);
    return text + this.act("end");
  }

  private condition(word: "if" | "with", scope: Scope): [string, Scope] {
    const { r } = this;
    const known = r.chance(50)
      ? this.path(scope, word === "if" ? "any" : r.pick<Kind>(["dict", "any"]))
      : undefined;
    const head = known?.text ?? this.pipeline(word === "if" ? "bool" : "any", scope);
    const inner: Scope = { ...scope, variables: [...scope.variables] };
    if (word === "with") inner.dot = known?.data;
    if (r.chance(80)) return [head, inner];
    const name = `$c${r.below(2)}`;
    inner.variables.push({ name, kind: known ? kindOf(known.data) : "any" });
    return [`${name} := ${head}`, inner];
  }

  private range(scope: Scope): string {
    const { r } = this;
    const known = r.chance(60) ? this.path(scope, r.pick<Kind>(["list", "dict"])) : undefined;
    const over = known?.text ?? this.ranged(scope);
    const first = Array.isArray(known?.data)
      ? known.data[0]
      : Object.values((known?.data as object) ?? {})[0];
    const inner: Scope = { ...scope, variables: [...scope.variables], dot: first, inRange: true };
    const kind = first === undefined ? "any" : kindOf(first);
    let head = over;
    if (r.chance(30)) {
      head = `$e := ${over}`;
      inner.variables.push({ name: "$e", kind });
    } else if (r.chance(known || this.odd > 3 ? 40 : 5)) {
      head = `$i, $e := ${over}`;
      inner.variables.push({ name: "$i", kind: "any" }, { name: "$e", kind });
    } else if (scope.variables.length > 1 && r.chance(8)) {
      head = `${scope.variables[0]!.name}, ${scope.variables[1]!.name} = ${over}`;
    }
    const otherwise = r.chance(20) ? this.act("else") + this.list(scope, 1) : "";
    return this.act(`range ${head}`) + this.list(inner, 1 + r.below(3)) + otherwise + this.act("end");
  }

  private ranged(scope: Scope): string {
    const { r } = this;
    switch (r.below(6)) {
      case 0:
        return String(r.below(5));
      case 1:
        return `(until ${r.below(5)})`;
      case 2:
        return this.pipeline("dict", scope);
      case 3:
        return this.pipeline("any", scope);
      default:
        return this.pipeline("list", scope);
    }
  }
}

/** A chart of one or two templates with helpers. */
export function aCase(r: Random): Case {
  const values = valuesOf(r);
  const capabilities = r.chance(20);
  const grammar = new Grammar(r, values, capabilities);
  const templates: Record<string, string> = { "templates/t.yaml": grammar.template(1 + r.below(5)) };
  templates["templates/_h.tpl"] = grammar.helpers();
  if (r.chance(15)) templates["templates/sub/u.yaml"] = grammar.template(2);
  return { templates, values, strict: r.chance(10), lint: r.chance(8), capabilities };
}
