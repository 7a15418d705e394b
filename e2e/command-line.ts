/** Programs run as a user runs them, and tables of what they must answer. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";

export type Answer = { code: number | null; out: string; err: string };

/** Runs `program` to its end; after `killMs` it is interrupted as by Ctrl-C, and its answer so far counts. */
export function runProgram(
  program: string,
  args: readonly string[],
  { env, cwd, killMs = 240_000 }: { env?: NodeJS.ProcessEnv; cwd?: string; killMs?: number } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
    const answer = { out: "", err: "" };
    child.stdout.setEncoding("utf8").on("data", (text) => {
      answer.out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      answer.err += text;
    });
    const timer = setTimeout(() => child.kill("SIGINT"), killMs);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code, ...answer });
    });
  });
}

/** What an answer must be: its exit code, and something that each stream says; an empty text means silence. */
export type Expected = { code?: number; out?: RegExp | ""; err?: RegExp | "" };

/** Throws an AssertionError that shows the whole answer when it is not as expected. */
export function check(answer: Answer, { code = 0, out, err }: Expected): void {
  const shown = `exit code ${answer.code}\n--- out\n${answer.out}\n--- err\n${answer.err}`;
  assert.equal(answer.code, code, shown);
  for (const [text, expected] of [
    [answer.out, out],
    [answer.err, err],
  ] as const) {
    if (expected === "") assert.equal(text, "", shown);
    else if (expected !== undefined) assert.match(text, expected, shown);
  }
}
