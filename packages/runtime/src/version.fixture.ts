import type { KubeObject } from "@sluice/api";

/** A kind that no cluster has to know. */
export const kind = {
  group: "t",
  version: "v1",
  kind: "Thing",
  plural: "things",
  namespaced: true,
  apiVersion: "t/v1",
  parse: (raw: KubeObject) => raw,
};

/** One of its objects, in one of its versions. */
export const thing = (
  resourceVersion: string,
  more: Partial<KubeObject> = {},
  metadata: object = {},
): KubeObject => ({
  apiVersion: "t/v1",
  kind: "Thing",
  metadata: { name: "web", namespace: "apps", uid: "u1", resourceVersion, generation: 1, ...metadata },
  ...more,
});
