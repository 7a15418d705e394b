/** Helm itself, to compare with: built on first use from the module beside this file, kept outside the repository. */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { unavailable } from "../controlplane/errors.ts";
import { cacheOf, go, once, onPath, recipeOf } from "../programs.ts";

export const helmVersion = "v4.2.4";
const command = "helm.sh/helm/v4/cmd/helm";
const flags = ["-trimpath", "-ldflags", "-s -w"];
const buildMs = 30 * 60_000;

export type Programs = {
  /** Helm's command. */
  helm: string;
  /** Answers JSON lines (main.go). */
  oracle: string;
};

/**
 * The programs, built on first use, from the cache after that.
 * @param say hears of what takes long
 * @throws an error with exit code 3 when Go is missing
 */
export async function programs(
  say: (step: string) => void = (step) => console.error(step),
): Promise<Programs> {
  const here = import.meta.dirname;
  const sources = readdirSync(here)
    .filter((name) => /\.(?:go|mod|sum)$/.test(name))
    .sort();
  const recipe = await recipeOf(
    sources.map((name) => join(here, name)),
    [command, flags],
  );
  const built = await once(cacheOf("oracle"), `helm-${helmVersion}-${recipe}`, async (dir) => {
    if (onPath("go") === undefined)
      throw unavailable(
        "Go is not installed: the Helm to compare with is built with 'go build' (Go 1.26 or newer); see https://go.dev/dl",
      );
    say(`building Helm ${helmVersion} to compare with: about two minutes on two cores, once`);
    const args = ["-n", "19", "go", "build", ...flags, "-o", `${dir}/`, ".", command];
    await go(here, "nice", args, "building Helm", buildMs);
  });
  return { helm: join(built, "helm"), oracle: join(built, "oracle") };
}

/** A question to the oracle: see renderRequest and benchRequest of the Go sources. */
export type Question = { op: "render" | "bench"; [field: string]: unknown };

export type Oracle = {
  /** Answers in the order of the questions. @throws when a question makes no sense, or when the oracle died */
  ask(questions: readonly Question[]): Promise<any[]>;
  stop(): void;
};

/** Starts the oracle in UTC. What ends it is told by its answers failing; it ends with `stop`, or with this process. */
export function startOracle(program: string): Oracle {
  const child = spawn(program, { stdio: ["pipe", "pipe", "ignore"], env: { ...process.env, TZ: "UTC" } });
  const waiting: { resolve(answer: unknown): void; reject(error: Error): void }[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const answer = JSON.parse(line);
    const one = waiting.shift()!;
    if (answer.invalid === undefined) one.resolve(answer);
    else one.reject(new Error(`the oracle cannot answer: ${answer.invalid}`));
  });
  child.on("exit", (code, signal) => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`the oracle ended (${signal ?? code})`));
  });
  child.stdin.on("error", () => {}); // its exit tells
  return {
    ask: async (questions) => {
      const answers = questions.map(
        () => new Promise<unknown>((resolve, reject) => waiting.push({ resolve, reject })),
      );
      child.stdin.write(questions.map((question) => `${JSON.stringify(question)}\n`).join(""));
      return Promise.all(answers);
    },
    stop: () => child.kill("SIGKILL"),
  };
}
