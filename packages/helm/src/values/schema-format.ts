import { go } from "@sluice/gotemplate";

/** Why a text is not of a format; undefined if it is. */
export type Format = (text: string) => string | undefined;

/** Runs something that fails in Go's words. */
export function goProblem(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof go.GoError) return thrown.message;
    throw thrown;
  }
}

/** A problem with something before it. */
export const prefixed = (prefix: string, problem: string | undefined): string | undefined =>
  problem === undefined ? undefined : prefix + problem;
