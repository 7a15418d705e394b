import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Loose } from "../api.ts";
import { afterOutcome, type Probing, pauseOf, tryProbe } from "./probes.ts";
import type { ContainerFacts } from "./status.ts";

/** All that a process of a container is started with. */
export type Launch = {
  /** Program and arguments, on this machine. */
  argv: string[];
  env: Record<string, string>;
  /** Its output is appended here. */
  log: string;
};

export type ContainerTools = {
  podIP: string;
  restartPolicy: "Always" | "OnFailure" | "Never";
  /** Seconds between SIGTERM and SIGKILL. */
  graceSeconds: number;
  /** Prepares a start; what it throws is shown as the reason why the container waits, and it is tried again. */
  prepare(restarts: number): Promise<Launch>;
  /** Called whenever facts change. */
  onChange(): void;
  onEvent(type: "Normal" | "Warning", reason: string, message: string): void;
};

const firstBackoffMs = 1_000; // a kubelet's first is 10 s; tests should not sleep that long
const longestBackoffMs = 300_000;
const steadyMs = 600_000;
// What a new pod refers to becomes readable for its node a moment later; only what lasts is worth an event.
const againMs = (tries: number): number => Math.min(100 * 2 ** tries, 5_000);
const quietTries = 5;

/**
 * Runs a container until `signal`: starts its process, probes it, starts it again as the restart policy says, with growing
 * pauses. `facts` is the present state. The promise settles when the process is gone for good.
 */
export function runContainer(container: Loose, tools: ContainerTools, signal: AbortSignal) {
  const facts: ContainerFacts = {
    name: container.name,
    image: container.image,
    state: { waiting: { reason: "ContainerCreating" } },
    ready: false,
    started: false,
    restarts: 0,
  };
  const change = (next: Partial<ContainerFacts>) => {
    Object.assign(facts, next);
    tools.onChange();
  };
  return { facts, done: live(container, tools, facts, change, signal) };
}

type Changing = (next: Partial<ContainerFacts>) => void;

async function live(
  container: Loose,
  tools: ContainerTools,
  facts: ContainerFacts,
  change: Changing,
  signal: AbortSignal,
) {
  let backoffMs = firstBackoffMs;
  let tries = 0;
  while (!signal.aborted) {
    const launch = await tools.prepare(facts.restarts).catch((thrown: Error) => thrown);
    if (launch instanceof Error) {
      change({ state: { waiting: { reason: "CreateContainerConfigError", message: launch.message } } });
      if (tries === quietTries) tools.onEvent("Warning", "Failed", launch.message);
      await sleep(againMs(tries++), undefined, { signal }).catch(() => {});
      continue;
    }
    tries = 0;
    if (signal.aborted) break;
    const began = Date.now();
    const ended = await runOnce(container, tools, launch, change, signal);
    change({ ready: false, started: false, state: ended });
    const again =
      tools.restartPolicy === "Always" ||
      (tools.restartPolicy === "OnFailure" && ended.terminated.exitCode !== 0);
    if (!again || signal.aborted) return;
    backoffMs = Date.now() - began > steadyMs ? firstBackoffMs : backoffMs;
    const message = `back-off ${backoffMs / 1000}s restarting failed container=${container.name}`;
    change({ lastState: ended, state: { waiting: { reason: "CrashLoopBackOff", message } } });
    tools.onEvent("Warning", "BackOff", message);
    await sleep(backoffMs, undefined, { signal }).catch(() => {});
    backoffMs = Math.min(backoffMs * 2, longestBackoffMs);
    facts.restarts += 1;
  }
  if (!facts.state.terminated)
    change({
      state: {
        terminated: { exitCode: 137, reason: "ContainerStatusUnknown", message: "stopped before it ran" },
      },
    });
}

/** One process, from start to end. @returns the state that it ended in */
async function runOnce(
  container: Loose,
  tools: ContainerTools,
  launch: Launch,
  change: Changing,
  signal: AbortSignal,
): Promise<Loose> {
  await mkdir(dirname(launch.log), { recursive: true });
  const out = openSync(launch.log, "a");
  const [program, ...args] = launch.argv;
  // Not inherited: a pod sees its own variables only.
  const child = spawn(program!, args, { stdio: ["ignore", out, out], env: launch.env });
  closeSync(out);
  const startedAt = timeOf(Date.now());
  const gone = exitOf(child);
  change({ state: { running: { startedAt } }, started: !container.startupProbe, ready: false });
  tools.onEvent("Normal", "Started", `Started container ${container.name}`);

  const ended = new AbortController();
  const stop = () => void end(child, gone, tools.graceSeconds);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  void probeAll(container, tools, change, ended.signal, stop);
  const exitCode = await gone;
  ended.abort();
  signal.removeEventListener("abort", stop);
  const reason = exitCode === 0 ? "Completed" : "Error";
  return { terminated: { exitCode, reason, startedAt, finishedAt: timeOf(Date.now()) } };
}

/** Startup first, then liveness and readiness side by side. */
async function probeAll(
  container: Loose,
  tools: ContainerTools,
  change: Changing,
  signal: AbortSignal,
  restart: () => void,
) {
  const unhealthy = (what: string) => (message: string) =>
    tools.onEvent("Warning", "Unhealthy", `${what} probe failed: ${message}`);
  const killing = (what: string) => {
    tools.onEvent("Normal", "Killing", `Container ${container.name} failed ${what} probe, will be restarted`);
    restart();
  };
  const watch = (
    what: "startup" | "liveness" | "readiness",
    initially: boolean,
    onAnswer: (passing: boolean) => void,
  ) => probe(container[`${what}Probe`], container, tools.podIP, initially, onAnswer, unhealthy(what), signal);

  if (container.startupProbe) {
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
      void watch("startup", true, (passing) => (passing ? resolve() : killing("startup")));
    });
    if (signal.aborted) return;
    change({ started: true });
  }
  if (container.livenessProbe) void watch("liveness", true, (passing) => !passing && killing("liveness"));
  if (container.readinessProbe) void watch("readiness", false, (ready) => change({ ready }));
  else change({ ready: true });
}

/** Polls one probe until `signal`; `onAnswer` hears of the first success and of each change after that. */
async function probe(
  settings: Loose,
  container: Loose,
  podIP: string,
  initially: boolean,
  onAnswer: (passing: boolean) => void,
  onFailure: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let state: Probing = { passing: initially, streak: { ok: initially, length: 0 } };
  let passedOnce = false;
  for (let asked = 0; !signal.aborted; asked++) {
    await sleep(pauseOf(settings, asked, !initially && !passedOnce), undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const { ok, message } = await tryProbe(settings, container, podIP);
    if (signal.aborted) return;
    // What is still starting fails often; that is no news.
    if (!ok && passedOnce) onFailure(message);
    const next = afterOutcome(state, ok, settings);
    const isNews = next.passing !== state.passing || (next.passing && !passedOnce);
    passedOnce ||= next.passing && ok;
    state = next;
    if (isNews) onAnswer(next.passing);
  }
}

async function end(child: ChildProcess, gone: Promise<number>, graceSeconds: number): Promise<void> {
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), graceSeconds * 1000);
  await gone;
  clearTimeout(late);
}

const signalNumbers: Partial<Record<NodeJS.Signals, number>> = {
  SIGTERM: 15,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGABRT: 6,
  SIGINT: 2,
};

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once("error", () => resolve(128)); // could not be started at all
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signalNumbers[signal!] ?? 0)));
  });
}

/** RFC 3339, in whole seconds. */
export const timeOf = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
