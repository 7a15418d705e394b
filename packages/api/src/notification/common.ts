import { map, object, oneOf, optional, string } from "../schema.ts";

/** Kinds that events are about and that webhooks can wake. */
const kindsOfObjects = [
  "Bucket",
  "GitRepository",
  "Kustomization",
  "HelmRelease",
  "HelmChart",
  "HelmRepository",
  "ImageRepository",
  "ImagePolicy",
  "ImageUpdateAutomation",
  "OCIRepository",
  "ArtifactGenerator",
  "ExternalArtifact",
] as const;

const limits = { minLength: 1, maxLength: 253 };

/** Fields that choose one object, or with the name `*` all of a kind in a namespace. */
export const objectChoice = {
  apiVersion: optional(string("apiVersion of the objects.")),
  kind: oneOf("Kind of the objects.", kindsOfObjects),
  name: string("Name of the object, or `*` for all in the namespace.", limits),
  namespace: optional(string("Namespace of the objects; the one of this object unless given.", limits)),
  matchLabels: optional(map("With the name `*`: only objects with these labels.", string("Value."))),
};

export const eventSource = object("Objects whose events to take.", objectChoice);
