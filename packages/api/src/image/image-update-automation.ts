import {
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
import {
  defaulted,
  list,
  map,
  object,
  oneOf,
  optional,
  requiredWithDefault,
  string,
  time,
} from "../schema.ts";
import { gitRef } from "../source/git-ref.ts";
import { imageRef } from "./common.ts";

const commit = object("How to commit.", {
  author: object("Author of the commits.", {
    email: string("Email address of the author."),
    name: optional(string("Name of the author.")),
  }),
  messageTemplate: optional(
    string("Go template of the commit message; `.Changed` has the changes and `.Values` the values below."),
  ),
  messageTemplateValues: optional(map("Values for the template.", string("Value."))),
  signingKey: optional(
    object("Sign the commits.", {
      secretRef: nameRef(
        "Secret with the key: `git.asc` and `passphrase` for gpg, `identity` and `password` for ssh.",
      ),
      type: optional(oneOf("Kind of the key; gpg unless given.", ["gpg", "ssh"])),
    }),
  ),
});

const push = object("Where to push to; the branch that was checked out unless given.", {
  branch: optional(string("Branch; made from the checked out one if it is missing.")),
  refspec: optional(string("Refspec to push, in addition to the branch if both are given.")),
  options: optional(map("Push options for the server.", string("Value."))),
});

const policySelector = object(
  "Which ImagePolicies of the namespace to follow; all unless given.",
  {
    matchLabels: optional(map("Labels that the policy must have, with these values.", string("Value."))),
    matchExpressions: optional(
      list(
        "Further conditions on labels; all must hold.",
        object("One condition.", {
          key: string("Label."),
          operator: string("In, NotIn, Exists or DoesNotExist."),
          values: optional(
            list("Values, for In and NotIn.", string("Value."), { "x-kubernetes-list-type": "atomic" }),
          ),
        }),
        { "x-kubernetes-list-type": "atomic" },
      ),
    ),
  },
  { "x-kubernetes-map-type": "atomic" },
);

const spec = object("Which repository to update, and how to commit and push.", {
  sourceRef: object("The GitRepository to update.", {
    apiVersion: optional(string("apiVersion of the source.")),
    kind: requiredWithDefault("GitRepository", oneOf("Kind of the source.", ["GitRepository"])),
    name: string("Name of the source."),
    namespace: optional(string("Its namespace; the one of this object unless given.")),
  }),
  git: optional(
    object("How to check out, commit and push.", {
      checkout: optional(
        object("What to check out; `spec.ref` of the GitRepository unless given.", {
          ref: gitRef("Reference."),
        }),
      ),
      commit,
      push: optional(push),
    }),
  ),
  interval,
  policySelector: optional(policySelector),
  update: defaulted(
    { strategy: "Setters" },
    object("How to update files.", {
      strategy: defaulted("Setters", oneOf("Setters: by the markers in comments.", ["Setters"])),
      path: optional(string("Directory to update; the root unless given.")),
    }),
  ),
  suspend,
});

const status = object("What was pushed last and how it went.", {
  observedGeneration,
  conditions: conditionList,
  lastAutomationRunTime: optional(time("When it was last run.")),
  lastPushCommit: optional(string("SHA of the last commit that was pushed.")),
  lastPushTime: optional(time("When it was pushed.")),
  observedPolicies: optional(map("The images that policies had chosen, by policy.", imageRef("One image."))),
  observedSourceRevision: optional(string("Revision of the source that was seen last.")),
  lastHandledReconcileAt,
});

export const imageUpdateAutomation = kind({
  group: groups.image,
  version: "v1",
  kind: "ImageUpdateAutomation",
  plural: "imageupdateautomations",
  shortNames: ["iua", "imgupd", "imgauto"],
  categories: ["all", "fluxcd", "fluxcd-images"],
  controller: "image-automation-controller",
  description: "Writes the images that ImagePolicies choose into the files of a Git repository.",
  columns: [
    column.ready,
    column.status,
    { name: "Last run", type: "string", jsonPath: ".status.lastAutomationRunTime", priority: 1 },
    column.age,
  ],
  deprecatedVersions: ["v1beta1", "v1beta2"],
  spec,
  status: defaulted(unobserved, status),
});

export type ImageUpdateAutomation = KindOf<typeof imageUpdateAutomation>;
