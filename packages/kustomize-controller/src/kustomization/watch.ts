import { builtin, type Condition, type KubeObject, type Kustomization, kinds } from "@sluice/api";
import { type Change, type Kind, keyOf } from "@sluice/kube";
import type { Wake } from "@sluice/runtime";

/** How a Kustomization is found by what it reads. */
export const indexes = {
  source: ({ metadata, spec: { sourceRef } }: Kustomization) => [
    [sourceRef.kind, sourceRef.namespace ?? metadata.namespace, sourceRef.name].join("/"),
  ],
  dependsOn: ({ metadata, spec }: Kustomization) =>
    (spec.dependsOn ?? []).map(({ namespace, name }) => `${namespace ?? metadata.namespace}/${name}`),
  inputs: ({ metadata, spec }: Kustomization) =>
    (spec.postBuild?.substituteFrom ?? []).map(({ kind, name }) => `${kind}/${metadata.namespace}/${name}`),
};

/**
 * Everything that a Kustomization reads wakes it: its source, its dependencies, and the ConfigMaps and Secrets with variables
 * that `configsSelector` (`--watch-configs-label-selector`) selects.
 */
export const wakes = (configsSelector: string): Wake<Kustomization>[] => [
  ...[kinds.gitRepository, kinds.ociRepository, kinds.bucket, kinds.externalArtifact].map(wakeBySource),
  {
    kind: kinds.kustomization,
    because: "input",
    *keysOf(change, own) {
      if (!becameReady(change)) return;
      for (const dependent of own.indexed("dependsOn", keyOf(change.after))) yield keyOf(dependent);
    },
  },
  ...[builtin.configMaps, builtin.secrets].map((kind) => wakeByVariables(kind, configsSelector)),
];

function wakeBySource(kind: Kind): Wake<Kustomization> {
  return {
    kind,
    because: "input",
    *keysOf({ before, after }, own) {
      // The time too: an artifact that was lost and built again has the same digest.
      const identity = (object?: KubeObject) =>
        object?.status?.artifact &&
        `${object.status.artifact.digest} ${object.status.artifact.revision} ${object.status.artifact.lastUpdateTime}`;
      if (after === undefined || identity(after) === undefined || identity(before) === identity(after))
        return;
      for (const ks of own.indexed("source", `${kind.kind}/${keyOf(after)}`)) yield keyOf(ks);
    },
  };
}

function wakeByVariables(kind: Kind, labelSelector: string): Wake<Kustomization> {
  return {
    kind,
    query: { labelSelector, metadataOnly: true },
    because: "input",
    *keysOf({ before, after }, own) {
      const object = (after ?? before)!;
      for (const ks of own.indexed("inputs", `${kind.kind}/${keyOf(object)}`)) yield keyOf(ks);
    },
  };
}

/** A dependency counts when it is Ready, has seen its generation, and may have moved on to another revision. */
function becameReady(change: Change): change is Change & { after: KubeObject } {
  const state = (object?: KubeObject) => {
    const ready = (object?.status?.conditions as Condition[] | undefined)?.find(
      ({ type }) => type === "Ready",
    );
    return [
      ready?.status,
      object?.status?.lastAppliedRevision,
      object?.status?.observedGeneration,
      object?.metadata.generation,
    ].join(" ");
  };
  return change.after !== undefined && state(change.before) !== state(change.after);
}
