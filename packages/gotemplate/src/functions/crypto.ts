import type { Functions } from "./define.ts";
export const crypto: Functions = {};
