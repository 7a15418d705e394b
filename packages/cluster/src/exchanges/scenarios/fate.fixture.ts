import { apply, get, type Step, table } from "../scenario.fixture.ts";

/** The path of a kind in the namespace of the scenario. */
export const namespaced = (groupVersion: string, plural: string) =>
  `${groupVersion === "v1" ? "/api/v1" : `/apis/${groupVersion}`}/namespaces/{ns}/${plural}`;
/** The path of a kind of the whole cluster. */
export const clusterWide = (groupVersion: string, plural: string) =>
  `${groupVersion === "v1" ? "/api/v1" : `/apis/${groupVersion}`}/${plural}`;

/**
 * What happens to a manifest: applied, applied by another manager with other values (a conflict), by force, and shown.
 * `text` is what follows `metadata.name` in YAML, `other` what the other manager wants.
 */
export function fate(
  of: [groupVersion: string, kind: string, path: string],
  text: string,
  other: string,
): Step[] {
  const [apiVersion, kind, path] = of;
  const name = path.includes("/namespaces/{ns}/") ? "app" : "{ns}";
  const manifest = (rest: string) =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${JSON.stringify(name)}\n${rest.replace(/^\n/, "")}`;
  return [
    apply(`${path}/${name}`, "kubectl", manifest(text)),
    apply(`${path}/${name}`, "other", manifest(other)),
    apply(`${path}/${name}`, "other", manifest(other), "force=true"),
    get(`${path}?fieldSelector=metadata.name%3D${name}`, table),
  ];
}
