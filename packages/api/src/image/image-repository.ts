import {
  accessFrom,
  certSecretRef,
  cloudProvider,
  column,
  conditionList,
  interval,
  lastHandledReconcileAt,
  nameRef,
  observedGeneration,
  proxySecretRef,
  suspend,
  unobserved,
} from "../common.ts";
import { type KindOf, kind } from "../kind.ts";
import { groups } from "../names.ts";
import {
  boolean,
  defaulted,
  integer,
  list,
  object,
  optional,
  shortDuration,
  string,
  time,
} from "../schema.ts";

const spec = object("Which repository to scan, how often and with which credentials.", {
  image: string("The image without a tag, for example `ghcr.io/org/app`."),
  interval,
  timeout: optional(shortDuration("How long one scan may take; `interval` unless given.")),
  secretRef: optional(nameRef("Secret of type kubernetes.io/dockerconfigjson with the login.")),
  serviceAccountName: optional(
    string("ServiceAccount whose image pull secrets or cloud identity to use.", { maxLength: 253 }),
  ),
  certSecretRef,
  proxySecretRef,
  provider: cloudProvider(
    "How to log in: with a Secret or ServiceAccount (generic), or through the identity of a cloud.",
  ),
  insecure: optional(boolean("Allow a registry without TLS.")),
  exclusionList: defaulted(
    ["^.*\\.sig$"],
    list("Tags that match one of these are left out.", string("Regular expression."), { maxItems: 25 }),
  ),
  accessFrom: optional(accessFrom),
  suspend,
});

const scanResult = object("The last scan.", {
  tagCount: integer("How many tags there are."),
  latestTags: optional(list("The first ten tags in descending alphabetical order.", string("Tag."))),
  revision: optional(string("Checksum of the tags.")),
  scanTime: optional(time("When the scan ended.")),
});

const status = object("What was found last and how it went.", {
  observedGeneration,
  conditions: conditionList,
  canonicalImageName: optional(
    string("`spec.image` in full, for example `docker.io/library/alpine` for `alpine`."),
  ),
  lastScanResult: optional(scanResult),
  observedExclusionList: optional(
    list("`spec.exclusionList` of the last scan.", string("Regular expression.")),
  ),
  lastHandledReconcileAt,
});

export const imageRepository = kind({
  group: groups.image,
  version: "v1",
  kind: "ImageRepository",
  plural: "imagerepositories",
  shortNames: ["imgrepo", "imagerepo"],
  categories: ["all", "fluxcd", "fluxcd-images"],
  controller: "image-automation-controller",
  description: "An image repository whose tags are scanned for ImagePolicies to choose from.",
  columns: [
    { name: "Image", type: "string", jsonPath: ".spec.image" },
    { name: "Tags", type: "string", jsonPath: ".status.lastScanResult.tagCount" },
    column.ready,
    column.status,
    { name: "Last scan", type: "string", jsonPath: ".status.lastScanResult.scanTime", priority: 1 },
    column.age,
  ],
  deprecatedVersions: ["v1beta1", "v1beta2"],
  spec,
  status: defaulted(unobserved, status),
});

export type ImageRepository = KindOf<typeof imageRepository>;
