import { go } from "@sluice/gotemplate";
import type { Values } from "../chart.ts";
import { ChartError } from "../errors.ts";
import { readValues } from "./read.ts";
import { type ReadFile, setIn } from "./strvals.ts";
import { copyDeep, isTable, overlay } from "./tables.ts";

/** Where values come from, in the order in which Helm lays them over one another. */
export type ValuesSources = {
  /** Values files, with the name that errors give them. */
  files?: readonly { name: string; data: Uint8Array | string }[];
  /** Texts of `--set-json`: a JSON object or `key=json,…`. */
  setJson?: readonly string[];
  /** Texts of `--set`. */
  set?: readonly string[];
  /** Texts of `--set-string`. */
  setString?: readonly string[];
  /** Texts of `--set-file`; needs `readFile`. */
  setFile?: readonly string[];
  /** Texts of `--set-literal`. */
  setLiteral?: readonly string[];
  readFile?: ReadFile;
};

/** Flags that set values, in the order in which Helm looks at them. */
export type SetFlag = "--set-json" | "--set" | "--set-string" | "--set-file" | "--set-literal";

/**
 * What values files and the flags of Helm's command line say together. Later ones win, nulls stay.
 * @throws {ChartError} `bad-values` in Helm's words
 */
export function mergeValues({ files = [], readFile, ...texts }: ValuesSources): Values {
  const values = files.map(readFileValues).reduce(overlay, Object.create(null) as Values);
  const flags: [SetFlag, readonly string[]][] = [
    ["--set-json", texts.setJson ?? []],
    ["--set", texts.set ?? []],
    ["--set-string", texts.setString ?? []],
    ["--set-file", texts.setFile ?? []],
    ["--set-literal", texts.setLiteral ?? []],
  ];
  if (flags.every(([, given]) => given.length === 0)) return values;
  return flags
    .flatMap(([flag, given]) => given.map((text) => ({ flag, text })))
    .reduce((all, { flag, text }) => withFlag(all, flag, text, readFile), copyDeep(values) as Values);
}

const KINDS = {
  "--set": "set",
  "--set-string": "string",
  "--set-file": "file",
  "--set-literal": "literal",
} as const;

/** Values with what one flag sets; writes to `values`. @throws {ChartError} `bad-values` in Helm's words */
export function withFlag(values: Values, flag: SetFlag, text: string, readFile?: ReadFile): Values {
  if (flag === "--set-json") return withJson(values, text);
  prefixed(`failed parsing ${flag} data: `, () => setIn(values, KINDS[flag], text, readFile));
  return values;
}

function readFileValues({ name, data }: { name: string; data: Uint8Array | string }): Values {
  return prefixed(`failed to parse ${name}: `, () => readValues(data), name);
}

function prefixed<T>(prefix: string, work: () => T, file?: string): T {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof ChartError)) throw thrown;
    throw new ChartError(thrown.code, prefix + thrown.message, { file, cause: thrown.cause });
  }
}

/** Helm does not say what is wrong with the JSON. */
function withJson(values: Values, text: string): Values {
  const trimmed = text.trim();
  const isObject = trimmed.startsWith("{");
  try {
    if (!isObject) {
      setIn(values, "json", text);
      return values;
    }
    const data = go.readJson(trimmed);
    return isTable(data) ? overlay(values, data) : values;
  } catch (thrown) {
    if (!(thrown instanceof go.GoError) && !(thrown instanceof ChartError)) throw thrown;
    const what = isObject ? "data JSON:" : "data";
    throw new ChartError("bad-values", `failed parsing --set-json ${what} ${text}`, { cause: thrown });
  }
}
