/**
 * JSON as the API server writes it: integers that a double cannot hold become `bigint`, and `bigint` is written
 * back digit for digit. Everything else is plain `JSON`.
 */

// A cheap look at the whole text first: the reviver costs three times what plain parsing does.
const longNumber = /[0-9]{16}/;
const integer = /^-?[0-9]+$/;

/** @throws {SyntaxError} when `text` is not JSON. */
export function parseJson(text: string): unknown {
  return longNumber.test(text) ? JSON.parse(text, reviveInteger as Reviver) : JSON.parse(text);
}

/** @returns JSON text; `bigint` values as integers. */
export function formatJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
    return JSON.stringify(value, (_, held) => (typeof held === "bigint" ? rawJson(held) : held));
  }
}

type Reviver = (this: unknown, key: string, value: unknown) => unknown;

const min64 = -(2n ** 63n);
const max64 = 2n ** 63n - 1n;

function reviveInteger(_key: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value) || !source || !integer.test(source))
    return value;
  const exact = BigInt(source);
  // Beyond 64 bits Go reads a float as well.
  return exact >= min64 && exact <= max64 ? exact : value;
}

const rawJson = (value: bigint): unknown =>
  (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(value));

/** Whether two JSON values are the same, whatever the order of their keys. */
export function sameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  if (Array.isArray(one)) {
    const list = other as unknown[];
    return one.length === list.length && one.every((item, at) => sameJson(item, list[at]));
  }
  const left = one as Record<string, unknown>;
  const right = other as Record<string, unknown>;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]))
  );
}
