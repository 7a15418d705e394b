/**
 * Every field that our schemas have beyond Flux's current ones, by kind, with the reason. A path stands for
 * everything below it. The contract test fails on any other extra field, and on an entry without a field.
 */
export const superset: Record<string, Record<string, string>> = {
  GitRepository: {
    ".spec.gitImplementation":
      "v1beta1 and v1beta2; accepted without effect, as Flux does since libgit2 is gone",
    ".spec.accessFrom": "v1beta1 and v1beta2; accepted without effect, Flux never implemented it",
  },
  HelmChart: {
    ".spec.valuesFile": "v1beta1 and v1beta2; read as the first of valuesFiles",
    ".spec.accessFrom": "v1beta1 and v1beta2; accepted without effect, Flux never implemented it",
  },
  Bucket: {
    ".spec.accessFrom": "v1beta1 and v1beta2; accepted without effect, Flux never implemented it",
  },
  Kustomization: {
    ".spec.patchesStrategicMerge": "v1beta1 and v1beta2; read as the first of patches",
    ".spec.patchesJson6902": "v1beta1 and v1beta2; read as the last of patches",
    ".spec.validation":
      "v1beta1 and v1beta2; accepted without effect, every object gets a server-side dry run",
  },
  HelmRelease: {
    ".spec.chart.spec.valuesFile": "v2beta1 and v2beta2; read as the first of valuesFiles",
    ".spec.postRenderers[].kustomize.patchesStrategicMerge":
      "v2beta1 and v2beta2; read as the first of patches",
    ".spec.postRenderers[].kustomize.patchesJson6902": "v2beta1 and v2beta2; read as the last of patches",
  },
};
