/** LimitRanges: what they fill in, and what they refuse (plugin/pkg/admission/limitranger of Kubernetes v1.36). */
import type { KubeObject } from "@sluice/api";
import { formatQuantity, parseQuantity, type Quantity } from "../schema/quantity.ts";

type Data = Record<string, any>;
type Amounts = Record<string, string>;

const NOTE = "kubernetes.io/limit-ranger";

const containersOf = ({ spec }: KubeObject): { word: string; container: Data }[] => [
  ...(spec.containers ?? []).map((container: Data) => ({ word: "container", container })),
  ...(spec.initContainers ?? []).map((container: Data) => ({ word: "init container", container })),
];

/** Gives the containers of a new pod the requests and limits that they lack, in place, and notes which. */
export function fillInLimits(pod: KubeObject, ranges: readonly KubeObject[]): void {
  const notes: string[] = [];
  for (const range of ranges) {
    const usual: Data[] = (range.spec.limits ?? []).filter((each: Data) => each["type"] === "Container");
    const requests: Amounts = Object.assign({}, ...usual.map(({ defaultRequest }) => defaultRequest));
    const limits: Amounts = Object.assign({}, ...usual.map((each) => each["default"]));
    for (const { word, container } of containersOf(pod))
      for (const [side, defaults] of [
        ["request", requests],
        ["limit", limits],
      ] as const) {
        const own: Amounts = container["resources"]?.[`${side}s`] ?? {};
        const missing = Object.keys(defaults).filter((name) => own[name] === undefined);
        if (missing.length === 0) continue;
        const added = Object.fromEntries(missing.map((name) => [name, defaults[name]]));
        container["resources"] = { ...container["resources"], [`${side}s`]: { ...own, ...added } };
        notes.push(`${missing.sort().join(", ")} ${side} for ${word} ${container["name"]}`);
      }
  }
  if (notes.length === 0) return;
  const note = `LimitRanger plugin set: ${notes.join("; ")}`;
  pod.metadata.annotations = { ...pod.metadata.annotations, [NOTE]: note };
}

/** What a LimitRange has against a pod or a claim. */
export function limitProblems(object: KubeObject, range: KubeObject): string[] {
  return (range.spec.limits ?? []).flatMap((limit: Data) => {
    if (object.kind === "PersistentVolumeClaim")
      return limit["type"] === object.kind ? claimProblems(limit, object) : [];
    if (limit["type"] === "Container")
      return containersOf(object).flatMap(({ container }) => problems(limit, container["resources"] ?? {}));
    return limit["type"] === "Pod" ? problems(limit, totals(object)) : [];
  });
}

const nano = (text: string | undefined): bigint | undefined =>
  text === undefined ? undefined : parseQuantity(String(text))?.nano;

function problems(limit: Data, { requests = {}, limits = {} }: Data): string[] {
  const { type, min = {}, max = {}, maxLimitRequestRatio = {} } = limit;
  const found: string[] = [];
  const each = (bounds: Amounts, check: (name: string, bound: string) => string | undefined) => {
    for (const name of Object.keys(bounds).sort()) {
      const problem = check(name, bounds[name]!);
      if (problem) found.push(problem);
    }
  };
  each(min, (name, bound) => {
    const what = `minimum ${name} usage per ${type} is ${bound}`;
    const [request, most, least] = [nano(requests[name]), nano(limits[name]), nano(bound)!];
    if (request === undefined) return `${what}.  No request is specified`;
    if (request < least) return `${what}, but request is ${requests[name]}`;
    return most !== undefined && most < least ? `${what}, but limit is ${limits[name]}` : undefined;
  });
  each(max, (name, bound) => {
    const what = `maximum ${name} usage per ${type} is ${bound}`;
    const [request, own, most] = [nano(requests[name]), nano(limits[name]), nano(bound)!];
    if (own === undefined) return `${what}.  No limit is specified`;
    if (own > most) return `${what}, but limit is ${limits[name]}`;
    return request !== undefined && request > most ? `${what}, but request is ${requests[name]}` : undefined;
  });
  each(maxLimitRequestRatio, (name, bound) => {
    const what = `${name} max limit to request ratio per ${type} is ${bound}`;
    const [request, own] = [nano(requests[name]), nano(limits[name])];
    if (!request) return `${what}, but no request is specified or request is 0`;
    if (!own) return `${what}, but no limit is specified or limit is 0`;
    const ratio = Number(own) / Number(request);
    return ratio > Number(nano(bound)) / 1e9
      ? `${what}, but provided ratio is ${ratio.toFixed(6)}`
      : undefined;
  });
  return found;
}

function claimProblems({ type, min = {}, max = {} }: Data, { spec }: KubeObject): string[] {
  const wanted: string | undefined = spec.resources?.requests?.storage;
  const refuse = (word: string, bound: string) => [
    `${word} storage usage per ${type} is ${bound}, but request is ${wanted}`,
  ];
  const amount = nano(wanted) ?? 0n;
  if (min.storage && amount < nano(min.storage)!) return refuse("minimum", min.storage);
  return max.storage && amount > nano(max.storage)! ? refuse("maximum", max.storage) : [];
}

/** What the containers of a pod ask for together; of the init containers, which run one by one, the greediest counts. */
export function totals(pod: KubeObject): { requests: Amounts; limits: Amounts } {
  const total = (side: "requests" | "limits"): Amounts => {
    const sums = new Map<string, Quantity>();
    for (const { resources } of pod.spec.containers ?? []) addTo(sums, resources?.[side], sum);
    for (const { resources, restartPolicy } of pod.spec.initContainers ?? [])
      addTo(sums, resources?.[side], restartPolicy === "Always" ? sum : larger);
    return Object.fromEntries([...sums].map(([name, quantity]) => [name, formatQuantity(quantity)]));
  };
  return { requests: total("requests"), limits: total("limits") };
}

const sum = (a: bigint, b: bigint) => a + b;
const larger = (a: bigint, b: bigint) => (a > b ? a : b);

function addTo(
  sums: Map<string, Quantity>,
  amounts: Amounts | undefined,
  join: (a: bigint, b: bigint) => bigint,
): void {
  for (const [name, text] of Object.entries(amounts ?? {})) {
    const quantity = parseQuantity(String(text));
    const before = sums.get(name);
    if (quantity) sums.set(name, before ? { ...before, nano: join(before.nano, quantity.nano) } : quantity);
  }
}
