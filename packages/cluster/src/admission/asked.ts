/** One write that policies and webhooks are asked about. */
import type { KubeObject } from "@sluice/api";
import type { User } from "../auth/user.ts";
import type { Catalogue, Resource } from "../catalogue.ts";
import { type ApiError, forbidden } from "../errors.ts";
import { toServed, toStored } from "../registry/convert.ts";

export type Operation = "CREATE" | "UPDATE" | "DELETE";

/** What a client wants to do, as admission sees it. The objects are in the version of `resource`, or of the subresource's own kind. */
export type Asked = {
  operation: Operation;
  resource: Resource;
  subresource: string;
  /** of a namespace: its own name */
  namespace: string;
  /** "" while the server has not made up a name yet */
  name: string;
  object: KubeObject | null;
  oldObject: KubeObject | null;
  user: User;
  dryRun: boolean;
  /** the fields of its CreateOptions, UpdateOptions or DeleteOptions */
  options: object;
};

/** The same write in another version of its resource. */
export function askedAs(asked: Asked, resource: Resource): Asked {
  if (resource === asked.resource) return asked;
  const converted = (object: KubeObject | null) =>
    object && toServed(resource, toStored(asked.resource, object));
  return { ...asked, object: converted(asked.object), oldObject: converted(asked.oldObject) };
}

const variants = new WeakMap<Resource, Resource[]>();

/** The other versions (and for Events the other group) in which the objects of a resource are served. */
export function equivalentsOf(catalogue: Catalogue, resource: Resource): Resource[] {
  let known = variants.get(resource);
  if (!known) {
    known = [...catalogue.groups.values()]
      .flatMap(({ versions }) => [...versions.values()].flatMap((resources) => [...resources.values()]))
      .filter((each) => each.table === resource.table && each !== resource);
    variants.set(resource, known);
  }
  return known;
}

/** The kind of what is written: that of the resource, or of its subresource. */
function kindOf({ subresources, group, version, kind }: Resource, subresource: string) {
  const part = subresources.find(({ name }) => name === subresource);
  if (!part) return { group, version, kind };
  return { group: part.group || group, version: part.version || version, kind: part.kind };
}

/** An AdmissionRequest (admission.k8s.io/v1) without uid and objects; `matched` is the version that a policy or webhook asked for. */
export function requestOf(asked: Asked, matched: Resource): Record<string, unknown> {
  const { resource, subresource, namespace, name, operation, user, dryRun, options } = asked;
  const of = ({ group, version, plural }: Resource) => ({ group, version, resource: plural });
  return {
    kind: kindOf(matched, subresource),
    resource: of(matched),
    ...(subresource && { subResource: subresource }),
    requestKind: kindOf(resource, subresource),
    requestResource: of(resource),
    ...(subresource && { requestSubResource: subresource }),
    ...(name && { name }),
    ...(namespace && { namespace }),
    operation,
    userInfo: {
      username: user.username,
      ...(user.uid && { uid: user.uid }),
      ...(user.groups.length > 0 && { groups: user.groups }),
      ...(user.extra && { extra: user.extra }),
    },
    dryRun,
    options: { kind: OPTIONS[operation], apiVersion: "meta.k8s.io/v1", ...options },
  };
}

const OPTIONS: Record<Operation, string> = {
  CREATE: "CreateOptions",
  UPDATE: "UpdateOptions",
  DELETE: "DeleteOptions",
};

/** The 403 of an admission plugin (apiserver/pkg/admission/errors.go). */
export function refused({ resource, name, object }: Asked, because: string): ApiError {
  const { name: own, generateName } = object?.metadata ?? {};
  const { group, plural } = resource;
  return forbidden({ group, resource: plural }, name || own || generateName || "Unknown", because);
}

/** True for the kinds that configure admission, which neither policies nor webhooks are asked about. */
export const isExempt = ({ group }: Resource): boolean => group === "admissionregistration.k8s.io";

/** How paths of params name a kind. */
export const gvkText = (apiVersion: string, kind: string): string =>
  `${apiVersion.includes("/") ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
