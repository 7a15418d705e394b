import type { KubeObject } from "@sluice/api";
import { apiVersionOfResource, type Resource } from "../catalogue.ts";
import { without } from "../plain.ts";
import { applyDefaults, prune, type Schema } from "../schema/index.ts";

type Data = Record<string, any>;

/**
 * A stored object as `resource` serves it. Custom resources know conversion None only: the same fields under another apiVersion, as far as that knows them. Of the
 * built-in kinds two have a second form: Events and HorizontalPodAutoscalers.
 */
export function toServed(resource: Resource, stored: KubeObject): KubeObject {
  const apiVersion = apiVersionOfResource(resource);
  if (stored.apiVersion === apiVersion) return stored;
  if (apiVersion === "events.k8s.io/v1") return eventToServed(stored);
  if (apiVersion === "autoscaling/v1") return scalerToV1(stored);
  return fitted(resource.custom && resource.schema, { ...stored, apiVersion });
}

/** A custom resource in another version than before, without the fields that this one does not know. */
function fitted(schema: Schema | undefined, object: KubeObject): KubeObject {
  if (!schema) return object;
  const own = structuredClone(object);
  prune(own, schema);
  return own;
}

/** The way back. */
export function toStored(resource: Resource, served: KubeObject): KubeObject {
  if (served.apiVersion === resource.storedAs) return served;
  if (served.apiVersion === "events.k8s.io/v1") return eventToStored(served);
  if (served.apiVersion === "autoscaling/v1") return scalerToV2(served);
  const schema = resource.custom?.stored?.schema;
  const stored = fitted(schema, { ...served, apiVersion: resource.storedAs });
  if (schema) applyDefaults(stored, schema, { keepNulls: true });
  return stored;
}

const EVENT_FIELDS: [stored: string, served: string][] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
];

function renamed(object: KubeObject, apiVersion: string, names: Map<string, string>): KubeObject {
  const entries = Object.entries(object).map(([field, value]) => [names.get(field) ?? field, value]);
  return { ...Object.fromEntries(entries), apiVersion } as KubeObject;
}

function eventToServed(stored: KubeObject): KubeObject {
  const served = renamed(stored, "events.k8s.io/v1", new Map(EVENT_FIELDS));
  for (const field of ["reportingController", "reportingInstance"])
    if (served[field] === "") delete served[field];
  return served;
}

function eventToStored(served: KubeObject): KubeObject {
  return renamed(served, "v1", new Map(EVENT_FIELDS.map(([stored, name]) => [name, stored])));
}

function isCpu(metric: Data): boolean {
  return (
    metric["type"] === "Resource" &&
    metric["resource"]?.name === "cpu" &&
    metric["resource"]?.target?.averageUtilization !== undefined
  );
}

/** autoscaling/v1 knows one metric, the CPU; the others travel in an annotation, as does the behaviour. */
function scalerToV1(stored: KubeObject): KubeObject {
  const spec: Data = stored.spec ?? {};
  const metrics: Data[] = spec["metrics"] ?? [];
  const cpu = metrics.find(isCpu);
  const others = metrics.filter((metric) => metric !== cpu);
  const annotations = {
    ...stored.metadata.annotations,
    ...(others.length > 0 ? { "autoscaling.alpha.kubernetes.io/metrics": JSON.stringify(others) } : {}),
    ...(spec["behavior"]
      ? { "autoscaling.alpha.kubernetes.io/behavior": JSON.stringify(spec["behavior"]) }
      : {}),
  };
  return {
    ...stored,
    apiVersion: "autoscaling/v1",
    metadata: { ...stored.metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    spec: {
      ...without(spec, "metrics", "behavior"),
      ...(cpu ? { targetCPUUtilizationPercentage: cpu["resource"].target.averageUtilization } : {}),
    },
    status: { currentReplicas: 0, ...without((stored.status ?? {}) as Data, "currentMetrics", "conditions") },
  };
}

function scalerToV2(served: KubeObject): KubeObject {
  const spec: Data = served.spec ?? {};
  const percentage = spec["targetCPUUtilizationPercentage"];
  const { annotations } = served.metadata;
  const others = parsed(annotations?.["autoscaling.alpha.kubernetes.io/metrics"]);
  const behavior = parsed(annotations?.["autoscaling.alpha.kubernetes.io/behavior"]);
  const cpu = {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: percentage } },
  };
  const metrics = [...(Array.isArray(others) ? others : []), ...(percentage === undefined ? [] : [cpu])];
  return {
    ...served,
    apiVersion: "autoscaling/v2",
    spec: {
      ...without(spec, "targetCPUUtilizationPercentage"),
      ...(metrics.length > 0 ? { metrics } : {}),
      ...(behavior ? { behavior } : {}),
    },
  };
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
