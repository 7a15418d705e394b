import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Api, hasStatus, type Loose, patches, unlessGone } from "../api.ts";
import { runContainer, timeOf } from "./container.ts";
import { preparer } from "./launch.ts";
import { statusOf } from "./status.ts";

export type PodTools = {
  api: Api;
  /** Of this pod alone. */
  dir: string;
  podIP: string;
  hostIP: string;
  capacity: { memory: number; cpu: number };
  /** Where pods reach the API server: what KUBERNETES_SERVICE_HOST and _PORT say. */
  apiserver: { host: string; port: number };
  /** Root of the repository. */
  repository: string;
  /** The present /etc/hosts for this pod. */
  hosts(): string;
};

export type PodRun = {
  /** Ends the processes within the pod's grace period, then deletes the pod's object. */
  terminate(graceSeconds: number): Promise<void>;
  /** Ends the processes, and tells nobody. */
  abandon(): Promise<void>;
  /** Writes /etc/hosts again. */
  refreshHosts(): Promise<void>;
  /** Path of a container's log. */
  logOf(container: string, previous: boolean): string | undefined;
};

const longestGraceMs = 24 * 3_600_000;
const retryMs = 500;
const settleMs = 5_000;

/** Runs a pod as processes of this machine, and keeps its status up to date. */
export function runPod(pod: Loose, tools: PodTools): PodRun {
  const { metadata, spec } = pod;
  const { api, dir, podIP, hostIP } = tools;
  const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
  const stopping = new AbortController();
  const startTime = timeOf(Date.now());
  const report = reporter(pod, tools);
  const prepare = preparer(pod, tools, stopping.signal);

  const logFile = (container: string, restarts: number) => join(dir, container, `${restarts}.log`);
  const containers = (spec.containers as Loose[]).map((container) =>
    runContainer(
      container,
      {
        podIP,
        restartPolicy: spec.restartPolicy ?? "Always",
        graceSeconds: spec.terminationGracePeriodSeconds ?? 30,
        prepare: async (restarts) => ({
          ...(await prepare(container)),
          log: logFile(container.name, restarts),
        }),
        onChange: () => queueMicrotask(show),
        onEvent: report.event,
      },
      stopping.signal,
    ),
  );
  const show = () =>
    report.status({ podIP, hostIP, startTime, containers: containers.map(({ facts }) => facts) });
  show();

  const stop = async () => {
    stopping.abort();
    await Promise.all(containers.map(({ done }) => done));
  };
  return {
    terminate: async (graceSeconds) => {
      const cap = sleep(Math.min((graceSeconds + 10) * 1000, longestGraceMs), undefined, { ref: false });
      await Promise.race([stop(), cap]);
      await Promise.race([report.settled(), sleep(settleMs, undefined, { ref: false })]);
      const preconditions = { uid: metadata.uid };
      await api.call("DELETE", path, { gracePeriodSeconds: 0, preconditions }).catch(unlessGone);
      await rm(dir, { recursive: true, force: true });
    },
    abandon: stop,
    refreshHosts: () => writeFile(join(dir, "hosts"), tools.hosts()).catch(() => {}),
    logOf: (name, previous) => {
      const facts = containers.map(({ facts }) => facts).find((candidate) => candidate.name === name);
      if (facts === undefined || (previous && facts.restarts === 0)) return undefined;
      return logFile(name, facts.restarts - (previous ? 1 : 0));
    },
  };
}

/** Writes status and events, one after the other, the newest status only. */
function reporter(pod: Loose, { api }: PodTools) {
  const { name, namespace, uid } = pod.metadata;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
  let last: Loose = pod.status ?? {};
  let wanted: Parameters<typeof statusOf>[1] | undefined;
  let writing: Promise<void> | undefined;
  const write = async () => {
    while (wanted !== undefined) {
      const facts = wanted;
      wanted = undefined;
      const status = statusOf(pod, facts, timeOf(Date.now()), last);
      try {
        await api.call("PATCH", path, { metadata: { uid }, status }, patches.strategic);
        last = status;
      } catch (thrown) {
        if (hasStatus(thrown, 404) || hasStatus(thrown, 409)) break; // the pod is gone
        console.error(`status of ${namespace}/${name}: ${(thrown as Error).message}`);
        wanted ??= facts;
        await sleep(retryMs, undefined, { ref: false });
      }
    }
    writing = undefined;
  };
  return {
    status: (facts: Parameters<typeof statusOf>[1]) => {
      wanted = facts;
      writing ??= write();
    },
    settled: async () => writing,
    event: (type: string, reason: string, message: string) => {
      const now = timeOf(Date.now());
      const event = {
        metadata: { generateName: `${name}.`, namespace },
        involvedObject: { apiVersion: "v1", kind: "Pod", name, namespace, uid },
        source: { component: "kubelet", host: pod.spec.nodeName },
        type,
        reason,
        message,
        count: 1,
        firstTimestamp: now,
        lastTimestamp: now,
      };
      void api.call("POST", `/api/v1/namespaces/${namespace}/events`, event).catch(() => {}); // a help, not a duty
    },
  };
}
