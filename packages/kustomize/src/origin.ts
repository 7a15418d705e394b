import { stringify } from "@sluice/yaml";
import { cleanRelative } from "./filesystem.ts";
import { mapAt } from "./node.ts";
import type { ResMap } from "./resmap.ts";
import { apiVersionOf, kindOf, nameOf, namespaceOf, type Origin, type Resource } from "./resource.ts";
import { part } from "./shared.ts";

/** The annotation that says where a resource came from. */
export const ORIGIN = "config.kubernetes.io/origin";

/** The origin of what lies at a path below a directory that has an origin itself. */
export function originAt({ path: directory, ...repository }: Origin, path: string): Origin {
  return { ...repository, path: cleanRelative(directory ? `${directory}/${path}` : path) };
}

/** The origin of what a built-in generator or transformer did because a kustomization file says so. */
export function originOfField(directory: Origin, file: string, plugin: string): Origin {
  const { path, repo, ref } = originAt(directory, file);
  return {
    repo,
    ref,
    configuredIn: path,
    configuredBy: { apiVersion: "builtin", kind: plugin },
  };
}

/** The origin of what a generator or transformer did that is configured by an object of its own. */
export function originOfPlugin(config: Resource): Origin | undefined {
  if (!config.origin) return undefined;
  return {
    repo: config.origin.repo,
    ref: config.origin.ref,
    configuredIn: config.origin.path,
    configuredBy: {
      apiVersion: apiVersionOf(config.node),
      kind: kindOf(config.node),
      name: nameOf(config.node),
      namespace: namespaceOf(config.node),
    },
  };
}

/** Notes a transformation on all resources; those without an origin are taken to come from it. */
export function noteTransformation(map: ResMap, origin: Origin): void {
  for (const res of map.list) {
    if (!res.origin) res.origin = origin;
    else res.transformations = [...(res.transformations ?? []), origin];
    const annotations = mapAt(res.node, "metadata", "annotations");
    if (annotations) part(annotations); // kustomize writes them anew with its note
  }
}

/** The text of an origin annotation. */
export function originText(origin: Origin): string {
  return originLines(origin)
    .map((line) => `${line}\n`)
    .join("");
}

/** The text of a transformations annotation. */
export function transformationsText(origins: readonly Origin[]): string {
  return origins
    .map((origin) =>
      originLines(origin)
        .map((line, i) => `${i === 0 ? "- " : "  "}${line}\n`)
        .join(""),
    )
    .join("");
}

function originLines({ path, repo, ref, configuredIn, configuredBy }: Origin): string[] {
  const lines = fields({ path, repo, ref, configuredIn });
  if (configuredBy) lines.push("configuredBy:", ...fields(configuredBy).map((line) => `  ${line}`));
  return lines;
}

function fields(values: Record<string, string | undefined>): string[] {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([key, value]) => `${key}: ${stringify(value).trimEnd()}`);
}
