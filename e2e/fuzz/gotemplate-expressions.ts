/** Random expressions of templates: what stands in an action. */
import { type ArgKind, aFunction, MOMENTS, type Signature, TEXTS, TIMES } from "./gotemplate-functions.ts";
import { aString, type Data, type Kind, kindOf, type Path, pathsOf } from "./gotemplate-values.ts";
import type { Random } from "./random.ts";

type Variable = { name: string; kind: Kind };

/** What can be used at one place of a template. */
export type Scope = { variables: Variable[]; dot: Data | undefined; inRange: boolean; depth: number };

/** Names of templates that others include. */
export const HELPERS = ["c.name", "c.labels", "c.value", "odd name", "c.inner"];
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
/** Functions that write into their first argument. */
const WRITERS = new Set(["set", "merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite"]);

/** What is written is a copy: a map within itself would be the end of Helm's process. */
const copied = (text: string, at: number): string =>
  at === 0 || /^["`\d]|^nil$/.test(text) ? text : `(deepCopy ${text})`;

export abstract class Expressions {
  protected readonly r: Random;
  private readonly values: { [key: string]: Data };
  /** Percent of arguments that are of no sensible kind. */
  protected readonly odd: number;
  private readonly rooted: Path[];
  private readonly capabilities: boolean;
  /** Expressions that may still be made: what ends a template that grows. */
  protected left = 0;
  /** Index of the first helper that may be included here. */
  protected first = 0;

  constructor(r: Random, values: { [key: string]: Data }, capabilities: boolean) {
    this.r = r;
    this.capabilities = capabilities;
    this.values = values;
    this.odd = r.pick([0, 0, 0, 1, 4, 15]);
    this.rooted = pathsOf("$.Values", values);
  }

  /** So many statements, for the texts of `tpl`. */
  protected abstract list(scope: Scope, count: number): string;

  protected root(): Data {
    return { Values: this.values };
  }

  protected helper(): string {
    if (this.r.chance(this.odd > 0 ? 2 : 0)) return '"absent"';
    return JSON.stringify(this.r.pick([...HELPERS.slice(this.first), "c.end"]));
  }

  protected dotArgument = (scope: Scope): string =>
    this.r.chance(this.odd > 0 ? 60 : 90) ? "$" : this.r.pick([".", "$.Values", this.argument("any", scope)]);

  /** A pipeline that most likely has a value of this kind. */
  protected pipeline(kind: ArgKind, scope: Scope): string {
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
  protected path(scope: Scope, kind: Kind): Path | undefined {
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
