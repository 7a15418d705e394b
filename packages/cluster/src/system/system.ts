import { startAggregation } from "../auth/aggregation.ts";
import { createDefaultRoles } from "../auth/bootstrap.ts";
import { startTokenSecrets } from "../auth/token-secrets.ts";
import { subscribe } from "../storage/storage.ts";
import type { Store } from "../store.ts";
import type { World } from "../world.ts";
import { startDefinitionCleanup } from "./definitions.ts";
import { startGarbageCollector } from "./garbage.ts";
import { startNamespaceLifecycle } from "./namespaces.ts";
import { startVolumeProtection } from "./protection.ts";
import { startQuotas } from "./quotas.ts";
import { newTasks } from "./tasks.ts";

const NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"];

/** What kube-controller-manager and the API server's own loops see to: first namespaces, and what each namespace holds. */
export function startSystem(world: World, store: Store): { stop(): void } {
  const tasks = newTasks(world.log);
  const garbage = startGarbageCollector(world, tasks);
  const lifecycle = startNamespaceLifecycle(world, tasks);
  const cleanup = startDefinitionCleanup(world, tasks);
  const protection = startVolumeProtection(world, tasks);
  const quotas = startQuotas(world, tasks);
  const unsubscribe = subscribe(world.storage, "/namespaces", ({ type, entry }) => {
    if (type === "ADDED") furnish(store, entry.name, world.auth.authority.cert);
  });
  for (const name of NAMESPACES)
    if (!store.get({ apiVersion: "v1", kind: "Namespace", name }))
      store.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  createDefaultRoles(store);
  const aggregation = startAggregation(store, tasks);
  const tokens = startTokenSecrets(store, world.auth, tasks);
  return {
    stop() {
      tasks.stop();
      aggregation.stop();
      tokens.stop();
      garbage.stop();
      lifecycle.stop();
      cleanup.stop();
      protection.stop();
      quotas.stop();
      unsubscribe();
    },
  };
}

/** The service account and the root certificate that every namespace has. */
function furnish(store: Store, namespace: string, root: string): void {
  const manager = "kube-controller-manager";
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } };
  const roots = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "kube-root-ca.crt",
      namespace,
      annotations: {
        "kubernetes.io/description":
          "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
      },
    },
    data: { "ca.crt": root },
  };
  for (const object of [account, roots])
    if (!store.get({ ...object, name: object.metadata.name, namespace })) store.create(object, { manager });
}
