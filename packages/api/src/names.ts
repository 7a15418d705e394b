/** Names that Flux has given to the world: groups, annotations, labels, managers. All spelled as Flux does. */

export const groups = {
  source: "source.toolkit.fluxcd.io",
  kustomize: "kustomize.toolkit.fluxcd.io",
  helm: "helm.toolkit.fluxcd.io",
  notification: "notification.toolkit.fluxcd.io",
  image: "image.toolkit.fluxcd.io",
  event: "event.toolkit.fluxcd.io",
} as const;

/** Held by every object whose deletion needs work outside of it. */
export const finalizer = "finalizers.fluxcd.io";

/** Annotations by which a user asks for a reconciliation; each new value is handled once. */
export const requests = {
  /** Reconcile now; echoed in `status.lastHandledReconcileAt`. */
  reconcile: "reconcile.fluxcd.io/requestedAt",
  /** HelmRelease: upgrade even if nothing changed. Takes effect when equal to `reconcile`; echoed in `status.lastHandledForceAt`. */
  force: "reconcile.fluxcd.io/forceAt",
  /** HelmRelease: forget failures. Takes effect when equal to `reconcile`; echoed in `status.lastHandledResetAt`. */
  reset: "reconcile.fluxcd.io/resetAt",
} as const;

/** Annotations on the objects that the appliers manage; values are compared without regard to case. */
export const annotations = {
  /** On an applied object: `disabled` keeps it when it leaves the source. */
  kustomizePrune: "kustomize.toolkit.fluxcd.io/prune",
  /** On an applied object: `disabled` leaves the live object alone. */
  kustomizeReconcile: "kustomize.toolkit.fluxcd.io/reconcile",
  /** On an applied object: one of `ssaModes`. */
  kustomizeSsa: "kustomize.toolkit.fluxcd.io/ssa",
  /** On an applied object: `enabled` deletes and creates it again when an immutable field changes. */
  kustomizeForce: "kustomize.toolkit.fluxcd.io/force",
  /** On a manifest (or as a label): `disabled` keeps post-build substitution away from it. */
  kustomizeSubstitute: "kustomize.toolkit.fluxcd.io/substitute",
  /** On a Secret: `disabled` keeps decryption away from it. */
  kustomizeDecrypt: "kustomize.toolkit.fluxcd.io/decrypt",
  /** On an object of a release (or as a label): `disabled` leaves drift of it alone. */
  helmDriftDetection: "helm.toolkit.fluxcd.io/driftDetection",
} as const;

/** Values of `annotations.kustomizeSsa`, compared without regard to case. */
export const ssaModes = ["Override", "Merge", "IfNotPresent", "Ignore"] as const;
export type SsaMode = (typeof ssaModes)[number];

export const enabledValue = "enabled";
export const disabledValue = "disabled";

/** Prefix of annotations whose values are added to every event about their object. */
export const eventAnnotationPrefix = `${groups.event}/`;

export const labels = {
  /** `Enabled` on a ConfigMap or Secret: a change of it wakes its consumers at once. */
  watch: "reconcile.fluxcd.io/watch",
  watchEnabled: "Enabled",
  /** Chooses the shard of controllers that reconciles an object. */
  shardingKey: "sharding.fluxcd.io/key",
  partOf: "app.kubernetes.io/part-of",
  component: "app.kubernetes.io/component",
  instance: "app.kubernetes.io/instance",
  version: "app.kubernetes.io/version",
} as const;

/** The value of `labels.partOf` by which the CLI finds an installation. */
export const partOfFlux = "flux";

/** Where Flux lives unless told otherwise; also the value of `labels.instance`. */
export const defaultNamespace = "flux-system";

/** Field managers of the appliers; they are part of the live objects, so they keep Flux's names. */
export const fieldManagers = { kustomize: "kustomize-controller", helm: "helm-controller" } as const;

/**
 * The two labels that mark an applied object with its owner.
 * @param group `groups.kustomize` or `groups.helm`
 */
export function ownerLabels(
  group: string,
  owner: { namespace?: string; name: string },
): Record<string, string> {
  return { [`${group}/name`]: owner.name, [`${group}/namespace`]: owner.namespace ?? "" };
}

/** The owner that `ownerLabels` wrote into an object's labels, or undefined. */
export function ownerOf(
  group: string,
  labels: Record<string, string> | undefined,
): { namespace: string; name: string } | undefined {
  const name = labels?.[`${group}/name`];
  const namespace = labels?.[`${group}/namespace`];
  return name && namespace ? { namespace, name } : undefined;
}
