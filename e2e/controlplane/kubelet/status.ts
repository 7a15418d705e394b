import type { Loose } from "../api.ts";

/** How a container is, as far as its process tells. */
export type ContainerFacts = {
  name: string;
  image: string;
  state: Loose;
  lastState?: Loose;
  ready: boolean;
  started: boolean;
  restarts: number;
};

export type PodFacts = {
  podIP: string;
  hostIP: string;
  startTime: string;
  containers: ContainerFacts[];
};

/**
 * The status of a pod from the facts about its containers: what kubectl's `rollout status` and controllers go by.
 * @param before the status as it is, whose conditions keep their times while they do not change
 * @param now an RFC 3339 time
 */
export function statusOf(pod: Loose, facts: PodFacts, now: string, before: Loose = pod.status ?? {}): Loose {
  const { containers } = facts;
  const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name);
  const ready = unready.length === 0;
  const why = ready
    ? {}
    : { reason: "ContainersNotReady", message: `containers with unready status: [${unready.join(" ")}]` };
  const wanted = [
    { type: "PodReadyToStartContainers", status: "True" },
    { type: "Initialized", status: "True" },
    { type: "ContainersReady", status: ready ? "True" : "False", ...why },
    { type: "Ready", status: ready && gatesOpen(pod, before) ? "True" : "False", ...why },
  ];
  return {
    phase: phaseOf(pod, containers),
    podIP: facts.podIP,
    podIPs: [{ ip: facts.podIP }],
    hostIP: facts.hostIP,
    hostIPs: [{ ip: facts.hostIP }],
    startTime: facts.startTime,
    conditions: wanted.map((condition) => withTime(condition, before, now)),
    containerStatuses: containers.map(({ name, image, state, lastState = {}, ready, started, restarts }) => ({
      name,
      image,
      imageID: image,
      containerID: `process://${pod.metadata.uid}/${name}/${restarts}`,
      state,
      lastState,
      ready,
      started,
      restartCount: restarts,
    })),
  };
}

function phaseOf(pod: Loose, containers: ContainerFacts[]): string {
  const ended = containers.every(({ state }) => state.terminated);
  if (ended && (pod.spec.restartPolicy !== "Always" || pod.metadata.deletionTimestamp))
    return containers.every(({ state }) => state.terminated.exitCode === 0) ? "Succeeded" : "Failed";
  const begun = containers.some(({ state, restarts }) => state.running || state.terminated || restarts > 0);
  return begun ? "Running" : "Pending";
}

function gatesOpen(pod: Loose, before: Loose): boolean {
  const holds = (type: string) =>
    (before.conditions ?? []).some(
      (condition: Loose) => condition.type === type && condition.status === "True",
    );
  return (pod.spec.readinessGates ?? []).every(({ conditionType }: Loose) => holds(conditionType));
}

function withTime(condition: Loose, before: Loose, now: string): Loose {
  const old = (before.conditions ?? []).find(({ type }: Loose) => type === condition.type);
  const since = old?.status === condition.status ? old.lastTransitionTime : now;
  // A merge keeps what it is not told: null takes an old reason away.
  return { reason: null, message: null, ...condition, lastProbeTime: null, lastTransitionTime: since };
}
