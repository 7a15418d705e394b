import { GoError } from "../errors.ts";
import { type JsonStyle, parseJson, toJson } from "../json.ts";
import { GoList, GoMap, NIL_DICT, NIL_LIST, type Value } from "../value.ts";
import { type Functions, fn } from "./define.ts";

const PLAIN: JsonStyle = { html: true };
const RAW: JsonStyle = { html: false };
const PRETTY: JsonStyle = { html: true, indent: "  " };

/** Helm's functions give nothing instead of an error. */
export function orNothing(work: () => string): string {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof GoError) return "";
    throw thrown;
  }
}

/** A map that was read, or one that holds what went wrong, as Helm's from… functions give it. */
export function mapOrError({ value, error }: { value: Value; error?: string }): GoMap {
  const map = value instanceof GoMap ? value : undefined;
  if (error === undefined) return map ?? NIL_DICT;
  return new GoMap(new Map([...(map?.m ?? []), ["Error", error]]));
}

export function listOrError({ value, error }: { value: Value; error?: string }): GoList {
  if (error !== undefined) return new GoList([error]);
  return value instanceof GoList ? value : NIL_LIST;
}

function mustFromJson(text: string): Value {
  const { value, error } = parseJson(text, "interface {}");
  if (error !== undefined) throw new GoError(error);
  return value;
}

export const json: Functions = {
  toJson: fn("any", (_, value) => orNothing(() => toJson(value, PLAIN))),
  mustToJson: fn("any", (_, value) => toJson(value, PLAIN)),
  toPrettyJson: fn("any", (_, value) => orNothing(() => toJson(value, PRETTY))),
  mustToPrettyJson: fn("any", (_, value) => toJson(value, PRETTY)),
  toRawJson: fn("any", (_, value) => toJson(value, RAW)),
  mustToRawJson: fn("any", (_, value) => toJson(value, RAW)),
  fromJson: fn("string", (_, text) => mapOrError(parseJson(text, "map[string]interface {}"))),
  fromJsonArray: fn("string", (_, text) => listOrError(parseJson(text, "[]interface {}"))),
  mustFromJson: fn("string", (_, text) => mustFromJson(text)),
};
