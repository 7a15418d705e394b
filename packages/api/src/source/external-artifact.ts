import { artifactSchema, column, conditionList } from "../common.ts";
import { type KindOf, kind } from "../kind.ts";
import { groups } from "../names.ts";
import { object, optional, string } from "../schema.ts";

const spec = object("Where the artifact comes from.", {
  sourceRef: optional(
    object("The object whose controller made the artifact.", {
      apiVersion: optional(string("apiVersion of the object.")),
      kind: string("Kind of the object."),
      name: string("Name of the object."),
      namespace: optional(string("Its namespace; the one of this object unless given.")),
    }),
  ),
});

const status = object("The artifact, as its maker describes it.", {
  artifact: optional(artifactSchema),
  conditions: conditionList,
});

export const externalArtifact = kind({
  group: groups.source,
  version: "v1",
  kind: "ExternalArtifact",
  plural: "externalartifacts",
  shortNames: ["ea"],
  categories: ["all", "fluxcd", "fluxcd-sources"],
  controller: "source-controller",
  description: "An artifact that somebody else made and serves, for Kustomizations and HelmReleases to use.",
  columns: [
    column.age,
    column.ready,
    column.status,
    { name: "Source", type: "string", jsonPath: ".spec.sourceRef.name" },
  ],
  deprecatedVersions: [],
  spec: optional(spec),
  status: optional(status),
});

export type ExternalArtifact = KindOf<typeof externalArtifact>;
