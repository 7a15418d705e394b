import { stringify } from "@sluice/yaml";
import type { BuiltResource } from "./build.ts";
import { groupVersion } from "./resource.ts";

/**
 * One file for each object, named as kustomize names them when it writes into a directory: `apps_v1_deployment_web.yaml`,
 * with the namespace in front if the objects are in more than one.
 */
export function outputFiles(resources: readonly BuiltResource[]): { name: string; text: string }[] {
  const entries = resources.map(({ object, clusterScoped }) => {
    const { name, namespace } = object.metadata;
    const { group, version } = groupVersion(object.apiVersion);
    const file = `${[group, version, object.kind].filter(Boolean).join("_")}_${name}.yaml`;
    return { object, file, space: clusterScoped ? "" : namespace || "default" };
  });
  const spaces = new Set(entries.map(({ space }) => space).filter(Boolean));
  return entries.map(({ object, file, space }) => ({
    // Names of RBAC objects may hold slashes, which no file name does.
    name: `${spaces.size > 1 && space ? `${space}_` : ""}${file}`.toLowerCase().replaceAll("/", "_"),
    text: stringify(object),
  }));
}
