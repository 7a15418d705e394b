import type { KubeObject } from "@sluice/api";
import type { Resource } from "../catalogue.ts";
import { apiError } from "../errors.ts";

type Data = Record<string, any>;

/** The autoscaling/v1 Scale of an object. With `strict` a custom resource without replicas has none: that throws. */
export function scaleOf(resource: Resource, object: KubeObject, strict = true): Data {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const scale = resource.custom?.scale;
  const read = (path: string | undefined) => (path === undefined ? undefined : at(object, path));
  const replicas = scale ? read(scale.specReplicasPath) : object.spec?.replicas;
  if (strict && scale && replicas === undefined) {
    const message = `the spec replicas field ${JSON.stringify(scale.specReplicasPath)} does not exist`;
    throw apiError(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] });
  }
  const status = scale ? read(scale.statusReplicasPath) : object.status?.replicas;
  const selector = scale ? read(scale.labelSelectorPath) : selectorText(object.spec?.selector);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, ...(namespace ? { namespace } : {}), uid, resourceVersion, creationTimestamp },
    spec: replicas === undefined || replicas === 0 ? {} : { replicas },
    status: { replicas: status ?? 0, ...(selector ? { selector } : {}) },
  };
}

/** The object with its replicas set; `object` is changed. */
export function withReplicas(resource: Resource, object: KubeObject, replicas: number): KubeObject {
  const path = resource.custom?.scale?.specReplicasPath ?? ".spec.replicas";
  const fields = path.split(".").filter(Boolean);
  let place: Data = object;
  for (const field of fields.slice(0, -1)) place = place[field] ??= {};
  place[fields.at(-1)!] = replicas;
  return object;
}

function at(object: unknown, path: string): any {
  let value: any = object;
  for (const field of path.split(".").filter(Boolean)) value = value?.[field];
  return value;
}

/** A LabelSelector, or the plain map of a ReplicationController, in kubectl's grammar. */
function selectorText(selector: Data | undefined): string {
  if (!selector) return "";
  const { matchLabels, matchExpressions } = selector;
  const labels: Data = matchLabels ?? (matchExpressions ? {} : selector);
  const terms = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  for (const { key, operator, values = [] } of matchExpressions ?? []) {
    if (operator === "Exists") terms.push(key);
    else if (operator === "DoesNotExist") terms.push(`!${key}`);
    else terms.push(`${key} ${operator.toLowerCase()} (${[...values].sort().join(",")})`);
  }
  return terms.sort().join(",");
}
