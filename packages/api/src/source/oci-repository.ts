import {
  artifactSchema,
  certSecretRef,
  cloudProvider,
  column,
  conditionList,
  ignore,
  interval,
  lastHandledReconcileAt,
  nameRef,
  observedGeneration,
  observedIgnore,
  ociVerify,
  proxySecretRef,
  suspend,
  unobserved,
} from "../common.ts";
import { type KindOf, kind } from "../kind.ts";
import { groups } from "../names.ts";
import { boolean, defaulted, object, oneOf, optional, shortDuration, string } from "../schema.ts";

const layerSelector = object("Which layer of the artifact to take; the first one unless given.", {
  mediaType: optional(string("Media type; the first layer of this type is taken.")),
  operation: optional(
    oneOf("What to do with the layer: unpack it (extract, the default) or keep the file as it is (copy).", [
      "extract",
      "copy",
    ]),
  ),
});

const ref = object(
  "Which version to pull; the tag `latest` unless given. Digest wins over semver, semver over tag.",
  {
    digest: optional(string("Digest of the manifest, `sha256:<hex>`.")),
    semver: optional(
      string("Range of versions, for example `>=1.0.0 <2.0.0`; the newest tag in it is followed."),
    ),
    semverFilter: optional(string("Regular expression that tags must match to be looked at for `semver`.")),
    tag: optional(string("Tag.")),
  },
);

const spec = object("What to pull, how often and with which credentials.", {
  url: string("Address of the repository in a registry: `oci://<host>/<path>`, without a tag.", {
    pattern: "^oci://.*$",
  }),
  ref: optional(ref),
  layerSelector: optional(layerSelector),
  provider: cloudProvider(
    "How to log in: with a Secret or ServiceAccount (generic), or through the identity of a cloud.",
  ),
  secretRef: optional(nameRef("Secret of type kubernetes.io/dockerconfigjson with the login.")),
  serviceAccountName: optional(string("ServiceAccount whose image pull secrets or cloud identity to use.")),
  certSecretRef,
  proxySecretRef,
  verify: optional(ociVerify),
  interval,
  timeout: defaulted("60s", shortDuration("How long one operation on the registry may take.")),
  ignore,
  insecure: optional(boolean("Allow a registry without TLS.")),
  suspend,
});

const status = object("What was pulled last and how it went.", {
  observedGeneration,
  conditions: conditionList,
  artifact: optional(artifactSchema),
  url: optional(string("Address of the latest artifact, inside the cluster.")),
  observedIgnore,
  observedLayerSelector: optional(layerSelector),
  lastHandledReconcileAt,
});

export const ociRepository = kind({
  group: groups.source,
  version: "v1",
  kind: "OCIRepository",
  plural: "ocirepositories",
  shortNames: ["ocirepo"],
  categories: ["all", "fluxcd", "fluxcd-sources"],
  controller: "source-controller",
  description: "An artifact in an OCI registry to pull; its content becomes an artifact for others to apply.",
  columns: [{ name: "URL", type: "string", jsonPath: ".spec.url" }, column.ready, column.status, column.age],
  deprecatedVersions: ["v1beta2"],
  spec,
  status: defaulted(unobserved, status),
});

export type OCIRepository = KindOf<typeof ociRepository>;
