/** How writes to the registry ask policies and webhooks. */
import type { KubeObject } from "@sluice/api";
import { type Admission, type Asked, mutate, type Operation } from "../admission/index.ts";
import type { Resource } from "../catalogue.ts";
import { internalError } from "../errors.ts";
import { clone } from "../plain.ts";
import type { World } from "../world.ts";
import { decode } from "./decode.ts";
import { admitCreate, admitUpdate, normalise } from "./native.ts";
import type { Write } from "./write.ts";

/** A write as admission sees it. */
export function askedOf(
  resource: Resource,
  object: KubeObject,
  old: KubeObject | undefined,
  { subresource, dryRun, view }: Write,
  { user, options }: Admission,
): Asked {
  const { name = "", namespace = "" } = object.metadata;
  const operation: Operation = old ? "UPDATE" : "CREATE";
  return {
    operation,
    resource,
    subresource,
    namespace: resource.table === "/namespaces" ? name : namespace,
    name,
    object: view ? view.of(object) : object,
    oldObject: old ? (view ? view.of(old) : old) : null,
    user,
    dryRun,
    options,
  };
}

/** The object as policies and webhooks make it, in the form that the server gives to objects which it reads. */
export function admitted(
  world: World,
  resource: Resource,
  object: KubeObject,
  old: KubeObject | undefined,
  write: Write,
): KubeObject {
  const { admission, view } = write;
  if (!admission) return object;
  const asked = askedOf(resource, old ? object : withStatus(resource, object), old, write, admission);
  if (view) {
    const made = mutate(world, asked, admission, write.warnings)!;
    return made === asked.object ? object : view.into(object, made);
  }
  const reread = (fieldValidation: Write["fieldValidation"]) => (next: KubeObject) => {
    const copy = clone(next);
    decode(resource, copy, { ...write, fieldValidation, warnings: [] }, internalError);
    normalise(resource, copy);
    return copy;
  };
  const defaults = (next: KubeObject) =>
    old ? admitUpdate(resource, next) : admitCreate(world, resource, next);
  // policies may not write unknown fields; what webhooks write of them is dropped
  const rereads = { ofPolicies: reread(resource.custom ? "Ignore" : "Strict"), ofWebhooks: reread("Ignore") };
  const made = mutate(world, asked, admission, write.warnings, { ...rereads, defaults })!;
  return made === asked.object ? object : made;
}

/** A new object as Go's struct shows it, before the server has made its status. */
function withStatus({ schema, custom }: Resource, object: KubeObject): KubeObject {
  const status = custom ? undefined : schema?.alwaysShown?.["status"];
  return status === undefined || object.status !== undefined ? object : { ...object, status: {} };
}
