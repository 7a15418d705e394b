import type { KubeObject } from "@sluice/api";
import {
  conditionOf,
  createPod,
  type Data,
  isActive,
  podFrom,
  removePod,
  withConditions,
  writeStatus,
} from "./common.ts";
import { type Context, type Controller, refOf } from "./engine.ts";

/** Runs a Job's pods until enough have succeeded, or one has failed once too often. */
export const job: Controller = { apiVersion: "batch/v1", kind: "Job", reconcile };

function reconcile(context: Context, it: KubeObject): void {
  if (it.metadata.deletionTimestamp) return;
  if (isFinished(it)) {
    expire(context, it);
    return;
  }
  const pods = context.owned(it, "Pod");
  const count = (phase: string) => pods.filter(({ status }) => status?.phase === phase).length;
  const [succeeded, failed] = [count("Succeeded"), count("Failed")];
  const wanted: number = it.spec.completions ?? 1;
  const isFailed =
    failed > 0 && (failed > (it.spec.backoffLimit ?? 6) || context.verdict(it)?.kind === "fail");
  const isDone = succeeded >= wanted;
  const active = pods.filter(isActive);
  if (it.spec.suspend) for (const pod of active) removePod(context, it, pod);
  else if (!isDone && !isFailed)
    startPods(
      context,
      it,
      Math.min(it.spec.parallelism ?? 1, wanted - succeeded) - active.length,
      pods.length,
    );
  const status = statusOf(context, it, { succeeded, failed, isDone, isFailed });
  writeStatus(context, it, status);
  if (isDone || isFailed) tellEnd(context, it, status);
}

function tellEnd(context: Context, it: KubeObject, { conditions }: Data): void {
  const end = conditions.find(({ type }: Data) => type === "Complete" || type === "Failed");
  const news =
    end.type === "Complete"
      ? { type: "Normal" as const, reason: "Completed", message: "Job completed" }
      : { type: "Warning" as const, reason: end.reason, message: end.message };
  context.tell(it, { component: "job-controller", ...news });
}

const isFinished = (it: KubeObject): boolean =>
  ["Complete", "Failed"].some((type) => conditionOf(it, type)?.["status"] === "True");

function startPods(context: Context, it: KubeObject, missing: number, started: number): void {
  const isIndexed = it.spec.completionMode === "Indexed";
  for (let i = 0; i < missing; i++) {
    const index = String(started + i);
    const annotations = isIndexed ? { "batch.kubernetes.io/job-completion-index": index } : {};
    const metadata = {
      generateName: isIndexed ? `${it.metadata.name}-${index}-` : `${it.metadata.name}-`,
      annotations: { ...it.spec.template.metadata?.annotations, ...annotations },
    };
    if (createPod(context, it, podFrom(it, it.spec.template, metadata)) !== undefined) return;
  }
}

/** A finished Job goes when its time to live is over. */
function expire(context: Context, it: KubeObject): void {
  const seconds: number | undefined = it.spec.ttlSecondsAfterFinished;
  if (seconds === undefined) return;
  const finished = ((it.status?.conditions ?? []) as Data[]).find(
    ({ type, status }) => ["Complete", "Failed"].includes(type) && status === "True",
  );
  const left = Date.parse(finished?.["lastTransitionTime"]) + seconds * 1000 - context.store.now();
  if (left <= 0) context.store.delete(refOf(it), { propagationPolicy: "Foreground" });
  else context.later(it, left + 1000);
}

type Tally = { succeeded: number; failed: number; isDone: boolean; isFailed: boolean };

function statusOf(context: Context, it: KubeObject, { succeeded, failed, isDone, isFailed }: Tally): Data {
  const now = context.now();
  const active = context.owned(it, "Pod").filter(isActive).length;
  const verdict = context.verdict(it);
  const complete = {
    status: "True",
    reason: "CompletionsReached",
    message: "Reached expected number of succeeded pods",
  };
  const because = {
    status: "True",
    reason: verdict?.kind === "fail" && verdict.reason ? verdict.reason : "BackoffLimitExceeded",
    message: "Job has reached the specified backoff limit",
  };
  const suspended = { type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" };
  const conditions = isDone
    ? [
        { type: "SuccessCriteriaMet", ...complete },
        { type: "Complete", ...complete },
      ]
    : isFailed
      ? [
          { type: "FailureTarget", ...because },
          { type: "Failed", ...because },
        ]
      : it.spec.suspend
        ? [suspended]
        : [];
  const probed = withConditions(it.status?.conditions, conditions, now).map((condition) => ({
    lastProbeTime: now,
    ...condition,
  }));
  return {
    ...(probed.length > 0 && { conditions: probed }),
    ...(!it.spec.suspend && { startTime: it.status?.startTime ?? now }),
    ...(isDone && { completionTime: now }),
    ...(active > 0 && !isDone && !isFailed && { active }),
    ...(succeeded > 0 && { succeeded }),
    ...(failed > 0 && { failed }),
    terminating: 0,
    uncountedTerminatedPods: {},
    ready: 0,
  };
}
