/**
 * What Go's libraries read, print and say, for packages that must answer as Helm does. Here texts are texts, where the rest of
 * this package has byte strings.
 */
import { decode, encode, fromBytes } from "./bytes.ts";
import { fromData, toData } from "./data.ts";
import { GoError } from "./errors.ts";
import { compilePattern } from "./functions/regex.ts";
import { parseUrl, type Url } from "./functions/urls.ts";
import { checkKind, readYaml as readBytes, readSpelled as readBytesSpelled } from "./functions/yaml.ts";
import { jsonEnd, parseJson } from "./json.ts";
import { checkAddress as checkIp } from "./netip.ts";
import { formatG } from "./numbers.ts";
import { printValue, sprintf } from "./print.ts";
import { goQuote } from "./quote.ts";
import { parseTime } from "./time/parse.ts";
import { UTC } from "./time/zone.ts";
import { typeName } from "./value.ts";

export { isSpace } from "./bytes.ts";
export { GoError } from "./errors.ts";
export { cleanPath } from "./functions/urls.ts";
export { jsonType } from "./json.ts";

/** Runs with byte strings inside and gives errors as text. */
function asText<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof GoError) throw new GoError(decode(thrown.message));
    throw thrown;
  }
}

/** fmt's %q of a text. */
export const quote = (text: string): string => decode(goQuote(encode(text)));

/** fmt's %v of plain data: numbers are float64, bigints int64, objects maps. */
export const print = (data: unknown): string => decode(printValue(fromData(data)));

/** fmt.Sprintf with plain data. */
export const format = (words: string, ...data: unknown[]): string =>
  decode(
    sprintf(
      encode(words),
      data.map((one) => fromData(one)),
    ),
  );

/** fmt's %T of plain data: `float64`, `map[string]interface {}`; of null `<nil>`. */
export const typeOf = (data: unknown): string => (data === null ? "<nil>" : typeName(fromData(data)));

/** fmt's %v of a float64. */
export const printFloat = (value: number): string => formatG(value);

/** strconv.FormatFloat(value, 'g', -1, 32): the shortest digits that a float32 needs. */
export function printFloat32(value: number): string {
  const wanted = Math.fround(value);
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(wanted.toPrecision(digits));
    if (Math.fround(short) === wanted) return formatG(short);
  }
  return formatG(wanted);
}

/**
 * The first document of a YAML text as sigs.k8s.io/yaml reads it: every number is a float64, objects have no prototype, nothing
 * is null.
 * @throws {GoError} `error converting YAML to JSON: yaml: line 3: …`
 */
export function readYaml(content: string | Uint8Array): unknown {
  return asText(() => readBytes(typeof content === "string" ? encode(content) : fromBytes(content)));
}

/**
 * As `readYaml`, but a scalar that is not written as it prints is a `Raw` of `@sluice/yaml` with its spelling, and integers are
 * exact: for readers that make texts of them. @throws {GoError} in Go's words
 */
export function readSpelled(content: Uint8Array): unknown {
  return asText(() => readBytesSpelled(fromBytes(content)));
}

/**
 * As `readYaml`, where a map is wanted. Nothing at all is an empty map.
 * @throws {GoError} also if it is no map: `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into …`
 */
export function readYamlMap(content: string | Uint8Array): Record<string, unknown> {
  const data = readYaml(content);
  checkKind(data, "map[string]interface {}");
  return (data ?? Object.create(null)) as Record<string, unknown>;
}

/** A JSON text as `encoding/json` decodes it into `interface {}`. @throws {GoError} in Go's words */
export function readJson(text: string): unknown {
  const { value, error } = parseJson(encode(text), "interface {}");
  if (error !== undefined) throw new GoError(decode(error));
  return toData(value);
}

/**
 * Where the JSON value ends that a text begins with, counted in UTF-16 units: what json.Decoder would take of it.
 * @throws {GoError} in the words of json.Decoder
 */
export function endOfJson(text: string): number {
  return asText(() => jsonEnd(text));
}

/** A regular expression in RE2's syntax, matched in linear time. @throws {GoError} in Go's words */
export function pattern(source: string): { test(text: string): boolean } {
  const regex = asText(() => compilePattern(encode(source)));
  return { test: (text) => regex.matcher(text).find() };
}

/** Checks that a text is an IP address. @throws {GoError} as netip.ParseAddr words it */
export function checkAddress(text: string): void {
  asText(() => checkIp(encode(text)));
}

/** Checks that a text is a time in Go's `layout`. @throws {GoError} as time.Parse words it */
export function checkTime(layout: string, text: string): void {
  asText(() => parseTime(layout, encode(text), UTC));
}

/** url.Parse; the parts are byte strings. @throws {GoError} in Go's words */
export const url = (text: string): Url => asText(() => parseUrl(encode(text)));

export type { Url } from "./functions/urls.ts";
