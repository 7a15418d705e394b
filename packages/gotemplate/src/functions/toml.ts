import type { Functions } from "./define.ts";
export const toml: Functions = {};
