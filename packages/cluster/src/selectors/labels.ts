import { badRequest } from "../errors.ts";

type Labels = Record<string, string> | undefined;
type Operator = "exists" | "!" | "in" | "notin" | "gt" | "lt";

/** One condition on one label. Equality is `in` with one value, inequality `notin`. */
export type Requirement = { key: string; operator: Operator; values: string[] };

type Token = { kind: "symbol" | "word" | "end"; text: string };

const OPERATORS = ["!=", "<", "=", "==", ">", "in", "notin"];
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const PREFIX_RULE =
  "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/** Every complaint about the syntax of a label or annotation key. */
export function keyProblems(key: string): string[] {
  const parts = key.split("/");
  const name = parts.at(-1)!;
  if (parts.length > 2)
    return [
      "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    ];
  const problems: string[] = [];
  if (parts.length === 2) {
    const prefix = parts[0]!;
    if (prefix === "") problems.push("prefix part must be non-empty");
    else if (prefix.length > 253) problems.push("prefix part must be no more than 253 bytes");
    else if (!SUBDOMAIN.test(prefix)) problems.push(PREFIX_RULE);
  }
  if (name === "") problems.push("name part must be non-empty");
  else if (name.length > 63) problems.push("name part must be no more than 63 bytes");
  if (!NAME.test(name)) problems.push(NAME_RULE);
  return problems;
}

/** Every complaint about the syntax of a label's value. */
export function valueProblems(value: string): string[] {
  const problems: string[] = [];
  if (value.length > 63) problems.push("must be no more than 63 bytes");
  if (value !== "" && !NAME.test(value)) problems.push(VALUE_RULE);
  return problems;
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  const pattern = /\s*(?:(!=|==|[=!()<>,])|([^\s=!()<>,]+))/gy;
  for (let match = pattern.exec(text); match; match = pattern.exec(text))
    found.push(match[1] ? { kind: "symbol", text: match[1] } : { kind: "word", text: match[2]! });
  found.push({ kind: "end", text: "" });
  return found;
}

/** Parses kubectl's label selector grammar; throws the 400 of the API server. */
export function parseLabelSelector(text: string): Requirement[] {
  const queue = tokens(text);
  let at = 0;
  const peek = () => queue[at]!;
  const next = () => queue[Math.min(at++, queue.length - 1)]!;
  const starts = ({ kind, text }: Token) => kind === "word" || text === "!";
  const found: Requirement[] = [];
  if (peek().kind === "end") return found;
  for (;;) {
    if (!starts(peek()))
      throw badRequest(`found '${peek().text}', expected: !, identifier, or 'end of string'`);
    found.push(requirement(peek, next));
    const after = next();
    if (after.kind === "end") return found;
    if (after.text !== ",") throw badRequest(`found '${after.text}', expected: ',' or 'end of string'`);
    if (!starts(peek())) throw badRequest(`found '${peek().text}', expected: identifier after ','`);
  }
}

function refuse(because: string): never {
  throw badRequest(`unable to parse requirement: ${because}`);
}

function requirement(peek: () => Token, next: () => Token): Requirement {
  const negated = peek().text === "!";
  if (negated) next();
  const key = next();
  if (key.kind !== "word") refuse(`found '${key.text}', expected: identifier`);
  const problems = keyProblems(key.text);
  if (problems.length > 0)
    refuse(`<nil>: Invalid value: ${JSON.stringify(key.text)}: ${problems.join("; ")}`);
  if (negated) return { key: key.text, operator: "!", values: [] };
  if (peek().kind === "end" || peek().text === ",") return { key: key.text, operator: "exists", values: [] };
  const operator = next();
  const values =
    operator.text === "in" || operator.text === "notin"
      ? valueList(peek, next)
      : OPERATORS.includes(operator.text)
        ? [oneValue(peek, next)]
        : refuse(`found '${operator.text}', expected: ${OPERATORS.join(", ")}`);
  return checked(key.text, operatorOf(operator.text), values);
}

function operatorOf(text: string): Operator {
  if (text === "notin" || text === "!=") return "notin";
  if (text === ">") return "gt";
  return text === "<" ? "lt" : "in";
}

function checked(key: string, operator: Operator, values: string[]): Requirement {
  if ((operator === "gt" || operator === "lt") && !/^[+-]?\d+$/.test(values[0]!))
    refuse(
      `values[0]: Invalid value: ${JSON.stringify(values[0])}: for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  values.forEach((value, index) => {
    const problems = valueProblems(value);
    if (problems.length > 0)
      refuse(`values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${problems.join("; ")}`);
  });
  return { key, operator, values };
}

function oneValue(peek: () => Token, next: () => Token): string {
  if (peek().kind === "end" || peek().text === ",") return "";
  const token = next();
  return token.kind === "word" ? token.text : refuse(`found '${token.text}', expected: identifier`);
}

/** `(a,b)`; empty places count as the empty value, as in `(a,)`. */
function valueList(peek: () => Token, next: () => Token): string[] {
  const open = next();
  if (open.text !== "(") refuse(`found '${open.text}' expected: '('`);
  const values = new Set<string>();
  let value: string | undefined;
  for (;;) {
    const token = next();
    if (token.kind === "word") {
      value = token.text;
      if (peek().text !== "," && peek().text !== ")") refuse(`found '${peek().text}', expected: ',' or ')'`);
    } else if (token.text === "," || token.text === ")") {
      values.add(value ?? "");
      value = undefined;
      if (token.text === ")") return [...values].sort();
    } else refuse(`found '${token.text}', expected: ',', ')' or identifier`);
  }
}

/** Whether `labels` meet every requirement. */
export function matchesLabels(requirements: readonly Requirement[], labels: Labels): boolean {
  return requirements.every((requirement) => meets(requirement, labels));
}

function meets({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels && Object.hasOwn(labels, key) ? labels[key]! : undefined;
  switch (operator) {
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "in":
      return value !== undefined && values.includes(value);
    case "notin":
      return value === undefined || !values.includes(value);
    case "gt":
    case "lt":
      if (value === undefined || !/^[+-]?\d+$/.test(value)) return false;
      return operator === "gt" ? BigInt(value) > BigInt(values[0]!) : BigInt(value) < BigInt(values[0]!);
  }
}

/** A LabelSelector of meta/v1, as objects carry it. */
export type LabelSelector = {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};

/** True for objects with these labels under a selector. */
export function selects(selector: LabelSelector | undefined, labels: Labels = {}): boolean {
  if (!selector) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  if (!Object.entries(matchLabels).every(([key, value]) => labels[key] === value)) return false;
  return matchExpressions.every(({ key, operator, values = [] }) => {
    const value = labels[key];
    if (operator === "In") return value !== undefined && values.includes(value);
    if (operator === "NotIn") return value === undefined || !values.includes(value);
    return (value !== undefined) === (operator === "Exists");
  });
}
