import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";

/** A program of Sluice that runs beside this one. */
type Program = {
  name: string;
  /** Path of its TypeScript (or bundled) entry. */
  entry: string;
  /** Flags of Node itself. */
  nodeFlags?: string[];
  args: string[];
  env: Record<string, string>;
};

export type Processes = {
  /** Starts `program`, logging to `<logDir>/<name>.log`, and starts it again when it ends by itself. */
  start(program: Program): void;
  /** Kills a program without mercy, as a node failure would; it comes back. */
  kill(name: string): void;
  /** The process id; undefined while it does not run. */
  pid(name: string): number | undefined;
  logFile(name: string): string;
  /** Asks all to end, last started first, and waits; those that do not are killed after `graceMs`. */
  stop(graceMs?: number): Promise<void>;
};

/** Runs programs as a kubelet would: restarts with a growing pause, orderly stop. `onExit` hears of every unexpected end. */
export function createProcesses(logDir: string, onExit: (name: string, how: string) => void): Processes {
  const running = new Map<string, ChildProcess>();
  const pauses = new Map<string, NodeJS.Timeout>();
  let stopping = false;

  const launch = (program: Program, restarts: number) => {
    const log = openSync(join(logDir, `${program.name}.log`), "a");
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", ...(program.nodeFlags ?? []), program.entry, ...program.args],
      {
        stdio: ["ignore", log, log],
        env: { ...process.env, ...program.env },
      },
    );
    closeSync(log);
    running.set(program.name, child);
    const began = performance.now();
    child.once("exit", (code, signal) => {
      running.delete(program.name);
      if (stopping) return;
      onExit(program.name, signal ?? `exit code ${code}`);
      const failures = performance.now() - began > 30_000 ? 0 : restarts;
      const pause = Math.min(250 * 2 ** failures, 30_000);
      pauses.set(
        program.name,
        setTimeout(() => launch(program, failures + 1), pause),
      );
    });
  };

  return {
    start: (program) => launch(program, 0),
    kill: (name) => void running.get(name)?.kill("SIGKILL"),
    pid: (name) => running.get(name)?.pid,
    logFile: (name) => join(logDir, `${name}.log`),
    stop: async (graceMs = 10_000) => {
      stopping = true;
      for (const pause of pauses.values()) clearTimeout(pause);
      for (const child of [...running.values()].reverse()) await end(child, graceMs);
    },
  };
}

async function end(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await gone;
  clearTimeout(force);
}
