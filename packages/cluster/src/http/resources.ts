import type { Replies } from "../admission/webhooks.ts";
import { writeGuard } from "../auth/escalation.ts";
import { nameOf, type Resource } from "../catalogue.ts";
import { apiError, badRequest, isApiError, methodNotSupported, type Status } from "../errors.ts";
import { deleteObject } from "../registry/delete.ts";
import { checkListOptions, parseRevision } from "../registry/listoptions.ts";
import { type PatchKind, patch } from "../registry/patch.ts";
import { getEntry, type ListQuery, listPage, requireReached } from "../registry/read.ts";
import { strategyOf } from "../registry/strategy.ts";
import { create, update, type Written } from "../registry/write.ts";
import type { DeleteOptions } from "../store.ts";
import type { World } from "../world.ts";
import { withWebhooks } from "./admission.ts";
import { readBody } from "./body.ts";
import { decodeFor, decodeOptions, mediaOf, unsupportedMedia, yamlProblem, yamlValue } from "./decode.ts";
import { duplicateFields } from "./duplicates.ts";
import type { Exchange } from "./exchange.ts";
import { goJsonProblem } from "./gojson.ts";
import { negotiate } from "./negotiate.ts";
import { deleteOptions, optionsTold, writeOptions } from "./options.ts";
import { sendEntry, sendList } from "./render.ts";
import { addWarnings, isPretty, sendValue } from "./respond.ts";
import { watch } from "./watch.ts";

/** Where on a resource a request acts. `namespace` is "" for cluster-scoped kinds, undefined for all namespaces. */
export type Target = { resource: Resource; namespace: string | undefined; name: string; subresource: string };

const PATCHES: Record<string, PatchKind> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
};

/** Serves the verbs that every resource has, on the object itself or on its status. */
export async function serveResource(exchange: Exchange, target: Target): Promise<void> {
  const { verb } = exchange;
  switch (verb) {
    case "get":
      return serveGet(exchange, target);
    case "list":
      return serveList(exchange, target);
    case "watch":
      return watch(exchange, target);
    case "create":
      return serveCreate(exchange, target);
    case "update":
      return serveUpdate(exchange, target);
    case "patch":
      return servePatch(exchange, target);
    case "delete":
      return serveDelete(exchange, target);
    case "deletecollection":
      return serveDeleteCollection(exchange, target);
    default:
      throw methodNotSupported(nameOf(target.resource), verb);
  }
}

function formatOf({ req, query }: Exchange) {
  return negotiate(req.headers.accept, isPretty({ req }, query), true);
}

function serveGet(exchange: Exchange, { resource, namespace, name }: Target): void {
  const format = formatOf(exchange);
  requireReached(
    exchange.world.storage.revision,
    parseRevision(exchange.query.get("resourceVersion") ?? "", true),
  );
  const entry = getEntry(exchange.world, resource, namespace ?? "", name);
  deprecationWarning(exchange, resource);
  sendEntry(exchange, resource, 200, entry.object, entry, format);
}

/** An integer of a query; throws the 400 of Go's parser. */
export function wholeNumber(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  if (/^-?\d+$/.test(text)) return Number(text);
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** The parameters of a list or watch. */
export function listQuery(query: URLSearchParams, namespace: string | undefined): ListQuery {
  const text = (name: string) => query.get(name) || undefined;
  const limit = wholeNumber(query.get("limit"));
  const optional = {
    labelSelector: text("labelSelector"),
    fieldSelector: text("fieldSelector"),
    continue: text("continue"),
    resourceVersion: text("resourceVersion"),
    resourceVersionMatch: text("resourceVersionMatch"),
  };
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(limit ? { limit } : {}),
    ...given,
  };
}

function serveList(exchange: Exchange, { resource, namespace }: Target): void {
  const format = formatOf(exchange);
  const query = listQuery(exchange.query, namespace);
  const sendInitialEvents = exchange.query.get("sendInitialEvents");
  checkListOptions({ ...query, ...(sendInitialEvents ? { sendInitialEvents } : {}) }, false);
  wholeNumber(exchange.query.get("timeoutSeconds"));
  const page = listPage(exchange.world, resource, query);
  const metadata = {
    resourceVersion: String(page.revision),
    ...(page.continue || resource.custom ? { continue: page.continue ?? "" } : {}),
    ...(page.remaining ? { remainingItemCount: page.remaining } : {}),
  };
  deprecationWarning(exchange, resource);
  sendList(exchange, resource, page.entries, metadata, format);
}

async function serveCreate(exchange: Exchange, { resource, namespace }: Target): Promise<void> {
  const { req } = exchange;
  const format = formatOf(exchange);
  const body = await readBody(req);
  await respondWritten(exchange, resource, format, (world, replies, warnings) => {
    const write = writeOf(exchange, "CreateOptions", { replies, warnings });
    const object = decodeFor(resource, body, req.headers["content-type"], write);
    placeIn(object.metadata, resource, namespace);
    return create(world, resource, object, write);
  });
}

/** How a request writes, and who asks policies and webhooks for it. */
export function writeOf(
  exchange: Exchange,
  kind: Parameters<typeof writeOptions>[0],
  { replies, warnings }: { replies: Replies; warnings: string[] },
  subresource = "",
  isApply = false,
) {
  const { req, query, user } = exchange;
  return {
    ...writeOptions(kind, query, req.headers["user-agent"], isApply),
    subresource,
    warnings,
    guard: writeGuard(exchange),
    admission: { user, options: optionsTold(query), replies },
  };
}

/** The namespace of the path is that of the object; another one in the object is refused. */
function placeIn(metadata: { namespace?: string }, resource: Resource, namespace: string | undefined): void {
  const wanted = resource.namespaced ? (namespace ?? "") : "";
  // objects of the whole cluster lose a namespace that they were given
  if (resource.namespaced && metadata.namespace && metadata.namespace !== wanted)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  if (resource.namespaced) metadata.namespace = wanted;
  else delete metadata.namespace;
}

async function serveUpdate(
  exchange: Exchange,
  { resource, namespace, name, subresource }: Target,
): Promise<void> {
  const { req } = exchange;
  const format = formatOf(exchange);
  const body = await readBody(req);
  await respondWritten(exchange, resource, format, (world, replies, warnings) => {
    const write = writeOf(exchange, "UpdateOptions", { replies, warnings }, subresource);
    const object = decodeFor(resource, body, req.headers["content-type"], write);
    placeIn(object.metadata, resource, namespace);
    if (!object.metadata.name)
      throw badRequest(
        `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
      );
    if (object.metadata.name !== name)
      throw badRequest(
        `the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`,
      );
    return update(world, resource, object, write);
  });
}

async function servePatch(
  exchange: Exchange,
  { resource, namespace, name, subresource }: Target,
): Promise<void> {
  const { req } = exchange;
  const format = formatOf(exchange);
  const media = mediaOf(req.headers["content-type"]);
  const kind = PATCHES[media];
  if (!kind && !resource.custom)
    throw apiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
  if (!kind || (kind === "strategic" && resource.custom)) {
    const accepted = Object.keys(PATCHES).filter((each) => !resource.custom || !each.includes("strategic"));
    throw unsupportedMedia(accepted.join(", "));
  }
  const body = await readBody(req);
  await respondWritten(exchange, resource, format, (world, replies, warnings) => {
    const write = writeOf(exchange, "PatchOptions", { replies, warnings }, subresource, kind === "apply");
    const document = parsePatch(body, kind);
    if (kind !== "apply" && write.fieldValidation !== "Ignore")
      write.warnings.push(...patchProblems(body, document, kind));
    const at = { namespace: namespace ?? "", name };
    return patch(world, resource, at, kind, document, write);
  });
}

/** What is odd in a patch itself: fields that come twice, and in JSON patches fields that no operation has. */
function patchProblems(body: Buffer, document: unknown, kind: PatchKind): string[] {
  const twice = duplicateFields(body.toString()).map((path) => `duplicate field ${JSON.stringify(path)}`);
  if (kind !== "json") return twice;
  const known = new Set(["op", "path", "from", "value"]);
  const unknown = (document as object[]).flatMap((operation, index) =>
    Object.keys(operation ?? {})
      .filter((key) => !known.has(key))
      .map((key) => `json patch unknown field ${JSON.stringify(`[${index}].${key}`)}`),
  );
  return [...twice.map((problem) => `json patch ${problem}`), ...unknown];
}

/** The configuration to apply, as YAML. Throws the 400 of Go's readers. */
function parseApplied(body: Buffer): unknown {
  let value: unknown;
  try {
    value = yamlValue(body.toString());
  } catch (thrown) {
    const problem = yamlProblem(body.toString(), thrown as Error);
    throw badRequest(`error decoding YAML: error converting YAML to JSON: yaml: ${problem}`);
  }
  if (value === null || (typeof value === "object" && !Array.isArray(value))) return value ?? {};
  const type = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  const problem = `while decoding JSON: json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;
  throw badRequest(`error decoding YAML: error unmarshaling JSON: ${problem}`);
}

function parsePatch(body: Buffer, kind: PatchKind): unknown {
  if (kind === "apply") return parseApplied(body);
  const text = body.toString();
  try {
    const document = JSON.parse(text);
    if (kind !== "json" || Array.isArray(document)) return document;
  } catch (thrown) {
    const prefix = kind === "strategic" ? "" : "error decoding patch: ";
    throw badRequest(`${prefix}${goJsonProblem(text) ?? (thrown as Error).message}`);
  }
  throw badRequest(
    "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
  );
}

/** Writes, and answers with 201 for what is new, 200 for what was there. Also what is refused is warned of. */
async function respondWritten(
  exchange: Exchange,
  resource: Resource,
  format: ReturnType<typeof formatOf>,
  work: (world: World, replies: Replies, warnings: string[]) => Written,
): Promise<void> {
  const { object, created, entry } = await withWarnings(exchange, resource, work);
  sendEntry(exchange, resource, created ? 201 : 200, object, entry, format);
}

/** Does a write, and puts what it warns of into the headers behind the `warnings` of writes before it, also when it fails. */
export async function withWarnings<T>(
  exchange: Exchange,
  resource: Resource,
  work: (world: World, replies: Replies, warnings: string[]) => T,
  warnings: string[] = [],
): Promise<T> {
  const before = warnings.length;
  try {
    return await withWebhooks(exchange, (world, replies) => {
      warnings.length = before;
      return work(world, replies, warnings);
    });
  } finally {
    const deprecation = deprecationOf(resource);
    addWarnings(exchange.res, deprecation ? [deprecation, ...warnings] : warnings);
  }
}

export function deprecationWarning({ res }: Exchange, resource: Resource): void {
  const text = deprecationOf(resource);
  if (text) addWarnings(res, [text]);
}

function deprecationOf({ custom, table }: Resource): string | undefined {
  return custom ? custom.deprecation : DEPRECATED[table];
}

/** Built-in resources that still work but should not be used. */
const DEPRECATED: Record<string, string> = {
  "/endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  "/componentstatuses": "v1 ComponentStatus is deprecated in v1.19+",
};

async function optionsOf({ req, query }: Exchange) {
  const body = await readBody(req);
  if (body.length === 0) return deleteOptions(undefined, query);
  return deleteOptions(decodeOptions(body, req.headers["content-type"]), query);
}

/** Deletes one object, once policies and webhooks let it go. */
function deletion(
  { user, path }: Exchange,
  resource: Resource,
  at: { namespace: string; name: string },
  options: DeleteOptions,
) {
  const { dryRun, ...told } = options;
  return (world: World, replies: Replies, warnings: string[]) => {
    const admission = { user, options: { ...told, ...(dryRun && { dryRun: ["All"] }) }, replies };
    // one of many has no name of its own in the request
    const asked = path?.name ?? "";
    return deleteObject(world, resource, at.namespace, at.name, options, { asked, admission, warnings });
  };
}

const JOB_PODS_STAY =
  "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning";

async function serveDelete(exchange: Exchange, { resource, namespace, name }: Target): Promise<void> {
  const format = formatOf(exchange);
  const options = await optionsOf(exchange);
  const remove = deletion(exchange, resource, { namespace: namespace ?? "", name }, options);
  const { object, entry, gone } = await withWarnings(exchange, resource, (world, replies, warnings) => {
    const done = remove(world, replies, warnings);
    if (resource.table === "batch/jobs" && options.propagationPolicy === undefined)
      warnings.push(JOB_PODS_STAY);
    return done;
  });
  if (!gone || returnsObject(resource)) return sendEntry(exchange, resource, 200, object, entry, format);
  const status: Status = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: {
      name,
      ...(resource.group ? { group: resource.group } : {}),
      kind: resource.plural,
      uid: object.metadata.uid!,
    },
  };
  sendValue(exchange, 200, status, { media: format.media, pretty: format.pretty });
}

async function serveDeleteCollection(exchange: Exchange, { resource, namespace }: Target): Promise<void> {
  const { world, query } = exchange;
  const format = formatOf(exchange);
  const options = await optionsOf(exchange);
  const page = listPage(world, resource, listQuery(query, namespace));
  const warnings: string[] = [];
  for (const entry of page.entries)
    try {
      await withWarnings(exchange, resource, deletion(exchange, resource, entry, options), warnings);
    } catch (thrown) {
      // what went by itself while webhooks were asked is as good as deleted
      if (!isApiError(thrown) || thrown.status.code !== 404) throw thrown;
    }
  const metadata = {
    ...(page.continue || resource.custom ? { continue: page.continue ?? "" } : {}),
    ...(page.remaining ? { remainingItemCount: page.remaining } : {}),
    resourceVersion: String(page.revision),
  };
  sendList(exchange, resource, page.entries, metadata, format);
}

function returnsObject(resource: Resource): boolean {
  return strategyOf(resource).returnsDeleted;
}

/** The 405 for a verb that the resource lacks. */
export function notAllowed(): Error {
  return apiError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}
