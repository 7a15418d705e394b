import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A process that outlives the one that started it. `started` tells it from a later one with the same id. */
export type Running = { name: string; pid: number; started: string; log: string };

export type Command = {
  name: string;
  program: string;
  args: string[];
  env?: Record<string, string>;
  /** Appended to. */
  log: string;
};

/** Starts `command` in a session of its own, detached from this process. @throws when it cannot be started */
export async function startDetached({ name, program, args, env = {}, log }: Command): Promise<Running> {
  mkdirSync(dirname(log), { recursive: true });
  const out = openSync(log, "a");
  try {
    const child = spawn(program, args, {
      detached: true,
      stdio: ["ignore", out, out],
      env: { ...process.env, ...env },
    });
    await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    child.unref();
    return { name, pid: child.pid!, started: (await startOf(child.pid!)) ?? "gone", log };
  } finally {
    closeSync(out);
  }
}

/** Whether that very process still runs. */
export async function isRunning({ pid, started }: Pick<Running, "pid" | "started">): Promise<boolean> {
  return (await startOf(pid)) === started;
}

/** Asks a process to end, and kills it after `graceMs`. Returns when it is gone. */
export async function stopProcess(running: Running, graceMs = 10_000): Promise<void> {
  for (const [signal, patience] of [
    ["SIGTERM", graceMs],
    ["SIGKILL", 60_000],
  ] as const) {
    if (!(await isRunning(running))) return;
    try {
      process.kill(running.pid, signal);
    } catch {
      return; // it went in between
    }
    const deadline = performance.now() + patience;
    while (performance.now() < deadline && (await isRunning(running))) await sleep(25);
  }
  if (await isRunning(running)) throw new Error(`${running.name} (process ${running.pid}) cannot be ended`);
}

/** The last lines of a log, for error messages. */
export async function tailOf(log: string, lines = 8): Promise<string> {
  const text = await readFile(log, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}

/** When the process started, in clock ticks since boot; undefined when there is none, or only its remains. */
async function startOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // proc(5): the second field is the name in parentheses, which may hold anything; then state (3) … starttime (22).
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields === undefined || fields[0] === "Z" ? undefined : fields[19];
}
