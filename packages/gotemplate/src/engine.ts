/** Helm's engine: renders the templates of a chart and its subcharts. */
import { decode, encode } from "./bytes.ts";
import { type ErrorFacts, reported, TemplateError } from "./errors.ts";
import { failureIn } from "./functions/flow.ts";
import { basePath as baseOf } from "./functions/urls.ts";
import { VALUES } from "./objects.ts";
import type { Trace } from "./runtime.ts";
import { type ExecuteOptions, type ParseOptions, type TemplateFile, TemplateSet } from "./set.ts";
import { GoMap, type Value } from "./value.ts";

/** A template of a chart that is to be rendered, and what it sees. */
export type ChartTemplate = {
  /** Its path: `web/templates/deployment.yaml` */
  name: string;
  /** `web/templates` */
  basePath: string;
  /** `.Values`, `.Release`, `.Chart` and so on; shared by all templates of one chart, so that they see each other's changes. */
  data: GoMap;
};

/** The order in which Helm parses and renders: deep paths first, then from z to a. */
export function renderOrder(names: Iterable<string>): string[] {
  const depth = (name: string): number => name.split("/").length;
  return [...names]
    .map(encode)
    .sort((a, b) => depth(b) - depth(a) || (a < b ? 1 : a > b ? -1 : 0))
    .map(decode);
}

/** Parses the templates of a chart, in Helm's order. @throws {TemplateError} in Helm's words */
export function parseChart(templates: readonly TemplateFile[], options: ParseOptions = {}): TemplateSet {
  const set = new TemplateSet(options);
  const byName = new Map(templates.map((one) => [one.name, one]));
  for (const name of renderOrder(byName.keys())) {
    try {
      set.add(byName.get(name)!);
    } catch (thrown) {
      throw thrown instanceof TemplateError ? parseError(name, thrown) : thrown;
    }
  }
  return set;
}

/**
 * Renders all templates but those whose file names begin with an underscore, and deletes `<no value>` from what they print.
 * @returns byte strings, because templates can print what is no UTF-8, by the names of their templates in the order of rendering
 * @throws {TemplateError} in Helm's words, with the place, the path of values and a hint
 */
export function renderBytes(
  set: TemplateSet,
  templates: readonly ChartTemplate[],
  options: ExecuteOptions = {},
): Map<string, string> {
  const byName = new Map(templates.map((one) => [one.name, one]));
  const rendered = new Map<string, string>();
  for (const name of renderOrder(byName.keys())) {
    if (baseOf(name).startsWith("_")) continue;
    rendered.set(name, renderTemplate(set, byName.get(name)!, options));
  }
  return rendered;
}

/** One template of a chart as a byte string. @throws {TemplateError} as `renderBytes` does */
export function renderTemplate(
  set: TemplateSet,
  { name, basePath, data }: ChartTemplate,
  options: ExecuteOptions = {},
): string {
  const about: [string, Value][] = [
    ["Name", encode(name)],
    ["BasePath", encode(basePath)],
  ];
  data.m.set("Template", new GoMap(new Map(about), VALUES));
  try {
    const text = set.run(encode(name), data, options);
    return text.includes(NO_VALUE) ? withoutNothing(text, options.trace) : text;
  } catch (thrown) {
    throw thrown instanceof TemplateError ? execError(name, thrown) : thrown;
  }
}

const NO_VALUE = "<no value>";

function withoutNothing(text: string, trace: Trace | undefined): string {
  const parts = text.split(NO_VALUE);
  if (trace?.deleted) {
    let at = -NO_VALUE.length;
    const places = parts.slice(0, -1).map((part) => (at += part.length + NO_VALUE.length));
    trace.deleted(NO_VALUE.length, places);
  }
  return parts.join("");
}

/** The same error with other words. */
function reworded(error: TemplateError, message: string, code = error.code): TemplateError {
  const { at, template, path, hint } = error;
  const facts: ErrorFacts = { code, at, template, path, hint, cause: error };
  return reported(new TemplateError(message, facts));
}

/** Helm shows the place of a parse error and the last part of its words. */
function parseError(name: string, error: TemplateError): TemplateError {
  // The set has made text of it already.
  const parts = error.message.split(": ");
  const message =
    parts.length === 1
      ? `parse error in (${name}): ${error.message}`
      : `parse error at (${parts[1]}): ${parts[parts.length - 1]}`;
  const { at, hint } = error;
  return new TemplateError(message, { code: "parse", at, hint, cause: error });
}

/** Helm shows a failed execution as a stack of places, or, for `fail` and `required`, just the message and the outermost place. */
function execError(name: string, error: TemplateError): TemplateError {
  if (error.code === "limit" && !error.message.startsWith("template: "))
    return reworded(error, `${encode(name)}: ${error.message}`);
  const [, location, rest] = splitTwice(error.message);
  if (rest === undefined || location === undefined)
    return reworded(error, `execution error in (${encode(name)}): ${error.message}`);
  const failure = failureIn(rest);
  if (failure !== undefined) return reworded(error, `execution error at (${location}): ${failure}`, "failed");
  const places: string[] = [];
  for (let at: Error | undefined = error; at; at = at.cause as Error | undefined) {
    const place = placeOf(at.message);
    if (place === undefined) return reworded(error, error.message);
    if (places[places.length - 1] !== place) places.push(place);
  }
  return reworded(error, places.join("").trim());
}

/** Like strings.SplitN(text, ": ", 3). */
function splitTwice(text: string): string[] {
  const [first = "", second, ...rest] = text.split(": ");
  return second === undefined || rest.length === 0 ? [text] : [first, second, rest.join(": ")];
}

/** One error of a chain as Helm lays it out; undefined if it is none of a template. */
function placeOf(message: string): string | undefined {
  const prefix = "template: ";
  if (!message.startsWith(prefix)) return undefined;
  const rest = message.slice(prefix.length);
  if (rest.startsWith("no template ")) return `${message}\n`;
  return executingPlace(rest) ?? simplePlace(rest);
}

function executingPlace(rest: string): string | undefined {
  const cut = rest.indexOf(": executing ");
  if (cut === -1) return undefined;
  const after = rest.slice(cut + ": executing ".length);
  const quote = after[0] === '"' ? after.indexOf('"', 1) : -1;
  if (quote === -1 || !after.startsWith(" at <", quote + 1)) return undefined;
  const at = after.slice(quote + " at <".length + 1);
  const end = at.indexOf(">: ");
  if (end === -1) return undefined;
  const words = withoutInner(at.slice(end + 3));
  return laidOut(
    rest.slice(0, cut),
    `executing ${after.slice(0, quote + 1)} at <${at.slice(0, end)}>:`,
    words,
  );
}

function simplePlace(rest: string): string | undefined {
  const cut = rest.lastIndexOf(": ");
  return cut === -1 ? undefined : laidOut(rest.slice(0, cut), "", withoutInner(rest.slice(cut + 2)));
}

/** Words up to those of an error within. */
function withoutInner(words: string): string {
  const cut = words.indexOf(" template:");
  return cut === -1 ? words : words.slice(0, cut);
}

function laidOut(location: string, executed: string, words: string): string {
  return `${location && `${location}\n  `}${executed && `${executed}\n    `}${words && `${words}\n`}`;
}
