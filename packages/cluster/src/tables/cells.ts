import { humanDuration, since } from "./duration.ts";
import type { Column } from "./table.ts";

type Data = Record<string, any>;
type Cell = Column["cell"];

export const NONE = "<none>";

export const count = (value: unknown) => Object.keys((value as object | undefined) ?? {}).length;
export const pairs = (labels: Data | undefined) =>
  Object.keys(labels ?? {})
    .sort()
    .map((key) => `${key}=${labels![key]}`)
    .join(",") || NONE;

/** A LabelSelector as kubectl shows it. */
export function selector(value: Data | undefined): string {
  if (!value) return NONE;
  const terms = Object.entries(value["matchLabels"] ?? {}).map(([key, each]) => `${key}=${each}`);
  for (const { key, operator, values = [] } of value["matchExpressions"] ?? []) {
    if (operator === "Exists") terms.push(key);
    else if (operator === "DoesNotExist") terms.push(`!${key}`);
    else terms.push(`${key} ${operator.toLowerCase()} (${[...values].sort().join(",")})`);
  }
  return terms.sort().join(",") || NONE;
}

const MODES: Record<string, string> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};
export const accessModes = (modes: string[] = []) => modes.map((mode) => MODES[mode] ?? mode).join(",");

export function externalAddress({ spec = {}, status = {} }: Data): string {
  const ingress = (status["loadBalancer"]?.ingress ?? [])
    .map((each: Data) => each["ip"] ?? each["hostname"])
    .join(",");
  const external = (spec["externalIPs"] ?? []).join(",");
  if (spec["type"] === "ExternalName") return spec["externalName"] ?? NONE;
  if (spec["type"] === "LoadBalancer") return [ingress, external].filter(Boolean).join(",") || "<pending>";
  return external || NONE;
}

export function servicePorts({ spec = {} }: Data): string {
  const shown = (spec["ports"] ?? []).map(
    ({ port, nodePort, protocol }: Data) => `${port}${nodePort ? `:${nodePort}` : ""}/${protocol ?? "TCP"}`,
  );
  return shown.join(",") || NONE;
}

export function someOf(list: string[], empty: string): string {
  if (list.length === 0) return empty;
  return list.length > 3 ? `${list.slice(0, 3).join(",")} + ${list.length - 3} more...` : list.join(",");
}

export function endpoints({ subsets = [] }: Data): string {
  const list = subsets.flatMap(({ addresses = [], ports }: Data) =>
    ports?.length
      ? ports.flatMap(({ port }: Data) => addresses.map(({ ip }: Data) => `${ip}:${port}`))
      : addresses.map(({ ip }: Data) => ip),
  );
  return subsets.length === 0 ? NONE : someOf(list, "");
}

export function jobStatus({ status = {}, spec = {}, metadata }: Data): string {
  const is = (type: string) =>
    (status["conditions"] ?? []).some((each: Data) => each["type"] === type && each["status"] === "True");
  if (is("Complete")) return "Complete";
  if (is("Failed")) return "Failed";
  if (metadata["deletionTimestamp"]) return "Terminating";
  if (is("Suspended") || spec["suspend"]) return "Suspended";
  if (is("FailureTarget")) return "FailureTarget";
  return is("SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
}

export function completions({ spec = {}, status = {} }: Data): string {
  const succeeded = status["succeeded"] ?? 0;
  if (spec["completions"] !== undefined) return `${succeeded}/${spec["completions"]}`;
  return (spec["parallelism"] ?? 0) > 1 ? `${succeeded}/1 of ${spec["parallelism"]}` : `${succeeded}/1`;
}

export function jobDuration({ status = {} }: Data, now: number): string {
  const { startTime, completionTime } = status;
  if (!startTime) return "";
  return humanDuration((completionTime ? Date.parse(completionTime) : now) - Date.parse(startTime));
}

export function nodeStatus({ status = {}, spec = {} }: Data): string {
  const ready = (status["conditions"] ?? []).find((each: Data) => each["type"] === "Ready");
  const words = [ready ? (ready.status === "True" ? "Ready" : "NotReady") : "Unknown"];
  if (spec["unschedulable"]) words.push("SchedulingDisabled");
  return words.join(",");
}

export const nodeAddress =
  (type: string): Cell =>
  (node) =>
    (node.status?.addresses ?? []).find((each: Data) => each["type"] === type)?.address ?? NONE;

export function nodeRoles({ metadata }: Data): string {
  const labels = Object.entries((metadata["labels"] ?? {}) as Record<string, string>);
  const prefix = "node-role.kubernetes.io/";
  return (
    labels
      .filter(([key]) => key.startsWith(prefix))
      .map(([key]) => key.slice(prefix.length))
      .sort()
      .join(",") || NONE
  );
}

function metricTarget(metric: Data, current: Data[]): string {
  const { type } = metric;
  const source: Data = metric[String(type).charAt(0).toLowerCase() + String(type).slice(1)] ?? {};
  const { target = {} } = source;
  const now = current.find((each) => each["type"] === type && each["resource"]?.name === source["name"])?.[
    "resource"
  ]?.current;
  const unit = target.averageUtilization !== undefined ? "%" : "";
  const wanted = target.averageUtilization ?? target.averageValue ?? target.value;
  const seen = now?.averageUtilization ?? now?.averageValue ?? now?.value;
  const shown = `${seen === undefined ? "<unknown>" : `${seen}${unit}`}/${wanted}${unit}`;
  return type === "Resource" ? `${source["name"]}: ${shown}` : shown;
}

/** Two targets are shown, and how many more there are. */
function targetsOf(metrics: Data[], current: Data[]): string {
  const shown = metrics.map((each) => metricTarget(each, current));
  if (shown.length <= 2) return shown.join(", ");
  return `${shown.slice(0, 2).join(", ")} + ${shown.length - 2} more...`;
}

/** autoscaling/v1 has a field for the one metric that it knows. */
export function scalerTargets({ spec = {}, status = {} }: Data): string {
  const metrics: Data[] = spec["metrics"] ?? [];
  const percentage = spec["targetCPUUtilizationPercentage"];
  if (metrics.length > 0) return targetsOf(metrics, status["currentMetrics"] ?? []);
  if (percentage === undefined) return NONE;
  return `cpu: ${status["currentCPUUtilizationPercentage"] ?? "<unknown>"}${status["currentCPUUtilizationPercentage"] === undefined ? "" : "%"}/${percentage}%`;
}

export function subjects(kind: string): Cell {
  return (binding) =>
    (binding.subjects ?? [])
      .filter((each: Data) => each["kind"] === kind)
      .map((each: Data) => (each["namespace"] ? `${each["namespace"]}/${each["name"]}` : each["name"]))
      .join(", ");
}

export const seenAt: (first: boolean) => Cell = (first) => (event, now) => {
  const { firstTimestamp, lastTimestamp, eventTime, series } = event.involvedObject
    ? event
    : {
        ...event,
        firstTimestamp: event.deprecatedFirstTimestamp,
        lastTimestamp: event.deprecatedLastTimestamp,
      };
  const started = firstTimestamp ?? eventTime;
  return since(first ? started : (series?.lastObservedTime ?? lastTimestamp ?? started), now);
};

export const involved = (event: Data): Data => event["involvedObject"] ?? event["regarding"] ?? {};
export const source = (event: Data) => {
  const { component, host } = event["source"] ?? event["deprecatedSource"] ?? {};
  const parts = component
    ? [component, host]
    : [event["reportingComponent"] || event["reportingController"], host || event["reportingInstance"]];
  return parts.filter(Boolean).join(", ");
};
