import type { Loose } from "../api.ts";

/** What a pod's own spec cannot say: where it runs, and what it refers to. */
export type Surroundings = {
  podIP: string;
  hostIP: string;
  /** Of the node, for containers without limits: bytes and cores. */
  capacity: { memory: number; cpu: number };
  /** `data` of the ConfigMap or Secret (decoded); undefined when there is none. */
  lookUp(kind: "ConfigMap" | "Secret", name: string): Record<string, string> | undefined;
};

/**
 * The variables of a container, in order: `envFrom`, then `env`; `$(NAME)` in values refers to those before.
 * @throws when a ConfigMap, Secret or key that is not optional is missing, or a field is unknown here
 */
export function environmentOf(pod: Loose, container: Loose, around: Surroundings): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const source of container.envFrom ?? []) {
    const kind = source.configMapRef ? "ConfigMap" : "Secret";
    const { name, optional } = source.configMapRef ?? source.secretRef;
    const data = around.lookUp(kind, name);
    if (data === undefined && !optional) throw new Error(`${kind} "${name}" not found`);
    for (const [key, value] of Object.entries(data ?? {})) variables[`${source.prefix ?? ""}${key}`] = value;
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const found =
      valueFrom === undefined
        ? expand(value ?? "", variables)
        : referredValue(valueFrom, pod, container, around);
    if (found !== undefined) variables[name] = found;
  }
  return variables;
}

/** `$(NAME)` becomes the variable's value, `$$(NAME)` stays as `$(NAME)`, and an unknown name stays as it is. */
export function expand(text: string, variables: Record<string, string>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => {
    if (name === undefined) return "$";
    return Object.hasOwn(variables, name) ? variables[name]! : whole;
  });
}

/** What follows the image's entry point. @throws when the container brings a command of its own */
export function argsOf(container: Loose, variables: Record<string, string>): string[] {
  if (container.command?.length)
    throw new Error("spec.containers[].command is not supported: the image's entry point is what runs");
  return (container.args ?? []).map((arg: string) => expand(arg, variables));
}

function referredValue(from: Loose, pod: Loose, container: Loose, around: Surroundings): string | undefined {
  if (from.fieldRef) return fieldOf(pod, from.fieldRef.fieldPath, around);
  if (from.resourceFieldRef) return resourceOf(from.resourceFieldRef, container, around);
  const kind = from.configMapKeyRef ? "ConfigMap" : "Secret";
  const { name, key, optional } = from.configMapKeyRef ?? from.secretKeyRef;
  const value = around.lookUp(kind, name)?.[key];
  if (value === undefined && !optional)
    throw new Error(`${kind} "${name}" has no key "${key}", or does not exist`);
  return value;
}

/** A field of the downward API. @throws when it is none of them */
export function fieldOf(
  pod: Loose,
  path: string,
  { podIP, hostIP }: Pick<Surroundings, "podIP" | "hostIP">,
): string {
  const { metadata, spec } = pod;
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (subscript) return metadata[subscript[1]!]?.[subscript[2]!] ?? "";
  const fields: Record<string, string> = {
    "metadata.name": metadata.name,
    "metadata.namespace": metadata.namespace,
    "metadata.uid": metadata.uid,
    "spec.nodeName": spec.nodeName,
    "spec.serviceAccountName": spec.serviceAccountName ?? "default",
    "status.podIP": podIP,
    "status.podIPs": podIP,
    "status.hostIP": hostIP,
  };
  const value = fields[path];
  if (value === undefined) throw new Error(`the field ${path} is not supported here`);
  return value;
}

function resourceOf({ resource, divisor }: Loose, container: Loose, { capacity }: Surroundings): string {
  const [which, name] = String(resource).split(".") as ["limits" | "requests", "memory" | "cpu"];
  if (!["limits", "requests"].includes(which) || !["memory", "cpu"].includes(name))
    throw new Error(`the resource ${resource} is not supported here`);
  const set = container.resources?.[which]?.[name];
  // As with the kubelet, what is not limited may use all of the node.
  const amount = set !== undefined ? quantityOf(set) : which === "limits" ? capacity[name] : 0;
  const unit = divisor === undefined || String(divisor) === "0" ? 1 : quantityOf(divisor);
  return String(Math.ceil(amount / unit));
}

// biome-ignore format: a table
const suffixes: Record<string, number> = {
  n: 1e-9, u: 1e-6, m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50,
};

/** A quantity as a number: bytes, or cores. @throws when it is none */
export function quantityOf(text: string | number): number {
  const match = /^([+-]?[\d.]+)(?:([eE][+-]?\d+)|([A-Za-z]*))$/.exec(String(text));
  const factor = suffixes[match?.[3] ?? ""];
  if (!match || factor === undefined) throw new Error(`"${text}" is not a quantity`);
  return Number(`${match[1]}${match[2] ?? ""}`) * factor;
}
