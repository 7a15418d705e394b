import { printValue } from "./print.ts";
import { GoObject, type Value } from "./value.ts";

/** What an action prints of a value. Go looks through pointers, and takes the address where String() asks for one. */
export function goText(value: Value): string {
  if (value === undefined) return "<no value>";
  if (value instanceof GoObject) {
    if (value.type.pointerText) return value.type.pointerText(value);
    if (value.type.kind === "ptr" && !value.type.text) return printValue(value).slice(1);
  }
  return printValue(value);
}
