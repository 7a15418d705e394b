/** ResourceQuotas: what objects use, and what is too much (pkg/quota/v1 and the admission plugin of Kubernetes v1.36). */
import type { KubeObject } from "@sluice/api";
import { formatQuantity, parseQuantity, type Quantity } from "../schema/quantity.ts";
import { totals } from "./limits.ts";

type Data = Record<string, any>;
/** Amounts by the name that quotas have for them. */
export type Usage = Record<string, Quantity>;

const ONE: Quantity = { nano: 1_000_000_000n, base: "decimal" };
const times = (count: number): Quantity => ({ ...ONE, nano: ONE.nano * BigInt(count) });

/** Resources of the core group that are counted under their own name too. */
const COUNTED = [
  "configmaps",
  "secrets",
  "services",
  "resourcequotas",
  "replicationcontrollers",
  "persistentvolumeclaims",
];

/** What one object uses. `table` is "group/plural". */
export function usageOf(table: string, object: KubeObject): Usage {
  const [group, plural = ""] = table.split("/");
  const counted: Usage = { [`count/${plural}${group ? `.${group}` : ""}`]: ONE };
  if (group === "" && COUNTED.includes(plural)) counted[plural] = ONE;
  switch (table) {
    case "/pods":
      return { ...counted, ...usageOfPod(object) };
    case "/services":
      return { ...counted, ...usageOfService(object) };
    case "/persistentvolumeclaims":
      return { ...counted, ...usageOfClaim(object) };
    default:
      return counted;
  }
}

function usageOfPod(pod: KubeObject): Usage {
  // what has ended uses nothing but its name
  if (["Succeeded", "Failed"].includes(pod.status?.phase)) return {};
  const usage: Usage = { pods: ONE };
  const { requests, limits } = totals(pod);
  for (const [side, amounts] of Object.entries({ requests, limits }))
    for (const [name, text] of Object.entries(amounts)) {
      usage[`${side}.${name}`] = parseQuantity(text)!;
      if (side === "requests" && /^(cpu|memory|ephemeral-storage)$/.test(name))
        usage[name] = parseQuantity(text)!;
    }
  return usage;
}

function usageOfService({ spec }: KubeObject): Usage {
  const ports = (spec?.ports ?? []).length;
  const usage: Usage = {};
  if (spec?.type === "LoadBalancer") usage["services.loadbalancers"] = ONE;
  if (
    spec?.type === "NodePort" ||
    (spec?.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false)
  )
    usage["services.nodeports"] = times(ports);
  return usage;
}

function usageOfClaim({ spec }: KubeObject): Usage {
  const storage = parseQuantity(String(spec?.resources?.requests?.storage ?? "0"))!;
  const usage: Usage = { "requests.storage": storage };
  if (spec?.storageClassName) {
    const prefix = `${spec.storageClassName}.storageclass.storage.k8s.io`;
    usage[`${prefix}/requests.storage`] = storage;
    usage[`${prefix}/persistentvolumeclaims`] = ONE;
  }
  return usage;
}

const COMPUTE = /^((requests|limits)\.)?(cpu|memory)$/;

/** Whether a quota is about an object, by its scopes: these speak of pods. */
export function covers({ spec }: KubeObject, object: KubeObject): boolean {
  const scopes: Data[] = [
    ...(spec?.scopes ?? []).map((scopeName: string) => ({ scopeName, operator: "Exists" })),
    ...(spec?.scopeSelector?.matchExpressions ?? []),
  ];
  return scopes.every((scope) => object.kind === "Pod" && isInScope(scope, object));
}

function isInScope({ scopeName, operator, values = [] }: Data, { spec }: KubeObject): boolean {
  const isBestEffort = ![...(spec.containers ?? []), ...(spec.initContainers ?? [])].some(
    ({ resources = {} }: Data) =>
      ["cpu", "memory"].some((name) => resources["requests"]?.[name] || resources["limits"]?.[name]),
  );
  switch (scopeName) {
    case "Terminating":
      return spec.activeDeadlineSeconds !== undefined;
    case "NotTerminating":
      return spec.activeDeadlineSeconds === undefined;
    case "BestEffort":
      return isBestEffort;
    case "NotBestEffort":
      return !isBestEffort;
    case "PriorityClass": {
      const name: string = spec.priorityClassName ?? "";
      if (operator === "In") return values.includes(name);
      if (operator === "NotIn") return !values.includes(name);
      return (name !== "") === (operator === "Exists");
    }
    default:
      return false;
  }
}

/** The part of a usage that a quota limits. */
export function limited(usage: Usage, { spec }: KubeObject): Usage {
  return Object.fromEntries(Object.entries(usage).filter(([name]) => spec?.hard?.[name] !== undefined));
}

/** Adds what is used, or with `sign` -1n takes it away. */
export function add(total: Usage, more: Usage, sign: 1n | -1n = 1n): Usage {
  const sum = { ...total };
  for (const [name, { nano, base }] of Object.entries(more)) {
    const before = sum[name];
    // nothing has no notation of its own
    const kept = before && before.nano !== 0n ? before.base : base;
    sum[name] = { nano: (before?.nano ?? 0n) + sign * nano, base: kept };
  }
  return sum;
}

/** Containers that must say what they need, since a quota limits it: "must specify limits.memory for: c". */
export function missingAmounts(
  { spec: { hard = {} } }: KubeObject,
  { spec }: KubeObject,
): string | undefined {
  const containers: Data[] = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const missing = Object.keys(hard)
    .filter((name) => COMPUTE.test(name))
    .sort()
    .flatMap((name) => {
      const [side, resource] = name.includes(".") ? name.split(".") : ["requests", name];
      const silent = containers.filter(({ resources }) => resources?.[side!]?.[resource!] === undefined);
      return silent.length > 0
        ? [
            `${name} for: ${silent
              .map((each) => each["name"])
              .sort()
              .join(",")}`,
          ]
        : [];
    });
  return missing.length > 0 ? `must specify ${missing.join("; ")}` : undefined;
}

/** Why a quota has no room for `more`: "requested: pods=1, used: pods=2, limited: pods=2". */
export function excess(quota: KubeObject, used: Usage, more: Usage): string | undefined {
  const hard: Record<string, string> = quota.spec?.hard ?? {};
  const after = add(used, more);
  const over = Object.keys(more)
    .filter((name) => more[name]!.nano > 0n && after[name]!.nano > (parseQuantity(hard[name]!)?.nano ?? 0n))
    .sort();
  if (over.length === 0) return undefined;
  const shown = (amount: (name: string) => string) => over.map((name) => `${name}=${amount(name)}`).join(",");
  const requested = shown((name) => formatQuantity(more[name]!));
  const so = shown((name) => (used[name] ? formatQuantity(used[name]) : "0"));
  return `requested: ${requested}, used: ${so}, limited: ${shown((name) => hard[name]!)}`;
}

/** Usage as the status of a quota shows it; what is limited and not used is 0. */
export function statusOf({ spec }: KubeObject, used: Usage): Data {
  const hard: Data | undefined = spec?.hard;
  if (!hard) return {};
  const shown = Object.keys(hard).map((name) => [name, used[name] ? formatQuantity(used[name]) : "0"]);
  return { hard, used: Object.fromEntries(shown) };
}

/** What the status of a quota says is used. */
export function usedBy({ status }: KubeObject): Usage {
  const amounts = Object.entries((status?.used ?? {}) as Record<string, string>);
  return Object.fromEntries(amounts.map(([name, text]) => [name, parseQuantity(text)!]));
}
