import { same } from "../plain.ts";

/**
 * Who is asked again in the second round of mutations (policy/mutating/reinvocationcontext.go, webhook/mutating/…): those that ask for it, after
 * somebody else has changed the object.
 */
export type Reinvocation = {
  /** something was written to the object in the current round */
  touched: boolean;
  /** a second round is needed */
  readonly isNeeded: boolean;
  begin(object: unknown): void;
  /** whether `key` is to be asked in this round */
  isDue(key: string): boolean;
  /** `key` was asked and has `changed` the object, or not */
  done(key: string, changed: boolean, ifNeeded: boolean): void;
  end(object: unknown): void;
};

/** For the policies, or the webhooks, of one write. `end` begins the second round. */
export function newReinvocation(): Reinvocation {
  let round = 1;
  let [isNeeded, output]: [boolean, unknown] = [false, undefined];
  let invoked = new Set<string>();
  const again = new Set<string>();
  const require = () => {
    for (const key of invoked) again.add(key);
    invoked = new Set();
  };
  return {
    touched: false,
    get isNeeded() {
      return isNeeded;
    },
    begin(object) {
      if (round === 2 && !same(output, object)) require();
    },
    isDue: (key) => round === 1 || again.has(key),
    done(key, changed, ifNeeded) {
      if (changed) {
        require();
        isNeeded = true;
      }
      if (ifNeeded) invoked.add(key);
    },
    end(object) {
      if (this.touched) {
        require();
        isNeeded = true;
      }
      output = object;
      round = 2;
    },
  };
}
