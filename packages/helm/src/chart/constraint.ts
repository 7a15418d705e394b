import { type Constraint, parseConstraint } from "@sluice/api";
import { go } from "@sluice/gotemplate";
import { ChartError, type ChartErrorCode } from "../errors.ts";

/**
 * A range of versions, or Masterminds' words for a text that is none.
 * @param before what Helm says before them
 */
export function constraintOf(text: string, code: ChartErrorCode, before = ""): Constraint {
  try {
    return parseConstraint(text);
  } catch (cause) {
    throw new ChartError(code, `${before}improper constraint: ${go.quote(text)}`, { cause });
  }
}
