/** include, tpl and lookup: functions that run templates or ask the cluster. */
import { decode } from "../bytes.ts";
import { newFrame } from "../compile.ts";
import { mapOf } from "../data.ts";
import { GoError, saying } from "../errors.ts";
import { goQuote } from "../quote.ts";
import { type Definition, type Definitions, type Frame, tick } from "../runtime.ts";
import { GoMap, type Value } from "../value.ts";
import { type Functions, fn } from "./define.ts";

/** Inclusions of one name within each other; Helm's limit. */
const MAX_NESTED = 1000;

/** What a template prints, for another one to use. */
function capture({ run }: Frame, set: Definitions, definition: Definition, data: Value): string {
  tick(run);
  if (run.depth >= run.limits.depth)
    throw new GoError(`exceeded maximum template depth (${run.limits.depth})`);
  const before = run.out;
  run.out = "";
  run.depth++;
  definition.body(newFrame(run, set, definition, data === null ? undefined : data));
  run.depth--;
  const text = run.out;
  run.out = before;
  return text;
}

function include(frame: Frame, name: string, data: Value): string {
  const { run, set } = frame;
  const nested = run.included.get(name) ?? 0;
  if (nested > MAX_NESTED)
    throw new GoError(`rendering template has a nested reference name: ${name}: unable to execute template`);
  const definition = set.find(name);
  if (!definition)
    throw new GoError(`template: no template ${goQuote(name)} associated with template "gotpl"`);
  run.included.set(name, nested + 1);
  const text = capture(frame, set, definition, data);
  run.included.set(name, nested);
  return text;
}

/** The name of texts that `tpl` runs. */
const INLINE = "gotpl";

function tpl(frame: Frame, text: string, data: Value): string {
  const { run, set } = frame;
  const inner = saying(`cannot parse template ${goQuote(text)}`, () => run.parseInline(text, set));
  const definition = inner.find(INLINE)!;
  const result = saying(`error during tpl function execution for ${goQuote(text)}`, () =>
    capture(frame, inner, definition, data),
  );
  return result.includes("<no value>") ? result.replaceAll("<no value>", "") : result;
}

function lookup({ run }: Frame, apiVersion: string, kind: string, namespace: string, name: string): Value {
  const { host } = run;
  if (host.lint || !host.lookup) return new GoMap();
  const found = host.lookup(decode(apiVersion), decode(kind), decode(namespace), decode(name));
  return found ? mapOf(found) : new GoMap();
}

export const templates: Functions = {
  include: fn("string any", include),
  tpl: fn("string any", tpl),
  lookup: fn("string string string string", lookup),
};
