// The reporter of `npm test`: a line for each file, every failure in full at the end with what its file printed, and the totals.
import { relative, resolve } from "node:path";
import type { TestEvent } from "node:test/reporters";

type Failure = { file: string; name: string; error: Error & { cause?: unknown; failureType?: string } };
type Tally = { passed: number; failed: number; skipped: number };

/** Characters of what a file with failures printed that are shown: the logs of its processes are among them. */
const MOST_PRINTED = 100_000;

/**
 * Turns the events of node's test runner into text. Suites are not counted, only the tests in them; where a hook failed it is
 * told instead of all the tests that did not run for it.
 */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const total: Tally = { passed: 0, failed: 0, skipped: 0 };
  const files = new Map<string, Tally>();
  const failures: Failure[] = [];
  const printed = new Map<string, string>();
  for await (const { type, data } of events) {
    if (type === "test:stdout" || type === "test:stderr") {
      const file = resolve(data.file ?? ""); // as it was named to the runner, in other events it is absolute
      printed.set(file, `${printed.get(file) ?? ""}${data.message}`.slice(-MOST_PRINTED));
    }
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
  yield* inFull(failures, printed);
  yield `\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`;
}

/** Every failure, then what the files with failures printed. */
function* inFull(failures: Failure[], printed: Map<string, string>): Generator<string> {
  for (const { file, name, error } of failures) {
    const { stack, message } = (error.cause ?? error) as Error;
    yield `\n✖ ${relative(process.cwd(), file)}: ${name}\n${stack ?? message ?? String(error.cause)}\n`;
  }
  for (const file of new Set(failures.map(({ file }) => file)))
    if (printed.has(file)) yield `\nprinted by ${relative(process.cwd(), file)}:\n${printed.get(file)}\n`;
}
