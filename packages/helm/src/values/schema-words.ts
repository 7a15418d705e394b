/** How problems with a schema are told: in the words and layout of santhosh-tekuri/jsonschema v6, which Helm prints. */
import { go } from "@sluice/gotemplate";
import { floatOf, isObject, type Numeric, Written } from "./schema-json.ts";

/** Where in the values: the steps to it, the last one first. */
export type Path = { parent: Path; key: string } | undefined;

export type Problem = {
  at: Path;
  text: string;
  /** Stands for the schema of a `$ref`, and is left out if it has one cause only. */
  reference?: boolean;
  /** Holds several problems of one schema and nothing else. */
  group?: boolean;
  causes: readonly Problem[];
};

/** A text in single quotes. */
export function quoted(text: string): string {
  const inner = go.quote(text).slice(1, -1);
  return `'${inner.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

export const listed = (texts: readonly string[]): string => texts.map(quoted).join(", ");

/** Digits with their thousands apart. */
const grouped = (digits: string): string => digits.replace(/\B(?=([0-9]{3})+$)/g, ",");

/** A count as golang.org/x/text prints it in English: 1,234. */
export const count = (value: number): string => grouped(String(value));

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A number as golang.org/x/text prints it in English: 1,234.5 and 1.234567×10⁰⁶. */
export function numeral(value: Numeric): string {
  const text = go.printFloat(floatOf(value));
  const [mantissa = "", power] = text.split("e");
  if (power !== undefined) {
    const digits = power.slice(1).replace(/[0-9]/g, (digit) => SUPERSCRIPTS[Number(digit)]!);
    return `${mantissa}×10${power[0] === "-" ? "⁻" : ""}${digits}`;
  }
  const [whole = "", fraction] = mantissa.split(".");
  return fraction === undefined ? grouped(whole) : `${grouped(whole)}.${fraction}`;
}

/** A value of a schema that is no list and no object. */
export function shown(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  return value instanceof Written ? value.text : value === null ? "<nil>" : String(value);
}

export const isPlain = (value: unknown): boolean => !Array.isArray(value) && !isObject(value);

/** The problems below one of a whole schema, a line each. */
export function linesOf(problems: readonly Problem[]): string {
  const lines: string[] = [];
  for (const problem of problems) addLines(problem, "", lines);
  return lines.join("\n");
}

function addLines(problem: Problem, pad: string, lines: string[]): void {
  const skip = problem.reference && problem.causes.length === 1;
  if (!skip) lines.push(`${pad}- at ${quoted(pointerOf(problem.at))}: ${problem.text}`);
  for (const cause of problem.causes) addLines(cause, skip ? pad : `${pad}  `, lines);
}

/** A path as a JSON pointer. */
export function pointerOf(path: Path): string {
  const steps: string[] = [];
  for (let at = path; at; at = at.parent) steps.push(`/${escapeStep(at.key)}`);
  return steps.reverse().join("");
}

/** A step of a JSON pointer. */
export const escapeStep = (step: string): string => step.replaceAll("~", "~0").replaceAll("/", "~1");
