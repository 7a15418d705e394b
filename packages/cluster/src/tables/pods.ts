import { since } from "./duration.ts";

type Data = Record<string, any>;

const SIDECAR = (container: Data) => container["restartPolicy"] === "Always";

/** The readiness column: `1/2`. Sidecars (restartable init containers) count as containers. */
export function podReady(pod: Data): string {
  const sidecars = (pod["spec"]?.initContainers ?? []).filter(SIDECAR);
  const total = (pod["spec"]?.containers ?? []).length + sidecars.length;
  const names = new Set(sidecars.map((each: Data) => each["name"]));
  const ready = [
    ...(pod["status"]?.containerStatuses ?? []),
    ...(pod["status"]?.initContainerStatuses ?? []).filter((each: Data) => names.has(each["name"])),
  ].filter((status: Data) => status["ready"] && (status["state"]?.running || !status["state"]));
  return `${ready.length}/${total}`;
}

/** The one word for a pod: why it waits, how it ended, or its phase. */
export function podStatus(pod: Data): string {
  const { status = {}, metadata = {} } = pod;
  if (metadata["deletionTimestamp"])
    return status["reason"] === "NodeLost"
      ? "Unknown"
      : ["Succeeded", "Failed"].includes(status["phase"])
        ? finished(pod)
        : "Terminating";
  return finished(pod);
}

function finished({ spec = {}, status = {} }: Data): string {
  let word: string = status["reason"] || status["phase"] || "";
  const gated = (status["conditions"] ?? []).some(
    (each: Data) => each["type"] === "PodScheduled" && each["reason"] === "SchedulingGated",
  );
  if (gated) word = "SchedulingGated";
  const initial = initializing(spec, status["initContainerStatuses"] ?? []);
  if (initial) return initial;
  let running = false;
  for (const container of [...(status["containerStatuses"] ?? [])].reverse()) {
    const { waiting, terminated } = container["state"] ?? {};
    if (waiting?.reason) word = waiting.reason;
    else if (terminated) word = terminated.reason || ended(terminated);
    else if (container["ready"]) running = true;
  }
  if (word !== "Completed" || !running) return word;
  const ready = (status["conditions"] ?? []).some(
    (each: Data) => each["type"] === "Ready" && each["status"] === "True",
  );
  return ready ? "Running" : "NotReady";
}

function ended(terminated: Data): string {
  return terminated["signal"] ? `Signal:${terminated["signal"]}` : `ExitCode:${terminated["exitCode"]}`;
}

function initializing(spec: Data, statuses: Data[]): string | undefined {
  const sidecars = new Set((spec["initContainers"] ?? []).filter(SIDECAR).map((each: Data) => each["name"]));
  for (const [index, container] of statuses.entries()) {
    const { waiting, terminated } = container["state"] ?? {};
    if (terminated?.exitCode === 0 || (sidecars.has(container["name"]) && container["started"])) continue;
    if (terminated) return `Init:${terminated.reason || ended(terminated)}`;
    if (waiting?.reason && waiting.reason !== "PodInitializing") return `Init:${waiting.reason}`;
    return `Init:${index}/${spec["initContainers"].length}`;
  }
  return undefined;
}

/** The restarts column: a number, and when the last one was. */
export function podRestarts(pod: Data, now: number): string {
  const statuses: Data[] = pod["status"]?.containerStatuses ?? [];
  const restarts = statuses.reduce((sum, each) => sum + (each["restartCount"] ?? 0), 0);
  const last = statuses
    .map((each) => each["lastState"]?.terminated?.finishedAt)
    .filter(Boolean)
    .sort()
    .at(-1);
  return restarts > 0 && last ? `${restarts} (${since(last, now)} ago)` : `${restarts}`;
}
