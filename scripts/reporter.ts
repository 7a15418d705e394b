// The reporter of `npm test`: a line for each file, every failure in full at the end, and the totals.
import { relative } from "node:path";
import type { TestEvent } from "node:test/reporters";

type Failure = { file: string; name: string; error: Error & { cause?: unknown; failureType?: string } };
type Tally = { passed: number; failed: number; skipped: number };

/**
 * Turns the events of node's test runner into text. Suites are not counted, only the tests in them; where a hook failed it is
 * told instead of all the tests that did not run for it.
 */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const total: Tally = { passed: 0, failed: 0, skipped: 0 };
  const files = new Map<string, Tally>();
  const failures: Failure[] = [];
  for await (const { type, data } of events) {
    if (type === "test:summary" && data.file !== undefined) {
      const { passed, failed, skipped } = files.get(data.file) ?? { passed: 0, failed: 0, skipped: 0 };
      const ms = `${Math.round(data.duration_ms)} ms`.padStart(9);
      const extra = [failed && `${failed} FAILED`, skipped && `${skipped} skipped`]
        .filter(Boolean)
        .join(", ");
      yield `${ms}  ${String(passed).padStart(4)}  ${relative(process.cwd(), data.file)}${extra && `  (${extra})`}\n`;
    }
    if (type !== "test:pass" && type !== "test:fail") continue;
    const file = data.file ?? "";
    const error = (data.details as { error?: Failure["error"] }).error;
    const ownFailure = type === "test:fail" && error?.failureType !== "cancelledByParent";
    if (data.details.type === "suite") {
      if (ownFailure && error?.failureType === "hookFailed") failures.push({ file, name: data.name, error });
      continue;
    }
    const tally = files.get(file) ?? { passed: 0, failed: 0, skipped: 0 };
    files.set(file, tally);
    const outcome = data.skip !== undefined ? "skipped" : type === "test:pass" ? "passed" : "failed";
    tally[outcome] += 1;
    total[outcome] += 1;
    if (ownFailure && error) failures.push({ file, name: data.name, error });
  }
  for (const { file, name, error } of failures) {
    const { stack, message } = (error.cause ?? error) as Error;
    yield `\n✖ ${relative(process.cwd(), file)}: ${name}\n${stack ?? message ?? String(error.cause)}\n`;
  }
  yield `\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`;
}
