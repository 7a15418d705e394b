import type { KubeObject } from "@sluice/api";
import { type Asked, mutate, validate } from "../admission/index.ts";
import type { Replies } from "../admission/webhooks.ts";
import { trackUpdate } from "../apply/index.ts";
import type { Resource } from "../catalogue.ts";
import { apiError, badRequest } from "../errors.ts";
import { jsonPatch, mergePatch } from "../patch/index.ts";
import { clone, without } from "../plain.ts";
import { bindPod } from "../registry/bind.ts";
import { spendBudget } from "../registry/budgets.ts";
import { deleteObject, removeIfReleased } from "../registry/delete.ts";
import { invalid } from "../registry/invalid.ts";
import { patch } from "../registry/patch.ts";
import { getEntry } from "../registry/read.ts";
import { replace, type Write } from "../registry/write.ts";
import { schemaOfBuiltin } from "../schema/index.ts";
import { put, tableOf } from "../storage/storage.ts";
import type { Entry } from "../storage/table.ts";
import { timestamp, type World } from "../world.ts";
import { readBody } from "./body.ts";
import { decodeObject, mediaOf } from "./decode.ts";
import type { Exchange } from "./exchange.ts";
import { negotiate } from "./negotiate.ts";
import { deleteOptions, optionsTold, writeOptions } from "./options.ts";
import { servePodLog } from "./podlog.ts";
import { sendEntry } from "./render.ts";
import { type Target, withWarnings, writeOf } from "./resources.ts";
import { isPretty, sendValue } from "./respond.ts";
import { scaleOf, withReplicas } from "./scale.ts";
import { serveTokenRequest } from "./virtual.ts";

type Data = Record<string, any>;

/** Serves the paths below an object other than its status. */
export async function serveSubresource(exchange: Exchange, target: Target): Promise<void> {
  const { resource, namespace = "", name, subresource } = target;
  switch (`${resource.custom ? "custom" : resource.plural}/${subresource}`) {
    case "namespaces/finalize":
      return serveFinalize(exchange, target);
    case "pods/log":
      return servePodLog(exchange, target);
    case "pods/binding":
      return serveBinding(exchange, target);
    case "pods/eviction":
      return serveEviction(exchange, target);
    case "pods/ephemeralcontainers":
    case "pods/resize":
      return servePart(exchange, target);
    case "serviceaccounts/token":
      return serveTokenRequest(exchange, namespace, name);
  }
  if (subresource === "scale") return serveScale(exchange, target);
  throw apiError(
    501,
    "NotImplemented",
    `${resource.plural}/${subresource} is not implemented by the embedded cluster: nothing runs in its pods`,
  );
}

function formatOf(exchange: Exchange) {
  const { media, pretty } = negotiate(exchange.req.headers.accept, isPretty(exchange, exchange.query), false);
  return { media, pretty };
}

async function bodyOf({ req }: Exchange, kind: string): Promise<Data> {
  return decodeObject(await readBody(req), req.headers["content-type"], kind);
}

function sendSuccess(exchange: Exchange, code: number): void {
  sendValue(
    exchange,
    code,
    { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code },
    formatOf(exchange),
  );
}

function managerOf(exchange: Exchange): Pick<Write, "manager" | "dryRun"> {
  return writeOptions("UpdateOptions", exchange.query, exchange.req.headers["user-agent"]);
}

const isApply = ({ req }: Exchange): boolean =>
  mediaOf(req.headers["content-type"]) === "application/apply-patch+yaml";

/** How a request writes a part of an object. */
function writeFor(exchange: Exchange, hooks: { replies: Replies; warnings: string[] }, subresource: string) {
  const kind = exchange.verb === "patch" ? "PatchOptions" : "UpdateOptions";
  return writeOf(exchange, kind, hooks, subresource, isApply(exchange));
}

/** Throws when a policy or webhook does not let something be created below an object. */
function askFor(
  { user, query }: Exchange,
  world: World,
  { resource, namespace = "", name, subresource }: Target,
  object: Data,
  { replies, warnings }: { replies: Replies; warnings: string[] },
): void {
  const asked: Asked = {
    operation: "CREATE",
    resource,
    subresource,
    namespace,
    name,
    object: object as KubeObject,
    oldObject: null,
    user,
    dryRun: query.has("dryRun"),
    options: optionsTold(query),
  };
  const admission = { user, options: asked.options, replies };
  const made = mutate(world, asked, admission, warnings);
  validate(world, { ...asked, object: made }, admission, warnings);
}

/** PUT namespaces/NAME/finalize writes spec.finalizers, and lets go a namespace that waited for the last one. */
async function serveFinalize(exchange: Exchange, { resource, name }: Target): Promise<void> {
  const { world } = exchange;
  const body = await bodyOf(exchange, resource.kind);
  const entry = getEntry(world, resource, "", name);
  const { manager } = managerOf(exchange);
  const spec = { ...entry.object.spec, finalizers: body["spec"]?.finalizers ?? [] };
  if (spec.finalizers.length === 0) delete spec.finalizers;
  const next = trackUpdate({
    before: entry.object,
    after: { ...entry.object, spec },
    manager,
    subresource: "finalize",
    schema: resource.schema!,
    now: timestamp(world.now()),
  }) as KubeObject;
  const table = tableOf(world.storage, resource.table);
  const written = removeIfReleased(world, table, entry, next) ? undefined : put(world.storage, table, next);
  sendEntry(exchange, resource, 200, written?.object ?? next, written, formatOf(exchange));
}

/** What is created below an object, with the head and namespace that a client may leave out. */
function whole(sent: Data, apiVersion: string, kind: string, namespace: string): KubeObject {
  return { ...sent, kind, apiVersion, metadata: { ...sent["metadata"], namespace } };
}

async function serveBinding(exchange: Exchange, target: Target): Promise<void> {
  const { resource, namespace = "", name } = target;
  const binding = await bodyOf(exchange, "Binding");
  if (binding["metadata"]?.name !== name)
    throw badRequest("name in URL does not match name in Binding object");
  const { dryRun, manager } = managerOf(exchange);
  const asked = trackUpdate({
    after: whole(binding, "v1", "Binding", namespace),
    manager,
    subresource: "binding",
    schema: schemaOfBuiltin({ group: "", version: "v1", kind: "Binding" })!,
    now: timestamp(exchange.world.now()),
  });
  await withWarnings(exchange, resource, (world, replies, warnings) => {
    askFor(exchange, world, target, asked, { replies, warnings });
    bindPod(world, { namespace, name }, binding["target"]?.name ?? "", dryRun);
  });
  sendSuccess(exchange, 201);
}

/** Evicts a pod when its disruption budget allows it. */
async function serveEviction(exchange: Exchange, target: Target): Promise<void> {
  const { resource, namespace = "", name } = target;
  const eviction = await bodyOf(exchange, "Eviction");
  const options = deleteOptions(eviction["deleteOptions"] ?? {}, exchange.query);
  await withWarnings(exchange, resource, (world, replies, warnings) => {
    const { object } = getEntry(world, resource, namespace, name);
    const asked = whole(eviction, "policy/v1", "Eviction", namespace);
    askFor(exchange, world, target, asked, { replies, warnings });
    spendBudget(world, object);
    deleteObject(world, resource, namespace, name, options);
  });
  sendSuccess(exchange, 201);
}

/** Parts of a pod that have a path of their own but are fields of the pod. */
async function servePart(
  exchange: Exchange,
  { resource, namespace = "", name, subresource }: Target,
): Promise<void> {
  const { verb } = exchange;
  const entry = getEntry(exchange.world, resource, namespace, name);
  if (verb === "get") return sendEntry(exchange, resource, 200, entry.object, entry, formatOf(exchange));
  const kinds = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
  } as const;
  const kind = kinds[mediaOf(exchange.req.headers["content-type"]) as keyof typeof kinds];
  if (verb === "patch" && !kind) throw badRequest("this path takes JSON, merge and strategic merge patches");
  const body = await readBody(exchange.req);
  const written = await withWarnings(exchange, resource, (world, replies, warnings) => {
    const write = writeFor(exchange, { replies, warnings }, subresource);
    if (verb === "patch")
      return patch(world, resource, { namespace, name }, kind!, JSON.parse(body.toString()), write);
    const next = decodeObject(body, exchange.req.headers["content-type"], "Pod") as KubeObject;
    return replace(world, resource, getEntry(world, resource, namespace, name), next, write);
  });
  sendEntry(exchange, resource, 200, written.object, written.entry, formatOf(exchange));
}

/** A Scale is a view: reading shows the replicas of the object, writing sets them. */
async function serveScale(exchange: Exchange, { resource, namespace = "", name }: Target): Promise<void> {
  const read = (world: World) => getEntry(world, resource, namespace, name);
  const entry = read(exchange.world);
  if (exchange.verb === "get")
    return sendValue(exchange, 200, scaleOf(resource, entry.object), formatOf(exchange));
  const body = await readBody(exchange.req);
  const view = {
    of: (object: KubeObject) => scaleOf(resource, object, false) as KubeObject,
    into: (object: KubeObject, scale: KubeObject) =>
      withReplicas(resource, clone(object), scale.spec?.replicas ?? 0),
  };
  const { object } = await withWarnings(exchange, resource, (world, replies, warnings) => {
    const live = read(world);
    const next = view.into(live.object, wantedScale(exchange, resource, live, body, name) as KubeObject);
    const write = {
      ...writeFor(exchange, { replies, warnings }, "scale"),
      ...(isApply(exchange) && { operation: "Apply" as const }),
      view,
    };
    // nobody comes to own the replicas of a custom resource that are set in this way
    return replace(world, resource, live, next, write, resource.custom !== undefined);
  });
  sendValue(exchange, 200, scaleOf(resource, object), formatOf(exchange));
}

function badReplicas({ custom, group, kind }: Resource, name: string, value: unknown): Error {
  const type = "Invalid value" as const;
  if (!custom)
    return invalid({ group: "autoscaling", kind: "Scale" }, name, [
      { path: "spec.replicas", type, value, detail: "must be greater than or equal to 0" },
    ]);
  return invalid({ group, kind }, name, [
    { path: custom.scale!.specReplicasPath, type, value, detail: "should be a non-negative integer" },
  ]);
}

/** The Scale that a request asks for. Throws for one that does not fit the object. */
function wantedScale(exchange: Exchange, resource: Resource, entry: Entry, body: Buffer, name: string): Data {
  const wanted = sentScale(exchange, resource, entry, body);
  const named = wanted["metadata"]?.name ?? "";
  if (named !== name)
    throw badRequest(
      named === ""
        ? `the name of the object (${name} based on URL) was undeterminable: name must be provided`
        : `the name of the object (${named}) does not match the name on the URL (${name})`,
    );
  const replicas = wanted["spec"]?.replicas ?? 0;
  if (!Number.isInteger(replicas) || replicas < 0) throw badReplicas(resource, name, replicas);
  const version = wanted["metadata"]?.resourceVersion;
  if (version && version !== entry.object.metadata.resourceVersion)
    throw apiError(
      409,
      "Conflict",
      `Operation cannot be fulfilled on ${resource.plural}${resource.group ? `.${resource.group}` : ""} ${JSON.stringify(name)}: the object has been modified; please apply your changes to the latest version and try again`,
      { name, group: resource.group, kind: resource.plural },
    );
  return wanted;
}

function sentScale({ req, verb }: Exchange, resource: Resource, entry: Entry, body: Buffer): Data {
  const type = req.headers["content-type"];
  if (verb === "update") return decodeObject(body, type, "Scale");
  const document = decodeObject(body, "application/yaml", "Scale") as unknown;
  const live = without(scaleOf(resource, entry.object, false), "status");
  return (
    mediaOf(type) === "application/json-patch+json" ? jsonPatch(live, document) : mergePatch(live, document)
  ) as Data;
}
