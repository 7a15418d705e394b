import { setTimeout as sleep } from "node:timers/promises";
import { type Api, hasStatus, type Loose } from "./api.ts";
import { simulated } from "./components.ts";
import { images } from "./images.ts";

/** The node whose pods are processes of this machine. Only pods of our own images come here. */
export const processNode = { name: "processes", label: "sluice.dev/processes" };

/** Nodes that kwok plays; they run any image in no time, and do nothing. */
export async function createSimulatedNodes(api: Api, count = 2): Promise<void> {
  for (let index = 0; index < count; index++) {
    const name = `simulated-${index}`;
    const labels = {
      "kubernetes.io/hostname": name,
      "kubernetes.io/os": "linux",
      "kubernetes.io/arch": "amd64",
      type: "kwok",
    };
    const metadata = { name, labels, annotations: { [simulated.key]: simulated.value } };
    await create(api, "/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata });
  }
}

/**
 * Lets the API server send pods of our images to the process node, as manifests are to be applied as they are shipped.
 * Returns once it does.
 */
export async function steerPods(api: Api, deadline: AbortSignal): Promise<void> {
  const group = "/apis/admissionregistration.k8s.io/v1";
  const [policy, binding] = steering(Object.keys(images));
  await create(api, `${group}/mutatingadmissionpolicies`, policy!);
  await create(api, `${group}/mutatingadmissionpolicybindings`, binding!);
  const image = `example.invalid/${Object.keys(images)[0]}`;
  const probe = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { generateName: "steered-" },
    spec: { containers: [{ name: "probe", image }] },
  };
  await until("pods of our images are sent to the process node", deadline, async () => {
    const pod = await api.call("POST", "/api/v1/namespaces/default/pods?dryRun=All", probe);
    return pod.spec.nodeSelector?.[processNode.label] === "true";
  });
}

/** The policy and its binding, for images of these names. Mutations as CEL: docs on MutatingAdmissionPolicy. */
function steering(names: string[]): Loose[] {
  const name = "processes.sluice.dev";
  const key = processNode.label.replace("/", "~1");
  const pattern = `(^|/)(${names.join("|")})([:@].*)?$`;
  const toleration = `{"key": ${JSON.stringify(processNode.label)}, "operator": "Exists"}`;
  const patch = (expression: string) => ({ patchType: "JSONPatch", jsonPatch: { expression } });
  const apiVersion = "admissionregistration.k8s.io/v1";
  return [
    {
      apiVersion,
      kind: "MutatingAdmissionPolicy",
      metadata: { name },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] },
          ],
        },
        matchConditions: [
          {
            name: "images",
            expression: `object.spec.containers.all(c, c.image.matches(${JSON.stringify(pattern)}))`,
          },
        ],
        failurePolicy: "Fail",
        reinvocationPolicy: "Never",
        mutations: [
          patch(
            `has(object.spec.nodeSelector)
              ? [JSONPatch{op: "add", path: "/spec/nodeSelector/${key}", value: "true"}]
              : [JSONPatch{op: "add", path: "/spec/nodeSelector", value: {"${processNode.label}": "true"}}]`,
          ),
          patch(
            `has(object.spec.tolerations)
              ? [JSONPatch{op: "add", path: "/spec/tolerations/-", value: ${toleration}}]
              : [JSONPatch{op: "add", path: "/spec/tolerations", value: [${toleration}]}]`,
          ),
        ],
      },
    },
    { apiVersion, kind: "MutatingAdmissionPolicyBinding", metadata: { name }, spec: { policyName: name } },
  ];
}

/** Waits for the default ServiceAccount, without which no pod is admitted, and for `nodes` Ready nodes. */
export async function untilUsable(api: Api, nodes: number, deadline: AbortSignal): Promise<void> {
  await until("the default ServiceAccount exists", deadline, () =>
    api.call("GET", "/api/v1/namespaces/default/serviceaccounts/default").then(Boolean, absent),
  );
  await until(`${nodes} nodes are Ready`, deadline, async () => {
    const { items } = await api.call("GET", "/api/v1/nodes");
    const ready = (items as Loose[]).filter(({ status, spec }) => {
      const conditions = (status.conditions ?? []) as Loose[];
      // The node lifecycle controller takes the taint off once it has seen the node well.
      const tainted = (spec.taints ?? []).some(({ key }: Loose) => key === "node.kubernetes.io/not-ready");
      return !tainted && conditions.some(({ type, status }) => type === "Ready" && status === "True");
    });
    return ready.length >= nodes;
  });
}

/** Repeats `check` every 50 ms until it is true. @throws when `deadline` passes first */
export async function until(
  what: string,
  deadline: AbortSignal,
  check: () => Promise<boolean>,
): Promise<void> {
  let last: unknown;
  while (!deadline.aborted) {
    try {
      if (await check()) return;
      last = undefined;
    } catch (thrown) {
      last = thrown;
    }
    await sleep(50);
  }
  throw new Error(`not in time: ${what}${last === undefined ? "" : `; last: ${(last as Error).message}`}`);
}

const absent = (thrown: unknown): false => {
  if (hasStatus(thrown, 404)) return false;
  throw thrown;
};

async function create(api: Api, path: string, object: object): Promise<void> {
  await api.call("POST", path, object).catch((thrown) => {
    if (!hasStatus(thrown, 409)) throw thrown;
  });
}
