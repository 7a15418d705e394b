import { stringify } from "@sluice/yaml";
import type { BuiltResource } from "./build.ts";
import { effectiveNamespace, groupVersion, NO_NAMESPACE } from "./resource.ts";

/**
 * One file for each object, named as kustomize names them when it writes into a directory: `apps_v1_deployment_web.yaml`,
 * with the namespace in front if the objects are in more than one.
 */
export function outputFiles(resources: readonly BuiltResource[]): { name: string; text: string }[] {
  const entries = resources.map(({ object }) => {
    const { name, namespace = "" } = object.metadata;
    const { group, version } = groupVersion(object.apiVersion);
    const space = effectiveNamespace({ group, version, kind: object.kind, name, namespace });
    const file = `${[group, version, object.kind].filter(Boolean).join("_")}_${name}.yaml`;
    return { object, file, space: space === NO_NAMESPACE ? "" : space };
  });
  const spaces = new Set(entries.map(({ space }) => space).filter(Boolean));
  return entries.map(({ object, file, space }) => ({
    // Names of RBAC objects may hold slashes, which no file name does.
    name: `${spaces.size > 1 && space ? `${space}_` : ""}${file}`.toLowerCase().replaceAll("/", "_"),
    text: stringify(object),
  }));
}
