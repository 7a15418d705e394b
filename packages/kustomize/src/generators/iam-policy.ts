import { fail } from "../errors.ts";
import { type NodeMap, plainScalar } from "../node.ts";
import { newResource, type Resource } from "../resource.ts";

export type IamPolicyArgs = {
  cloud?: string;
  kubernetesService?: { name?: string; namespace?: string };
  serviceAccount?: { name?: string; projectId?: string };
};

/** The ServiceAccount that GKE binds to a Google service account. */
export function generateIamPolicy({ cloud, kubernetesService, serviceAccount }: IamPolicyArgs): Resource {
  if (cloud !== "gke")
    fail("unsupported", `cloud provider ${cloud ?? ""} not supported yet; the only one is gke`);
  const account = `${serviceAccount?.name ?? ""}@${serviceAccount?.projectId ?? ""}.iam.gserviceaccount.com`;
  const metadata: NodeMap = {
    annotations: { "iam.gke.io/gcp-service-account": account },
    name: plainScalar(kubernetesService?.name ?? ""),
  };
  if (kubernetesService?.namespace) metadata.namespace = plainScalar(kubernetesService.namespace);
  return newResource({ apiVersion: "v1", kind: "ServiceAccount", metadata });
}
