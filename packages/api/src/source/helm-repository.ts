import {
  accessFrom,
  artifactSchema,
  certSecretRef,
  cloudProvider,
  column,
  conditionList,
  interval,
  lastHandledReconcileAt,
  nameRef,
  observedGeneration,
  suspend,
  unobserved,
} from "../common.ts";
import { type KindOf, kind } from "../kind.ts";
import { groups } from "../names.ts";
import { boolean, defaulted, object, oneOf, optional, shortDuration, string } from "../schema.ts";

const spec = object("Where the charts are and how to get at them.", {
  url: string("Address: https:// or http:// of a repository with an index, or oci:// of a registry.", {
    pattern: "^(http|https|oci)://.*$",
  }),
  type: optional(
    oneOf("`oci` for charts in a registry: nothing is fetched then until a chart asks for it.", [
      "default",
      "oci",
    ]),
  ),
  interval: optional(interval),
  timeout: optional(shortDuration("How long one operation may take; 60s unless given.")),
  secretRef: optional(
    nameRef(
      "Secret with `username` and `password`, or a registry login of type kubernetes.io/dockerconfigjson.",
    ),
  ),
  certSecretRef,
  passCredentials: optional(
    boolean(
      "Send the credentials to other hosts too, if the index points there. Whoever controls the index can then see them.",
    ),
  ),
  insecure: optional(boolean("Allow a registry without TLS; for type oci.")),
  provider: cloudProvider(
    "How to log in to a registry: with a Secret (generic), or through the identity of a cloud.",
  ),
  accessFrom: optional(accessFrom),
  suspend,
});

const status = object("The index that was fetched last and how it went.", {
  observedGeneration,
  conditions: conditionList,
  artifact: optional(artifactSchema),
  url: optional(string("Address of the latest index, inside the cluster.")),
  lastHandledReconcileAt,
});

export const helmRepository = kind({
  group: groups.source,
  version: "v1",
  kind: "HelmRepository",
  plural: "helmrepositories",
  shortNames: ["helmrepo"],
  categories: ["all", "fluxcd", "fluxcd-sources"],
  controller: "source-controller",
  description: "A Helm repository or a registry with Helm charts.",
  columns: [{ name: "URL", type: "string", jsonPath: ".spec.url" }, column.age, column.ready, column.status],
  deprecatedVersions: ["v1beta1", "v1beta2"],
  spec,
  status: defaulted(unobserved, status),
});

export type HelmRepository = KindOf<typeof helmRepository>;
