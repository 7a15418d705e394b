import {
  column,
  conditionList,
  lastHandledReconcileAt,
  observedGeneration,
  suspend,
  unobserved,
} from "../common.ts";
import { type KindOf, kind } from "../kind.ts";
import { groups } from "../names.ts";
import { defaulted, duration, object, oneOf, optional, string } from "../schema.ts";
import { imageRef } from "./common.ts";

const order = (last: string) => defaulted("asc", oneOf(`Which end is the latest; ${last}.`, ["asc", "desc"]));

const spec = object(
  "How to choose the latest image.",
  {
    imageRepositoryRef: object("The ImageRepository to choose from.", {
      name: string("Name of the ImageRepository."),
      namespace: optional(string("Its namespace; the one of this object unless given.")),
    }),
    policy: object("How tags are ordered; set one.", {
      semver: optional(
        object("By semantic version.", {
          range: string("Range of versions, for example `>=1.0.0 <2.0.0`; the newest in it is chosen."),
        }),
      ),
      alphabetical: optional(object("By alphabet.", { order: order("asc takes Z before A") })),
      numerical: optional(object("By number.", { order: order("asc takes 9 before 0") })),
    }),
    filterTags: optional(
      object("Look only at some of the tags.", {
        pattern: optional(string("Regular expression that tags must match.")),
        extract: optional(
          string("What to order by: a replacement such as `$ts`, built from groups of the pattern."),
        ),
      }),
    ),
    digestReflectionPolicy: defaulted(
      "Never",
      oneOf("Whether to note the digest of the tag: each time, once per tag, or not.", [
        "Always",
        "IfNotPresent",
        "Never",
      ]),
    ),
    interval: optional(
      duration("How often to look for a new digest; only, and needed, with digestReflectionPolicy Always."),
    ),
    suspend,
  },
  {
    rules: [
      {
        rule: "!has(self.interval) || (has(self.digestReflectionPolicy) && self.digestReflectionPolicy == 'Always')",
        message: "interval needs digestReflectionPolicy Always",
      },
      {
        rule: "has(self.interval) || !has(self.digestReflectionPolicy) || self.digestReflectionPolicy != 'Always'",
        message: "digestReflectionPolicy Always needs interval",
      },
    ],
  },
);

const status = object("What was chosen last and how it went.", {
  observedGeneration,
  conditions: conditionList,
  latestRef: optional(imageRef("The latest image.")),
  observedPreviousRef: optional(imageRef("The image that was the latest before.")),
  lastHandledReconcileAt,
});

export const imagePolicy = kind({
  group: groups.image,
  version: "v1",
  kind: "ImagePolicy",
  plural: "imagepolicies",
  shortNames: ["imgpol", "imagepol"],
  categories: ["all", "fluxcd", "fluxcd-images"],
  controller: "image-automation-controller",
  description: "A rule that chooses the latest image of an ImageRepository.",
  columns: [
    { name: "Image", type: "string", jsonPath: ".status.latestRef.name" },
    { name: "Tag", type: "string", jsonPath: ".status.latestRef.tag" },
    column.ready,
    column.status,
    column.age,
  ],
  deprecatedVersions: ["v1beta1", "v1beta2"],
  spec,
  status: defaulted(unobserved, status),
});

export type ImagePolicy = KindOf<typeof imagePolicy>;
