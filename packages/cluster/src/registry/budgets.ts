import type { KubeObject } from "@sluice/api";
import { type ApiError, apiError } from "../errors.ts";
import { selects } from "../selectors/labels.ts";
import { put, tableOf } from "../storage/storage.ts";
import { type Entry, entriesOf } from "../storage/table.ts";
import type { World } from "../world.ts";

type Data = Record<string, any>;

const BUDGETS = "policy/poddisruptionbudgets";

/** Takes one disruption from the budget of a pod that is to be evicted. Throws 429 when there is none left. */
export function spendBudget(world: World, pod: KubeObject): void {
  // what does not run disturbs nobody when it goes
  if (["Succeeded", "Failed", "Pending"].includes(pod.status?.phase) || pod.metadata.deletionTimestamp)
    return;
  const table = tableOf(world.storage, BUDGETS);
  const budgets = entriesOf(table, pod.metadata.namespace ?? "").filter(({ object }) =>
    selects(object.spec?.selector, pod.metadata.labels),
  );
  if (budgets.length > 1)
    throw apiError(
      500,
      "InternalError",
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  const [budget] = budgets;
  if (!budget) return;
  const { status = {} } = budget.object;
  if ((status.observedGeneration ?? 0) < (budget.object.metadata.generation ?? 0)) throw tooEarly(budget);
  if ((status.disruptionsAllowed ?? 0) <= 0) throw tooMany(budget, status);
  put(world.storage, table, {
    ...budget.object,
    status: { ...status, disruptionsAllowed: status.disruptionsAllowed - 1 },
  });
}

const REFUSAL = "Cannot evict pod as it would violate the pod's disruption budget.";

function tooEarly({ name }: Entry): ApiError {
  const message = `The disruption budget ${name} is still being processed by the server.`;
  return apiError(429, "TooManyRequests", REFUSAL, {
    causes: [{ reason: "DisruptionBudget", message }],
    retryAfterSeconds: 10,
  });
}

function tooMany({ name }: Entry, { desiredHealthy = 0, currentHealthy = 0 }: Data): ApiError {
  const message = `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  return apiError(429, "TooManyRequests", REFUSAL, { causes: [{ reason: "DisruptionBudget", message }] });
}
