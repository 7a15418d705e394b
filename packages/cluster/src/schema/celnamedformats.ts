/** Named formats: `format.dns1123Label().validate(self)` (apiserver/pkg/cel/library/format.go). */

import { type Environment, Optional } from "@marcbachmann/cel-js";
import { dns1035Label, dnsLabel, dnsSubdomain, labelKey, labelValue, type NameRule } from "@sluice/api";
import type { Add } from "./celenv.ts";
import { hasFormat } from "./formats.ts";
import { uriProblem } from "./gourl.ts";

class FormatsLibrary {}
class FormatValue {
  readonly typeName = "kubernetes.NamedFormat";
  readonly name: string;
  readonly rule: NameRule;
  constructor(name: string, rule: NameRule) {
    this.name = name;
    this.rule = rule;
  }
}

/** A prefix is a name to which something is added: it may end with a dash. */
const prefix =
  (rule: NameRule): NameRule =>
  (text) =>
    rule(/.-$/.test(text) ? `${text.slice(0, -2)}a` : text);
const known =
  (format: string, problem: string): NameRule =>
  (text) =>
    hasFormat(format, text) ? [] : [problem];

const FORMATS: Record<string, NameRule> = {
  dns1123Label: dnsLabel,
  dns1123Subdomain: dnsSubdomain,
  dns1035Label,
  qualifiedName: labelKey,
  dns1123LabelPrefix: prefix(dnsLabel),
  dns1123SubdomainPrefix: prefix(dnsSubdomain),
  dns1035LabelPrefix: prefix(dns1035Label),
  labelValue,
  uri: (text) => [uriProblem(text) ?? []].flat(),
  uuid: known("uuid", "does not match the UUID format"),
  byte: known("byte", "invalid base64"),
  date: known("date", "invalid date"),
  datetime: known("datetime", "invalid datetime"),
};

export function addNamedFormats(env: Environment, add: Add): void {
  env.registerType("FormatsLibrary", FormatsLibrary).registerType("NamedFormat", FormatValue);
  env.registerConstant("format", "FormatsLibrary", new FormatsLibrary() as never);
  const formats = new Map(
    Object.entries(FORMATS).map(([name, rule]) => [name, new FormatValue(name, rule)] as const),
  );
  for (const [name, format] of formats) add(`FormatsLibrary.${name}(): NamedFormat`, () => format);
  add("FormatsLibrary.named(string): optional<NamedFormat>", (_, name: string) =>
    Optional.of(formats.get(name)),
  );
  add("NamedFormat.validate(string): optional<list<string>>", ({ rule }: FormatValue, text: string) => {
    const problems = rule(text);
    return problems.length === 0 ? Optional.none() : Optional.of(problems);
  });
  env.registerOperator("NamedFormat == NamedFormat", (a: FormatValue, b: FormatValue) => a === b);
}
