/** Label selectors as texts, as apimachinery reads them: pkg/labels/selector.go. */
import { labelKey, labelValue } from "./name-rules.ts";

/** One condition on one label. Equality is `in` with one value, inequality `notin`. */
export type Requirement = { key: string; operator: Operator; values: string[] };

type Operator = "exists" | "!" | "in" | "notin" | "gt" | "lt";
type Token = { kind: "symbol" | "word" | "end"; text: string };
type Tokens = { peek(): Token; next(): Token };

const OPERATORS = ["!=", "<", "=", "==", ">", "in", "notin"];
const INTEGER = /^[+-]?\d+$/;

/** Parses `a=b,c!=d,e in (f,g),!h`, the grammar of `kubectl get -l`. @throws {Error} in the words of Kubernetes */
export function parseLabelSelector(text: string): Requirement[] {
  const { peek, next } = tokensOf(text);
  const starts = ({ kind, text }: Token) => kind === "word" || text === "!";
  const found: Requirement[] = [];
  if (peek().kind === "end") return found;
  for (;;) {
    if (!starts(peek()))
      throw new Error(`found '${peek().text}', expected: !, identifier, or 'end of string'`);
    found.push(requirement({ peek, next }));
    const after = next();
    if (after.kind === "end") return found;
    if (after.text !== ",") throw new Error(`found '${after.text}', expected: ',' or 'end of string'`);
    if (!starts(peek())) throw new Error(`found '${peek().text}', expected: identifier after ','`);
  }
}

function tokensOf(text: string): Tokens {
  const found: Token[] = [];
  const pattern = /\s*(?:(!=|==|[=!()<>,])|([^\s=!()<>,]+))/gy;
  for (let match = pattern.exec(text); match; match = pattern.exec(text))
    found.push(match[1] ? { kind: "symbol", text: match[1] } : { kind: "word", text: match[2]! });
  const end: Token = { kind: "end", text: "" };
  let at = 0;
  return { peek: () => found[at] ?? end, next: () => found[at++] ?? end };
}

function refuse(because: string): never {
  throw new Error(`unable to parse requirement: ${because}`);
}

function requirement(tokens: Tokens): Requirement {
  const { peek, next } = tokens;
  const negated = peek().text === "!";
  if (negated) next();
  const key = next();
  if (key.kind !== "word") refuse(`found '${key.text}', expected: identifier`);
  const problems = labelKey(key.text);
  if (problems.length > 0)
    refuse(`<nil>: Invalid value: ${JSON.stringify(key.text)}: ${problems.join("; ")}`);
  if (negated) return { key: key.text, operator: "!", values: [] };
  if (peek().kind === "end" || peek().text === ",") return { key: key.text, operator: "exists", values: [] };
  const operator = next();
  const values =
    operator.text === "in" || operator.text === "notin"
      ? valueList(tokens)
      : OPERATORS.includes(operator.text)
        ? [oneValue(tokens)]
        : refuse(`found '${operator.text}', expected: ${OPERATORS.join(", ")}`);
  return checked(key.text, operatorOf(operator.text), values);
}

function operatorOf(text: string): Operator {
  if (text === "notin" || text === "!=") return "notin";
  if (text === ">") return "gt";
  return text === "<" ? "lt" : "in";
}

function checked(key: string, operator: Operator, values: string[]): Requirement {
  if ((operator === "gt" || operator === "lt") && !INTEGER.test(values[0]!))
    refuse(
      `values[0]: Invalid value: ${JSON.stringify(values[0])}: for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  values.forEach((value, index) => {
    const problems = labelValue(value);
    if (problems.length > 0)
      refuse(`values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${problems.join("; ")}`);
  });
  return { key, operator, values };
}

function oneValue({ peek, next }: Tokens): string {
  if (peek().kind === "end" || peek().text === ",") return "";
  const token = next();
  return token.kind === "word" ? token.text : refuse(`found '${token.text}', expected: identifier`);
}

/** `(a,b)`; empty places count as the empty value, as in `(a,)`. */
function valueList({ peek, next }: Tokens): string[] {
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

/** Whether labels meet every requirement; `labelOf` gives the value of a label that is there. */
export function meetsAll(
  requirements: readonly Requirement[],
  labelOf: (key: string) => string | undefined,
): boolean {
  return requirements.every(({ key, operator, values }) => meets(operator, values, labelOf(key)));
}

function meets(operator: Operator, values: string[], value: string | undefined): boolean {
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
      if (value === undefined || !INTEGER.test(value)) return false;
      return operator === "gt" ? BigInt(value) > BigInt(values[0]!) : BigInt(value) < BigInt(values[0]!);
  }
}
