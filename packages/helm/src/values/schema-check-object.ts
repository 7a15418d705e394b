import { check, type Frame, fail, failAt, failSelf, sorted, spend } from "./schema-check.ts";
import type { ObjectRules, Schema } from "./schema-compile.ts";
import { count, listed, quoted } from "./schema-words.ts";

type Table = Record<string, unknown>;

/** Puts the keywords about objects to one. */
export function checkObject(frame: Frame, rules: ObjectRules, value: Table): void {
  const names = Object.keys(value);
  checkSize(frame, rules, names.length);
  const missing = without(value, rules.required);
  if (missing.length > 0) {
    fail(frame, () => `missing propert${missing.length === 1 ? "y" : "ies"} ${listed(missing)}`);
  }
  if (frame.quiet && frame.problems.length > 0) return;
  for (const { name, needs } of rules.dependencies) {
    if (!Object.hasOwn(value, name)) continue;
    if (isSchema(needs)) failSelf(frame, needs);
    else checkNeeds(frame, value, name, needs);
  }
  checkProperties(frame, rules, value);
  if (rules.names) for (const name of sorted(names)) checkName(frame, rules.names, name);
  for (const { name, schema } of rules.dependentSchemas) {
    if (Object.hasOwn(value, name)) failSelf(frame, schema);
  }
  for (const { name, needs } of rules.dependentRequired) {
    if (Object.hasOwn(value, name)) checkNeeds(frame, value, name, needs);
  }
}

const isSchema = (needs: readonly string[] | Schema): needs is Schema => !Array.isArray(needs);

function checkSize(frame: Frame, { least, most }: ObjectRules, size: number): void {
  if (least !== undefined && size < least) {
    fail(frame, () => `minProperties: got ${count(size)}, want ${count(least)}`);
  }
  if (most !== undefined && size > most) {
    fail(frame, () => `maxProperties: got ${count(size)}, want ${count(most)}`);
  }
}

const without = (value: Table, names: readonly string[]): string[] =>
  names.filter((name) => !Object.hasOwn(value, name));

function checkNeeds(frame: Frame, value: Table, name: string, needs: readonly string[]): void {
  const missing = without(value, needs);
  if (missing.length > 0)
    fail(frame, () => `properties ${listed(missing)} required, if ${quoted(name)} exists`);
}

function checkProperties(frame: Frame, rules: ObjectRules, value: Table): void {
  const { properties, patterns, additional } = rules;
  if (!properties && patterns.length === 0 && additional === undefined) return;
  const forbidden: string[] = [];
  for (const name of sorted(Object.keys(value))) {
    let seen = false;
    const see = (schema: Schema) => {
      seen = true;
      failAt(frame, schema, value[name], name);
    };
    const schema = properties?.get(name);
    if (schema) see(schema);
    spend(frame.run, patterns.length * name.length);
    for (const one of patterns) if (one.pattern.test(name)) see(one.schema);
    if (seen) frame.unseen.names?.delete(name);
    else if (additional === false) forbidden.push(name);
    else if (additional) see(additional);
    if (frame.quiet && frame.problems.length > 0) return;
  }
  if (forbidden.length > 0) fail(frame, () => `additional properties ${listed(forbidden)} not allowed`);
}

/** A name is checked for itself: its problems are told as if it were the whole value. */
function checkName(frame: Frame, schema: Schema, name: string): void {
  const causes = check(schema, name, frame.run, frame.meta);
  if (causes.length === 0) return;
  fail({ ...frame, at: undefined }, () => `invalid propertyName ${quoted(name)}`, causes);
}
