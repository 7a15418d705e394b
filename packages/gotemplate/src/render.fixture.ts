/** For tests: what a template prints, or the words of its error. */
import { type ExecuteOptions, mapOf, parseTemplates, TemplateError, valuesObject } from "./index.ts";

export function render(text: string, values: object = {}, options: ExecuteOptions = {}): string {
  const set = parseTemplates([{ name: "t", text }]);
  return set.execute("t", mapOf({ Values: valuesObject(values) }), options);
}

/** The message of the error, without the place that it begins with. */
export function failure(text: string, values: object = {}, options: ExecuteOptions = {}): string {
  return errorOf(text, values, options).message.replace(
    /^template: t:\d+(?::\d+)?: (?:executing "\w+" )?/,
    "",
  );
}

export function errorOf(text: string, values: object = {}, options: ExecuteOptions = {}): TemplateError {
  try {
    const output = render(text, values, options);
    throw new Error(`printed ${JSON.stringify(output)} instead of failing`);
  } catch (thrown) {
    if (thrown instanceof TemplateError) return thrown;
    throw thrown;
  }
}

/** A host whose clock stands still and whose dice are known. */
export const STILL: ExecuteOptions = {
  now: () => Date.UTC(2026, 2, 29, 0, 59, 58, 500),
  random: (size) => Uint8Array.from({ length: size }, (_, i) => (i * 37 + 11) % 256),
};
