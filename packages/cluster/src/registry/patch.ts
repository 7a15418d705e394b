import { type KubeObject, splitApiVersion } from "@sluice/api";
import { type ApplyArgs, ApplyError, type ApplyResult, serverSideApply } from "../apply/index.ts";
import { apiVersionOfResource, isOf, nameOf, type Resource } from "../catalogue.ts";
import { apiError, badRequest, conflict, notFound } from "../errors.ts";
import { jsonPatch, mergePatch, PatchError, strategicMergePatch } from "../patch/index.ts";
import { clone, without } from "../plain.ts";
import { goText } from "../schema/gotext.ts";
import { decodeProblem, schemaOfBuiltin } from "../schema/index.ts";
import { tableOf } from "../storage/storage.ts";
import { entryIn } from "../storage/table.ts";
import { timestamp, type World } from "../world.ts";
import { toServed } from "./convert.ts";
import { decode } from "./decode.ts";
import { invalid } from "./invalid.ts";
import { strategyOf } from "./strategy.ts";
import { checkPreconditions, create, replace, type Write, type Written } from "./write.ts";

export type PatchKind = "json" | "merge" | "strategic" | "apply";

/** Applies a patch document to a stored object. Server-side apply also creates. */
export function patch(
  world: World,
  resource: Resource,
  at: { namespace: string; name: string },
  kind: PatchKind,
  document: unknown,
  write: Write & { force: boolean },
): Written {
  if (kind === "apply") return apply(world, resource, at, document as KubeObject, write);
  const entry = entryIn(tableOf(world.storage, resource.table), at.namespace, at.name);
  if (!entry) throw notFound(nameOf(resource), at.name);
  const live = toServed(resource, entry.object);
  const next = clone(patched(resource, kind, live, document)) as KubeObject;
  checkIdentity(resource, next, at);
  // made again, as reading drops the unknown fields that the server shows
  const shown = () => {
    const whole = patched(resource, kind, live, document);
    if (resource.custom) return JSON.stringify(sorted(whole));
    return JSON.stringify(touchedSorted(whole, kind === "json" ? touchedBy(document) : document));
  };
  if (!isOf(resource, next)) throw badPatch(kind, document, shown, misfitOf(resource, next));
  const { resourceVersion } = next.metadata;
  decode(resource, next, write, (problem) => badPatch(kind, document, shown, problem));
  checkPreconditions(resource, entry, { resourceVersion });
  return replace(world, resource, entry, next, write);
}

function patched(
  resource: Resource,
  kind: Exclude<PatchKind, "apply">,
  live: KubeObject,
  document: unknown,
): unknown {
  try {
    if (kind === "json") return jsonPatch(live, document);
    if (kind === "merge") return mergePatch(live, document);
    return strategicMergePatch(live, document, resource.schema ?? {});
  } catch (thrown) {
    if (!(thrown instanceof PatchError)) throw thrown;
    throw apiError(thrown.status, thrown.reason, thrown.message, thrown.status === 422 ? {} : undefined);
  }
}

/** The 422 for a patch that makes of the object what cannot be read. The server shows what it tried to read. */
function badPatch(kind: PatchKind, document: unknown, patched: () => string, problem: string): Error {
  const value = kind === "strategic" ? goText(document) : patched();
  const type = /^json: cannot unmarshal .* of type (\S+)$/.exec(problem)?.[1];
  const isList = type?.startsWith("[]") && problem.startsWith("json: cannot unmarshal string");
  const strategic = isList ? "cannot restore slice from string" : `unrecognized type: ${type}`;
  const detail = kind === "strategic" && type ? strategic : problem;
  return invalid({ group: "", kind: "" }, "", [{ path: "patch", type: "Invalid value", value, detail }]);
}

/** Why an object that a patch turned into another kind cannot be read. */
function misfitOf(resource: Resource, next: KubeObject): string {
  const { group, version } = splitApiVersion(String(next.apiVersion));
  const schema = schemaOfBuiltin({ group, version, kind: next.kind });
  if (!schema || resource.custom)
    return `no kind ${JSON.stringify(next.kind)} is registered for version ${JSON.stringify(next.apiVersion)} in scheme "pkg/runtime/scheme.go:111"`;
  const problem = decodeProblem(next as never, schema);
  return problem
    ? problem.slice(problem.indexOf(": ") + 2)
    : `the object is a ${next.kind}, not a ${resource.kind}`;
}

/** Go's merge writes the fields of what a patch touches in alphabetical order, and leaves the order of the rest. */
function touchedSorted(value: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    sorted.map(([key, each]) => [key, touchedSorted(each, (patch as Record<string, unknown>)[key])]),
  );
}

/** Custom resources are maps in Go, which writes all their fields in alphabetical order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([key, each]) => [key, sorted(each)]));
}

/** What the operations of a JSON patch touch, in the form of a merge patch. */
function touchedBy(document: unknown): unknown {
  const touched: Record<string, any> = {};
  for (const { path } of document as { path: string }[]) {
    let place = touched;
    for (const part of path.split("/").slice(1, -1)) place = place[part] ??= {};
  }
  return touched;
}

const namelessProblem = (name: string) =>
  badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);

/** A patch cannot move an object or turn it into another kind. */
function checkIdentity(
  resource: Resource,
  next: KubeObject,
  { namespace, name }: { namespace: string; name: string },
): void {
  if (
    typeof next !== "object" ||
    next === null ||
    typeof next.metadata !== "object" ||
    next.metadata === null
  )
    throw namelessProblem(name);
  const { metadata } = next;
  if (!metadata.name && !resource.custom) throw namelessProblem(name);
  if (metadata.name !== name)
    throw badRequest(
      `the name of the object (${metadata.name ?? ""}) does not match the name on the URL (${name})`,
    );
  if (resource.namespaced && metadata.namespace !== namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
}

function apply(
  world: World,
  resource: Resource,
  { namespace, name }: { namespace: string; name: string },
  applied: KubeObject,
  write: Write & { force: boolean },
): Written {
  const entry = entryIn(tableOf(world.storage, resource.table), namespace, name);
  if (!entry && write.subresource !== "") throw notFound(nameOf(resource), name);
  const wanted = clone(applied);
  const apiVersion = wanted.apiVersion ?? "";
  if (apiVersion !== apiVersionOfResource(resource) || wanted.kind !== resource.kind)
    throw badRequest(
      `invalid object type: ${apiVersion.includes("/") ? "" : "/"}${apiVersion}, Kind=${wanted.kind ?? ""}`,
    );
  if (wanted.metadata?.managedFields?.length) throw badRequest("metadata.managedFields must be nil");
  if (!wanted.metadata?.name) throw namelessProblem(name);
  checkIdentity(resource, { ...wanted, metadata: { namespace, ...wanted.metadata } }, { namespace, name });
  const { uid, resourceVersion } = wanted.metadata;
  if (entry) checkPreconditions(resource, entry, { uid, resourceVersion });
  else if (uid)
    throw conflict(
      nameOf(resource),
      name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    );
  const live = entry ? toServed(resource, entry.object) : undefined;
  const result = merged({
    applied: ownPart(resource, wanted, write.subresource),
    manager: write.manager,
    force: write.force,
    schema: resource.schema,
    now: timestamp(world.now()),
    ...(live ? { live } : {}),
    ...(write.subresource ? { subresource: write.subresource } : {}),
  });
  if (result.kind === "conflict") {
    const causes = result.conflicts.map(({ text, path }) => ({
      reason: "FieldManagerConflict",
      message: text,
      field: path,
    }));
    throw apiError(409, "Conflict", result.message, { causes });
  }
  const next = clone(result.object) as KubeObject;
  if (resource.namespaced) next.metadata.namespace = namespace;
  if (!entry) delete next.metadata.resourceVersion;
  // the merge has written managedFields already
  if (!entry)
    return create(world, resource, next, { ...write, fieldValidation: "Ignore", keepNulls: true }, true);
  decode(resource, next, { ...write, fieldValidation: "Ignore", keepNulls: true });
  return replace(world, resource, entry, next, write, true);
}

function merged(args: ApplyArgs): ApplyResult {
  try {
    return serverSideApply(args);
  } catch (thrown) {
    if (thrown instanceof ApplyError) throw apiError(thrown.status, thrown.reason, thrown.message);
    throw thrown;
  }
}

/** What an apply to this path can own: the status on its own path, all the rest on the main one. */
function ownPart(resource: Resource, applied: KubeObject, subresource: string): KubeObject {
  if (strategyOf(resource).statusFields.length === 0) return applied;
  if (subresource === "") return without(applied, "status");
  const { apiVersion, kind, metadata, status } = applied;
  return { apiVersion, kind, metadata, ...(status === undefined ? {} : { status }) };
}
