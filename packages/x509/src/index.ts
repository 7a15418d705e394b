export * from "./addresses.ts";
export * from "./authority.ts";
export * from "./der.ts";
