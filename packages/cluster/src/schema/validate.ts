import type { FieldError, Schema } from "./types.ts";
/** Every complaint that `schema` has about `value`; `old` enables transition rules. */
export function validate(_value: unknown, _schema: Schema, _options: { old?: unknown } = {}): FieldError[] {
  return [];
}
