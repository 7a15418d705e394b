import { execFile, spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** One thing that a user does with kubectl, in namespace `demo` unless its words say otherwise. */
export type Step = {
  /** A sentence about the answer. */
  it: string;
  /** The words after `kubectl`, separated by blanks, or one by one when a word has blanks itself. */
  run: string | string[];
  /** What `-f -` reads. */
  input?: object;
  /** Exit code that is expected; default 0. */
  code?: number;
  /** What stdout or stderr must say, on both clusters. */
  says?: RegExp;
  /** kubectl goes on until it said `says`; these words are another kubectl's, as soon as it said `once`. */
  meanwhile?: { once: RegExp; run: string };
  /** Lines come in no order of their own. */
  unordered?: true;
  /** Why only the embedded cluster is held to `code` and `says`, and its words are not compared with the real one's. */
  differs?: string;
};

export type Answer = { code: number; stdout: string; stderr: string };

export type Kubectl = (step: Pick<Step, "run" | "input" | "says" | "meanwhile">) => Promise<Answer>;

const stepMs = 60_000;

/** A kubectl that talks to the cluster of `kubeconfig` and keeps its caches in `home`. */
export async function kubectlOf(program: string, kubeconfig: string, home: string): Promise<Kubectl> {
  await mkdir(join(home, "tmp"), { recursive: true });
  const env = { PATH: process.env.PATH, HOME: home, TMPDIR: join(home, "tmp"), KUBECONFIG: kubeconfig };
  const wordsOf = (run: Step["run"]) => [
    "--namespace=demo",
    ...(typeof run === "string" ? run.split(" ") : run),
  ];

  const once: Kubectl = ({ run, input }) =>
    new Promise((resolve) => {
      const child = execFile(program, wordsOf(run), { env, timeout: stepMs }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, stdout, stderr });
      });
      child.stdin?.on("error", () => {}); // it may end without reading
      child.stdin?.end(input === undefined ? "" : JSON.stringify(input));
    });

  const watching = async (run: Step["run"], says: RegExp, meanwhile: NonNullable<Step["meanwhile"]>) => {
    const child = spawn(program, wordsOf(run), { env, timeout: stepMs });
    const said = { stdout: "", stderr: "" };
    let ended = false;
    child.stdout.on("data", (chunk) => void (said.stdout += chunk));
    child.stderr.on("data", (chunk) => void (said.stderr += chunk));
    const end = new Promise<void>((resolve) => child.once("exit", () => resolve((ended = true) as never)));
    const until = async (pattern: RegExp) => {
      while (!ended && !pattern.test(said.stdout)) await pause(20);
    };
    await until(meanwhile.once);
    const other = await once({ run: meanwhile.run });
    await until(says);
    child.kill("SIGTERM");
    await end;
    const seen = says.test(said.stdout) && other.code === 0;
    return { code: seen ? 0 : 1, ...said };
  };

  return (step) =>
    step.meanwhile === undefined ? once(step) : watching(step.run, step.says ?? /$/, step.meanwhile);
}

const masks: [pattern: RegExp, text: string][] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uid>"],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| [+-]\d{4})?/g, "<time>"],
  [/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, "<time>"],
  [/(resource ?Version\\*"?: *\\*"?)\d+/gi, "$1<version>"],
  [/https?:\/\/[\d.]+(:\d+)?/g, "<server>"],
  [/\b\d{1,3}(\.\d{1,3}){3}(\/\d+)?\b/g, "<ip>"],
  [/\/tmp\/\S*?(LIVE|MERGED)-\d+/g, "<$1>"],
  // Names that controllers generate: web-7c5ddbdf54-2xkq9, once-4xk2p.
  [/\b(web|once|shop)-[bcdfghjklmnpqrstvwxz0-9]{6,10}(-[a-z0-9]{5})?\b/g, "$1-<generated>"],
  [/\b(once|web-<generated>)-[a-z0-9]{5}\b/g, "$1-<generated>"],
  [/(pod-template-hash[=:] ?"?)[a-z0-9]+/g, "$1<hash>"],
  [/<invalid>|(?<![\w.-])(\d+[smhd])+(?![\w.-])( \(x\d+ over (\d+[smhd])+\))?/g, "<age>"],
  [/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, "<token>"],
  // Columns are as wide as what was masked.
  [/[ \t]+/g, " "],
  [/-{2,}/g, "--"],
  [/ $/gm, ""],
];

/** What may be compared of an answer: without times, generated names and addresses. */
export function masked({ code, stdout, stderr }: Answer, { unordered }: Pick<Step, "unordered">): string {
  const tidy = (text: string) => {
    const lines = masks.reduce((left, [pattern, by]) => left.replace(pattern, by), text).split("\n");
    return (unordered ? lines.sort() : lines).join("\n").trim();
  };
  return `exit ${code}\n${tidy(stdout)}\n--- stderr\n${tidy(stderr)}`;
}
