/** Random values for the fuzzer of templates, and ways to get at them. */
import type { Random } from "./random.ts";

/** What a generator knows about an expression: the kind of its value. */
export type Kind = "string" | "number" | "bool" | "list" | "dict" | "nil" | "any";

/** JSON, and bigint for what `--set` makes of integers. */
export type Data = null | string | number | boolean | bigint | Data[] | { [key: string]: Data };

export const WORDS = ["web", "app", "nginx", "main", "prod-eu", "Hello World", "camelCaseText", "snake_case"];
const STRINGS = [
  ...WORDS,
  "",
  " ",
  "  padded\t",
  "two\nlines\n",
  "line1\r\nline2",
  "ünïcödé",
  "日本語",
  "🎉 party",
  "ß→SS",
  "İstanbul",
  "a\u0000b",
  "quote\"d 'x' `y` \\z",
  "<b>&amp;</b>",
  "{{ .Values }}",
  "<no value>",
  "true",
  "null",
  "~",
  "yes",
  "on",
  "0",
  "0x1F",
  "010",
  "1_000",
  "1e3",
  "1.50",
  "-7",
  ".5",
  "NaN",
  "12:30",
  "2024-02-29",
  "2024-02-29T12:34:56Z",
  "v1.2.3-rc.1+build.5",
  "1.2",
  ">=1.2.0 <2",
  "^1.2",
  "a,b,,c",
  "a/b//c/../d.tar.gz",
  "https://user:pa%20ss@example.com:8443/p/a?q=1&r=%2F#frag",
  "aGVsbG8=",
  "NBSWY3DP",
  "key: value\nlist:\n- 1\n- 'x'\n",
  '{"a": [1, 2.5, null], "b": {"c": "d"}}',
  'a = 1\n[t]\nb = "x"\n',
  "100m",
  "1h30m",
  "- dash",
  "# hash",
  "a: b",
  "*star",
  "&amp",
  "!tag",
  "%percent",
  "@at",
  "x".repeat(90),
  `${"long words and ".repeat(9)}end`,
  "trailing:",
  "=",
  "é combining",
  "\u2028sep",
  "\ufeffbom",
];
const NUMBERS = [
  0,
  1,
  2,
  3,
  -1,
  7,
  10,
  42,
  80,
  8080,
  255,
  0.5,
  -2.75,
  1.5,
  3.999,
  1e3,
  1e6,
  123456789,
  1e-7,
  0.1,
  1e20,
  1e21,
  123456789012345680000,
  2 ** 31,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 63),
  1.7976931348623157e308,
  5e-324,
  100,
  1e15,
  1234567.25,
];
const BIG = [0n, 1n, -5n, 8080n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
const KEYS = ["name", "image", "port", "a", "b", "c", "enabled", "items", "labels", "x1", "_u", "Upper"];
const ODD_KEYS = ["app.kubernetes.io/name", "a-b", "ключ", "", "1", "true", "a b", "é", "Z", "~", "null"];

export const aString = (r: Random): string => r.pick(STRINGS);
const aKey = (r: Random): string => (r.chance(85) ? r.pick(KEYS) : r.pick(ODD_KEYS));

function scalar(r: Random): Data {
  switch (r.below(10)) {
    case 0:
      return null;
    case 1:
      return r.chance(50);
    case 2:
    case 3:
    case 4:
      return r.pick(NUMBERS);
    case 5:
      return r.chance(50) ? r.pick(BIG) : r.pick(NUMBERS);
    default:
      return aString(r);
  }
}

function datum(r: Random, depth: number): Data {
  const kind = r.below(depth > 0 ? 10 : 6);
  if (kind < 6) return scalar(r);
  if (kind < 8) {
    // Mostly of one kind, as lists are.
    const one = r.pick([() => aString(r), () => r.pick(NUMBERS), () => datum(r, depth - 1)]);
    return Array.from({ length: r.below(4) }, () => (r.chance(90) ? one() : scalar(r)));
  }
  return dictOf(r, depth);
}

function dictOf(r: Random, depth: number): Data {
  return Object.fromEntries(Array.from({ length: r.below(5) }, () => [aKey(r), datum(r, depth - 1)]));
}

/** The values of one run: always with something of each kind. */
export function valuesOf(r: Random): { [key: string]: Data } {
  return {
    s: aString(r),
    n: r.pick(NUMBERS),
    yes: true,
    no: false,
    nothing: null,
    l: Array.from({ length: 1 + r.below(3) }, () => datum(r, 1)),
    words: Array.from({ length: 1 + r.below(4) }, () => r.pick(WORDS)),
    d: { ...(dictOf(r, 3) as object), name: aString(r), port: r.pick(NUMBERS) },
    deep: { er: { still: datum(r, 2), n: r.pick(BIG) } },
    ...(r.chance(60) && { [aKey(r)]: datum(r, 3), [aKey(r)]: datum(r, 2) }),
  };
}

export function kindOf(data: Data): Kind {
  if (data === null) return "nil";
  if (Array.isArray(data)) return "list";
  switch (typeof data) {
    case "object":
      return "dict";
    case "bigint":
    case "number":
      return "number";
    case "boolean":
      return "bool";
    default:
      return "string";
  }
}

/** Something that a template can write down to get at a value. */
export type Path = { text: string; kind: Kind; data: Data };

/** All paths of plain names into data. */
export function pathsOf(prefix: string, data: Data, depth = 4): Path[] {
  if (data === null || typeof data !== "object" || Array.isArray(data) || depth === 0) return [];
  return Object.entries(data).flatMap(([key, item]) => {
    if (!/^[A-Za-z_]\w*$/.test(key)) return [];
    const text = `${prefix}.${key}`;
    return [{ text, kind: kindOf(item), data: item }, ...pathsOf(text, item, depth - 1)];
  });
}

/** Values as the oracle reads them. */
export function toWire(data: Data): unknown {
  if (typeof data === "bigint") return { $int64: String(data) };
  if (Array.isArray(data)) return data.map(toWire);
  if (data === null || typeof data !== "object") return data;
  return Object.fromEntries(Object.entries(data).map(([key, item]) => [key, toWire(item)]));
}
