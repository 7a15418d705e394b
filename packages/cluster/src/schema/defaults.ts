import type { Schema } from "./types.ts";
/** Fills the defaults of `schema` into `value`, in place. */
export function applyDefaults(_value: unknown, _schema: Schema): void {}
