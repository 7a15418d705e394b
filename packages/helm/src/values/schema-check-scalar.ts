import { type Frame, fail, spend } from "./schema-check.ts";
import type { NumberRules, TextRules } from "./schema-compile.ts";
import { compareNumbers, isMultiple, type Numeric } from "./schema-json.ts";
import { count, numeral, quoted } from "./schema-words.ts";

/** Puts the keywords about texts to one. */
export function checkText(frame: Frame, { least, most, pattern }: TextRules, value: string): void {
  if (least !== undefined || most !== undefined) {
    const length = [...value].length;
    if (least !== undefined && length < least) {
      fail(frame, () => `minLength: got ${count(length)}, want ${count(least)}`);
    }
    if (most !== undefined && length > most) {
      fail(frame, () => `maxLength: got ${count(length)}, want ${count(most)}`);
    }
  }
  if (pattern) spend(frame.run, value.length); // an expression looks at every character
  if (pattern && !pattern.test(value)) {
    fail(frame, () => `${quoted(value)} does not match pattern ${quoted(pattern.source)}`);
  }
}

/** Puts the keywords about numbers to one. */
export function checkNumber(frame: Frame, rules: NumberRules, value: Numeric): void {
  const limit = (name: string, wanted: Numeric | undefined, isBroken: (order: number) => boolean) => {
    if (wanted === undefined || !isBroken(compareNumbers(value, wanted))) return;
    fail(frame, () => `${name}: got ${numeral(value)}, want ${numeral(wanted)}`);
  };
  limit("minimum", rules.minimum, (order) => order < 0);
  limit("maximum", rules.maximum, (order) => order > 0);
  limit("exclusiveMinimum", rules.above, (order) => order <= 0);
  limit("exclusiveMaximum", rules.below, (order) => order >= 0);
  const { multipleOf } = rules;
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
    fail(frame, () => `multipleOf: got ${numeral(value)}, want ${numeral(multipleOf)}`);
  }
}
