import type { KubeObject } from "@sluice/api";
import type { Resource } from "../catalogue.ts";

type Data = Record<string, any>;

/**
 * What the API server's strategies put into an object of a built-in kind before it is stored: parts of the status that no client may choose, and
 * fields that follow from others. Changes `object`, which must be the caller's own.
 */
export function prepareCreate(resource: Resource, object: KubeObject): void {
  const fields = object as unknown as Data;
  if (resource.subresources.some(({ name }) => name === "status")) delete fields["status"];
  switch (resource.table) {
    case "/namespaces":
      fields["status"] = { phase: "Active" };
      fields["spec"] = withKubernetesFinalizer(fields["spec"]);
      return;
    case "/pods":
      fields["status"] = { phase: "Pending", qosClass: qosClass(fields["spec"] ?? {}) };
      return;
    case "/services":
      fields["status"] = { loadBalancer: {} };
      return;
    case "/persistentvolumeclaims":
    case "/persistentvolumes":
      fields["status"] = { phase: "Pending" };
      return;
    case "networking.k8s.io/ingresses":
      fields["status"] = { loadBalancer: {} };
      return;
    case "policy/poddisruptionbudgets":
      fields["status"] = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
      return;
    case "apps/daemonsets":
      fields["status"] = {
        currentNumberScheduled: 0,
        numberMisscheduled: 0,
        desiredNumberScheduled: 0,
        numberReady: 0,
      };
      return;
    case "apps/replicasets":
    case "/replicationcontrollers":
      fields["status"] = { replicas: 0 };
      return;
    case "apps/statefulsets":
      fields["status"] = { replicas: 0, availableReplicas: 0 };
      return;
    case "autoscaling/horizontalpodautoscalers":
      fields["status"] = { desiredReplicas: 0, currentMetrics: null };
      return;
    case "batch/jobs":
      fields["status"] = {};
      selectOwnPods(object);
      return;
    case "apps/deployments":
    case "batch/cronjobs":
    case "/resourcequotas":
      fields["status"] = {};
  }
}

/** Derived fields that hold after each write, not only the first. */
export function normalise(resource: Resource, object: KubeObject): void {
  if (resource.table === "/secrets") mergeStringData(object);
}

/** `stringData` is for writing only: its entries land in `data`, encoded. */
function mergeStringData(object: KubeObject): void {
  const fields = object as unknown as Data;
  const plain: Record<string, string> | undefined | null = fields["stringData"];
  if (!plain) return;
  const encoded = Object.entries(plain).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  fields["data"] = { ...fields["data"], ...Object.fromEntries(encoded) };
  delete fields["stringData"];
}

function withKubernetesFinalizer(spec: Data | undefined): Data {
  const finalizers: string[] = spec?.["finalizers"] ?? [];
  return {
    ...spec,
    finalizers: finalizers.includes("kubernetes") ? finalizers : [...finalizers, "kubernetes"],
  };
}

/** A Job without a selector of its own selects its pods by its uid. */
function selectOwnPods(job: KubeObject): void {
  const spec = job.spec as Data;
  if (!spec || spec["manualSelector"]) return;
  const uid = job.metadata.uid!;
  const template: Data = (spec["template"] ??= {});
  const metadata: Data = (template["metadata"] ??= {});
  metadata["labels"] = {
    ...metadata["labels"],
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": job.metadata.name,
    "controller-uid": uid,
    "job-name": job.metadata.name,
  };
  const selector: Data = (spec["selector"] ??= {});
  selector["matchLabels"] = { ...selector["matchLabels"], "batch.kubernetes.io/controller-uid": uid };
}

/** The quality-of-service class: kubernetes/pkg/apis/core/v1/helper/qos, by CPU and memory of all containers. */
export function qosClass(spec: Data): "Guaranteed" | "Burstable" | "BestEffort" {
  const containers: Data[] = [...(spec["containers"] ?? []), ...(spec["initContainers"] ?? [])];
  const amounts = (container: Data, side: "requests" | "limits") =>
    ["cpu", "memory"].map((resource) => container["resources"]?.[side]?.[resource]);
  const isSet = (amount: unknown) => amount !== undefined && amount !== "0" && amount !== 0;
  const any = containers.some((each) =>
    [...amounts(each, "requests"), ...amounts(each, "limits")].some(isSet),
  );
  if (!any) return "BestEffort";
  const guaranteed = containers.every((each) => {
    const limits = amounts(each, "limits");
    const requests = amounts(each, "requests");
    return (
      limits.every(isSet) &&
      limits.every((limit, index) => !isSet(requests[index]) || requests[index] === limit)
    );
  });
  return guaranteed ? "Guaranteed" : "Burstable";
}
