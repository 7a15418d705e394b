/** Helm's function map. */
import type { Fn } from "../runtime.ts";
import { compare } from "./compare.ts";
import { crypto } from "./crypto.ts";
import { dates } from "./dates.ts";
import { dicts } from "./dicts.ts";
import { encoding } from "./encoding.ts";
import { flow } from "./flow.ts";
import { json } from "./json.ts";
import { lists } from "./lists.ts";
import { math } from "./math.ts";
import { regex } from "./regex.ts";
import { semver } from "./semver.ts";
import { strings } from "./strings.ts";
import { templates } from "./templates.ts";
import { toml } from "./toml.ts";
import { types } from "./types.ts";
import { urls } from "./urls.ts";
import { yaml } from "./yaml.ts";

/** All functions a template may call, by name. */
export const FUNCTIONS: ReadonlyMap<string, Fn> = new Map(
  [
    compare,
    crypto,
    dates,
    dicts,
    encoding,
    flow,
    json,
    lists,
    math,
    regex,
    semver,
    strings,
    templates,
    toml,
    types,
    urls,
    yaml,
  ].flatMap(Object.entries),
);

export const FUNCTION_NAMES: ReadonlySet<string> = new Set(FUNCTIONS.keys());
