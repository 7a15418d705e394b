/** Autoscalers: what the API server refuses (pkg/apis/autoscaling/validation of Kubernetes v1.36). */
import type { Complaints } from "./podspec.ts";
import type { Validator } from "./workloads.ts";

type Json = Record<string, any>;

export const autoscaler: Validator = ({ spec }, _, to) => {
  const { minReplicas, maxReplicas, scaleTargetRef: target } = spec;
  if (minReplicas < 1) to.invalid("spec.minReplicas", minReplicas, "must be greater than or equal to 1");
  if (maxReplicas === 0) to.required("spec.maxReplicas", "must be set and greater than 0");
  else if (maxReplicas < 0) to.invalid("spec.maxReplicas", maxReplicas, "must be greater than or equal to 1");
  if (maxReplicas < minReplicas)
    to.invalid("spec.maxReplicas", maxReplicas, "must be greater than or equal to `minReplicas`");
  for (const field of ["kind", "name"]) if (!target[field]) to.required(`spec.scaleTargetRef.${field}`);
  if (!target.apiVersion?.includes("/"))
    to.invalid(
      "spec.scaleTargetRef.apiVersion",
      target.apiVersion ?? "",
      "apiVersion must specify API group",
    );
  for (const [i, metric] of (spec.metrics ?? []).entries()) {
    const source = METRICS[metric.type as keyof typeof METRICS];
    if (!source) to.unsupported(`spec.metrics[${i}].type`, metric.type ?? "", Object.keys(METRICS));
    else if (!metric[source])
      to.required(`spec.metrics[${i}].${source}`, "must populate information for the given metric source");
    else if (source === "resource")
      utilisation(metric[source].target, `spec.metrics[${i}].${source}.target`, to);
  }
  for (const side of ["scaleUp", "scaleDown"])
    if (spec.behavior?.[side]) scalingRules(spec.behavior[side], `spec.behavior.${side}`, to);
  const isOuter = spec.metrics?.some(({ type }: Json) => type === "Object" || type === "External");
  if (minReplicas === 0 && !isOuter)
    to.forbidden(
      "spec.metrics",
      "must specify at least one Object or External metric to support scaling to zero replicas",
    );
};

const METRICS = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
};

function utilisation({ averageUtilization, averageValue, value }: Json, path: string, to: Complaints): void {
  if (averageUtilization !== undefined && averageUtilization < 1)
    to.invalid(`${path}.averageUtilization`, averageUtilization, "must be greater than 0");
  if (averageUtilization === undefined && averageValue === undefined && value === undefined)
    to.required(`${path}.averageUtilization`, "must set either a target raw value or a target utilization");
}

const MAX_WINDOW = 3600;
const MAX_PERIOD = 1800;

function scalingRules(
  { stabilizationWindowSeconds: window, policies }: Json,
  path: string,
  to: Complaints,
): void {
  const at = `${path}.stabilizationWindowSeconds`;
  if (window < 0) to.invalid(at, window, "must be greater than or equal to zero");
  if (window > MAX_WINDOW) to.invalid(at, window, `must be less than or equal to ${MAX_WINDOW}`);
  if (!policies?.length) to.required(`${path}.policies`, "must specify at least one Policy");
  for (const [i, { value, periodSeconds }] of (policies ?? []).entries()) {
    if (value <= 0) to.invalid(`${path}.policies[${i}].value`, value, "must be greater than zero");
    if (periodSeconds <= 0)
      to.invalid(`${path}.policies[${i}].periodSeconds`, periodSeconds, "must be greater than zero");
    if (periodSeconds > MAX_PERIOD)
      to.invalid(
        `${path}.policies[${i}].periodSeconds`,
        periodSeconds,
        `must be less than or equal to ${MAX_PERIOD}`,
      );
  }
}
