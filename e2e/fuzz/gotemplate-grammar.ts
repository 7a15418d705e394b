/** Random templates in the language of Go, from the functions and values beside this file. */
import { type ArgKind, aFunction, MOMENTS, type Signature, TEXTS, TIMES } from "./gotemplate-functions.ts";
import {
  aString,
  type Data,
  type Kind,
  kindOf,
  type Path,
  pathsOf,
  valuesOf,
  WORDS,
} from "./gotemplate-values.ts";
import type { Random } from "./kustomize-manifests.ts";

/** One chart for both engines: the texts of its templates by their paths, and its values. */
export type Case = {
  templates: Record<string, string>;
  values: { [key: string]: Data };
  strict: boolean;
  lint: boolean;
  /** Whether there is a `.Capabilities`: printed whole it is an address. */
  capabilities: boolean;
};

type Variable = { name: string; kind: Kind };

/** What can be used at one place of a template. */
type Scope = { variables: Variable[]; dot: Data | undefined; inRange: boolean; depth: number };

const HELPERS = ["c.name", "c.labels", "c.value", "odd name", "c.inner"];
const OBJECTS = [
  ".Chart.Name",
  ".Chart.Version",
  ".Chart",
  ".Release.Name",
  ".Release.Revision",
  ".Release.IsInstall",
  ".Release",
  ".Capabilities.KubeVersion",
  ".Capabilities.KubeVersion.Version",
  ".Capabilities.KubeVersion.Minor",
  ".Capabilities.APIVersions",
  '(.Capabilities.APIVersions.Has "apps/v1")',
  ".Template.Name",
  ".Template.BasePath",
  '(.Files.Get "a.txt")',
  '(.Files.Lines "a.txt")',
  '(.Files.Glob "*.txt").AsConfig',
  '(.Files.Glob "conf/*").AsSecrets',
  ".Files",
  ".Subcharts",
  ".Chart.Annotations",
  ".Chart.Nope",
  ".Nope",
  ".Nope.deeper",
  ".Release.Nope.deeper",
];
const NUMBERS = [
  "0",
  "1",
  "2",
  "-3",
  "42",
  "0x1F",
  "0b101",
  "0o17",
  "017",
  "1_000",
  "1.5",
  "-0.25",
  "1e3",
  "1e-7",
  "'a'",
  "'é'",
  "'\\n'",
  "1e21",
  "0x1p4",
  "9223372036854775807",
  "1i",
  "+5",
  ".5",
  "5.",
];
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

/** Functions that write into their first argument. */
const WRITERS = new Set(["set", "merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite"]);

/** What is written is a copy: a map within itself would be the end of Helm's process. */
const copied = (text: string, at: number): string =>
  at === 0 || /^["`\d]|^nil$/.test(text) ? text : `(deepCopy ${text})`;

/** Verbs that do not fit show what Go keeps inside times: addresses among it. */
const tame = (content: string): string =>
  /[dD]ate/.test(content) ? content.replace(/\bprintf "(?:[^"\\]|\\.)*"/g, 'printf "%v"') : content;

class Grammar {
  private readonly r: Random;
  private readonly values: { [key: string]: Data };
  /** Percent of arguments that are of no sensible kind. */
  private readonly odd: number;
  private readonly rooted: Path[];
  private readonly capabilities: boolean;
  /** Expressions that may still be made: what ends a template that grows. */
  private left = 0;
  private blocks = 0;
  /** Index of the first helper that may be included here. */
  private first = 0;

  constructor(r: Random, values: { [key: string]: Data }, capabilities: boolean) {
    this.r = r;
    this.capabilities = capabilities;
    this.values = values;
    this.odd = r.pick([0, 0, 0, 1, 4, 15]);
    this.rooted = pathsOf("$.Values", values);
  }

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

  private root(): Data {
    return { Values: this.values };
  }

  private open = (): string => (this.r.chance(15) ? "{{- " : this.r.chance(80) ? "{{ " : "{{");
  private close = (): string => (this.r.chance(12) ? " -}}" : this.r.chance(80) ? " }}" : "}}");
  private act = (content: string): string => this.open() + tame(content) + this.close();

  private list(scope: Scope, count: number): string {
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

  private helper(): string {
    if (this.r.chance(this.odd > 0 ? 2 : 0)) return '"absent"';
    return JSON.stringify(this.r.pick([...HELPERS.slice(this.first), "c.end"]));
  }

  private dotArgument = (scope: Scope): string =>
    this.r.chance(this.odd > 0 ? 60 : 90) ? "$" : this.r.pick([".", "$.Values", this.argument("any", scope)]);

  /** A pipeline that most likely has a value of this kind. */
  private pipeline(kind: ArgKind, scope: Scope): string {
    const { r } = this;
    this.left--;
    if (this.left < 0 || r.chance(25)) return this.command(kind, scope);
    const fn = aFunction(r, kind);
    const piped = fn.rest ?? fn.args.at(-1);
    if (piped === undefined || piped in TEXTS || WRITERS.has(fn.name) || r.chance(40))
      return this.call(fn, scope);
    const given = ["time", "moment", "small"].includes(piped)
      ? this.atom(piped, scope)
      : this.pipeline(piped, scope);
    const { args } = fn.rest ? fn : { args: fn.args.slice(0, -1) };
    return `${given} | ${[fn.name, ...args.map((arg) => this.argument(arg, scope))].join(" ")}`;
  }

  /** Something that stands on its own. */
  private command(kind: ArgKind, scope: Scope): string {
    if (this.left > 0 && this.r.chance(30)) return this.call(aFunction(this.r, kind), scope);
    return this.atom(kind, scope);
  }

  private call(fn: Signature, scope: Scope): string {
    const { r } = this;
    const args = [...fn.args];
    if (fn.rest) for (let i = r.below(4); i > 0; i--) args.push(fn.rest);
    if (fn.name === "dict" || r.below(1000) < this.odd) args.push(r.pick<ArgKind>(["any", "string"]));
    if (r.below(2000) < this.odd) args.pop();
    const texts = args.map((arg) => this.argument(arg, scope));
    return [fn.name, ...(WRITERS.has(fn.name) ? texts.map(copied) : texts)].join(" ");
  }

  private argument(kind: ArgKind, scope: Scope): string {
    const { r } = this;
    // A wrong sort of literal would ask the clock, or for gigabytes.
    if (kind === "time") return r.pick(TIMES);
    if (kind === "moment") return r.pick(MOMENTS);
    if (kind === "small")
      return r.below(300) < this.odd ? r.pick(['"x"', "nil", "true", "$.Values.d", "1.5"]) : this.small();
    if (kind in TEXTS && !r.chance(this.odd)) return r.pick(TEXTS[kind as keyof typeof TEXTS]);
    if (kind in TEXTS) return this.argument("any", scope);
    const wanted = r.chance(this.odd) ? "any" : kind;
    if (this.left < 0 || r.chance(55)) return this.atom(wanted, scope);
    return this.nested(wanted, scope);
  }

  private nested(kind: ArgKind, scope: Scope): string {
    const { r } = this;
    this.left--;
    const fits = (...kinds: ArgKind[]): boolean =>
      kinds.includes(kind) || kind === "any" || r.chance(this.odd);
    switch (r.below(12)) {
      case 0:
        if (fits("string")) return `(include ${this.helper()} ${this.dotArgument(scope)})`;
        break;
      case 1:
        if (fits("string"))
          return `(tpl ${this.inline(scope)} ${r.chance(90) ? "$" : r.pick([".", "$.Values"])})`;
        break;
      case 2:
        if (fits("list")) return `(keys ${this.atom("dict", scope)} | sortAlpha)`;
        if (fits("dict")) return this.dict(scope);
        break;
      case 3:
        if (!fits()) break;
        return `(${this.call(aFunction(r, "dict"), scope)}).${r.pick(["name", "a", "port", "Error", "host", "_0"])}`;
    }
    return `(${this.pipeline(kind, scope)})`;
  }

  private dict(scope: Scope): string {
    const parts: string[] = [];
    for (let i = this.r.below(4); i > 0; i--) parts.push(this.r.pick(TEXTS.key), this.argument("any", scope));
    return `(dict ${parts.join(" ")})`.replace(" )", ")");
  }

  /** A text for `tpl`: a small template of its own, or a value that may hold one. */
  private inline(scope: Scope): string {
    if (this.r.chance(30)) return this.argument("string", scope);
    const text = this.list({ variables: [], dot: this.root(), inRange: false, depth: 3 }, 1);
    return text.includes("`") || this.r.chance(50) ? JSON.stringify(text) : `\`${text}\``;
  }

  private small = (): string => String(this.r.pick([0, 1, 2, 3, 4, 5, 7, 10, 20, -1, -2]));

  private atom(kind: ArgKind, scope: Scope): string {
    const { r } = this;
    if (kind in TEXTS) return r.pick(TEXTS[kind as keyof typeof TEXTS]);
    switch (kind) {
      case "time":
        return r.pick(TIMES);
      case "moment":
        return r.pick(MOMENTS);
      case "small":
        return this.small();
      case "scalar":
        return this.atom(r.pick<ArgKind>(["string", "number", "bool"]), scope);
    }
    if (r.chance(60)) {
      const known = this.path(scope, kind as Kind);
      if (known) return known.text;
    }
    return this.literal(kind as Kind, scope);
  }

  private literal(kind: Kind, scope: Scope): string {
    const { r } = this;
    switch (kind) {
      case "string":
        return this.text();
      case "number":
        return r.pick(NUMBERS);
      case "bool":
        return r.pick(["true", "false"]);
      case "list":
        return r.pick([
          "$.Values.l",
          "$.Values.words",
          '(list 1 "a" nil)',
          "(list)",
          "(until 3)",
          '(list "b" "a" "b")',
        ]);
      case "dict":
        return r.chance(50)
          ? r.pick(["$.Values.d", "$.Values", "$.Values.deep", "(dict)"])
          : this.dict(scope);
      case "nil":
        return "$.Values.nothing";
      case "any":
        return r.pick([
          () => this.text(),
          () => r.pick(NUMBERS),
          () =>
            r.pick([
              "true",
              "nil",
              ...(this.capabilities ? [] : [".", "$"]),
              "$.Values.nothing",
              "$.Values.absent",
              "(list)",
              "(dict)",
            ]),
          () => this.object(),
          () => this.object(),
          () => this.atom(r.pick<Kind>(["dict", "list", "string", "number"]), scope),
        ])();
    }
  }

  private object(): string {
    const text = this.r.pick(OBJECTS);
    const there = this.capabilities || !text.includes(".Capabilities");
    if (!there || (/Nope/.test(text) && !this.r.chance(this.odd * 4))) return "$.Chart.Name";
    return text.startsWith("(") ? text.replace("(.", "($.") : `$${text}`;
  }

  private text(): string {
    const text = aString(this.r);
    return this.r.chance(15) && !text.includes("`") && !text.includes("\r")
      ? `\`${text}\``
      : JSON.stringify(text);
  }

  /** A variable, a field of the dot, or a path from the root, with a value of this kind if there is one. */
  private path(scope: Scope, kind: Kind): Path | undefined {
    const { r } = this;
    const { dot, variables } = scope;
    const named = variables.filter((one) => kind === "any" || one.kind === kind || r.chance(this.odd));
    if (named.length > 0 && r.chance(35)) {
      const { name, kind: held } = r.pick(named);
      return { text: name, kind: held, data: null };
    }
    const near =
      dot === undefined || !r.chance(50)
        ? []
        : [{ text: ".", kind: kindOf(dot), data: dot }, ...pathsOf("", dot)];
    const candidates = [...near, ...this.rooted].filter((one) => kind === "any" || one.kind === kind);
    if (candidates.length === 0) return undefined;
    const found = r.pick(candidates);
    return r.chance(this.odd)
      ? { ...found, text: `${found.text}.${r.pick(["a", "absent", "name.x"])}` }
      : found;
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
