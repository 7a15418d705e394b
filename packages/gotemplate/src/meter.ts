/** Counts work on values in places that know nothing of the run that they are part of: printing, comparing, encoding. */
import { type Run, tick } from "./runtime.ts";

// Templates run from beginning to end without a pause, so that there is never more than one run at a time.
let current: Run | undefined;

/** Does work on account of a run. */
export function metered<T>(run: Run, work: () => T): T {
  const outer = current;
  current = run;
  try {
    return work();
  } finally {
    current = outer;
  }
}

/** Counts one part of a value. Values that hold themselves several times over have very many. */
export function spend(): void {
  if (current) tick(current);
}
