import { GoError } from "../errors.ts";
import { GoMap, type Value } from "../value.ts";
import { type Functions, fn } from "./define.ts";
import { readToml } from "./toml-read.ts";
import { writeToml } from "./toml-write.ts";

/** Helm gives the error as the text; only a bare nil fails. */
function toToml(value: Value): string {
  try {
    return writeToml(value);
  } catch (thrown) {
    if (thrown instanceof GoError && value !== null) return thrown.message;
    throw thrown;
  }
}

function fromToml(text: string): GoMap {
  try {
    return readToml(text);
  } catch (thrown) {
    if (thrown instanceof GoError) return new GoMap(new Map([["Error", thrown.message]]));
    throw thrown;
  }
}

export const toml: Functions = {
  toToml: fn("any", (_, value) => toToml(value)),
  mustToToml: fn("any", (_, value) => writeToml(value)),
  fromToml: fn("string", (_, text) => fromToml(text)),
};
