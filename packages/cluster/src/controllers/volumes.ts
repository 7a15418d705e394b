import type { KubeObject } from "@sluice/api";
import { MANAGER, writeStatus } from "./common.ts";
import type { Context, Controller } from "./engine.ts";

/** Gives every PersistentVolumeClaim a volume made to measure. */
export const volumeClaim: Controller = { apiVersion: "v1", kind: "PersistentVolumeClaim", reconcile };

function reconcile(context: Context, claim: KubeObject): void {
  if (claim.metadata.deletionTimestamp || context.verdict(claim)) return;
  const name = claim.spec.volumeName ?? `pvc-${claim.metadata.uid}`;
  const volume =
    context.store.get({ apiVersion: "v1", kind: "PersistentVolume", name }) ??
    provision(context, claim, name);
  if (!claim.spec.volumeName) {
    const annotations = { ...claim.metadata.annotations, "pv.kubernetes.io/bind-completed": "yes" };
    const metadata = { ...claim.metadata, annotations };
    context.store.update(
      { ...claim, metadata, spec: { ...claim.spec, volumeName: name } },
      { manager: MANAGER },
    );
    return;
  }
  if (volume.status?.phase !== "Bound") writeStatus(context, volume, { ...volume.status, phase: "Bound" });
  const { accessModes, capacity } = volume.spec;
  writeStatus(context, claim, { ...claim.status, phase: "Bound", accessModes, capacity });
}

function provision({ store }: Context, claim: KubeObject, name: string): KubeObject {
  const { apiVersion, kind, metadata, spec } = claim;
  const volume = {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name, annotations: { "pv.kubernetes.io/provisioned-by": "sluice.dev/simulated" } },
    spec: {
      capacity: { storage: spec.resources?.requests?.storage ?? "1Gi" },
      accessModes: spec.accessModes,
      persistentVolumeReclaimPolicy: "Delete",
      volumeMode: spec.volumeMode,
      ...(spec.storageClassName && { storageClassName: spec.storageClassName }),
      claimRef: { apiVersion, kind, name: metadata.name, namespace: metadata.namespace, uid: metadata.uid },
      hostPath: { path: `/var/lib/sluice/${name}`, type: "" },
    },
  };
  return store.create(volume, { manager: MANAGER });
}
