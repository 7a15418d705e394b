import { trackUpdate } from "../apply/index.ts";
import { REVIEWS } from "../auth/reviews.ts";
import { issueToken } from "../auth/token-request.ts";
import { apiVersionOfResource, type Resource } from "../catalogue.ts";
import { noSuchResource, notFound } from "../errors.ts";
import { schemaOfBuiltin } from "../schema/index.ts";
import { tableOf } from "../storage/storage.ts";
import { entryIn } from "../storage/table.ts";
import { timestamp } from "../world.ts";
import { readBody } from "./body.ts";
import { decodeObject } from "./decode.ts";
import type { Exchange } from "./exchange.ts";
import { negotiate } from "./negotiate.ts";
import { notAllowed } from "./resources.ts";
import { isPretty, sendValue } from "./respond.ts";

type Data = Record<string, any>;

export function isVirtual(resource: Resource): boolean {
  return `${resource.group}/${resource.plural}` in REVIEWS;
}

export async function serveVirtual(exchange: Exchange, resource: Resource): Promise<void> {
  // nothing lies below what is not stored
  if (exchange.path?.name !== undefined) throw noSuchResource();
  if (exchange.verb !== "create") throw notAllowed();
  const question = await questionOf(exchange, resource.kind);
  const status = REVIEWS[`${resource.group}/${resource.plural}`]!(exchange, question);
  answerWith(exchange, { ...asked(exchange, resource, question), status });
}

/** The question as it would have been stored: reviews carry managedFields although nobody can read them again. */
function asked({ world, req, path }: Exchange, resource: Resource, question: Data): Data {
  const now = timestamp(world.now());
  const bare = head(resource.kind, apiVersionOfResource(resource));
  if (resource.plural === "selfsubjectreviews") return { ...bare, metadata: { creationTimestamp: now } };
  if (resource.plural === "selfsubjectrulesreviews") return { ...bare, spec: {} };
  const metadata = path?.namespace === undefined ? {} : { namespace: path.namespace };
  const after = { ...bare, metadata, spec: question["spec"] ?? {} } as never;
  const manager = (req.headers["user-agent"] ?? "").split("/")[0] || "unknown";
  return trackUpdate({ after, manager, now, schema: resource.schema! });
}

function head(kind: string, apiVersion: string): Data {
  return { kind, apiVersion, metadata: {} };
}

async function questionOf({ req }: Exchange, kind: string): Promise<Data> {
  return decodeObject(await readBody(req), req.headers["content-type"], kind);
}

function answerWith(exchange: Exchange, value: Data): void {
  const { media, pretty } = negotiate(exchange.req.headers.accept, isPretty(exchange, exchange.query), false);
  sendValue(exchange, 201, value, { media, pretty });
}

/** Answers POST serviceaccounts/NAME/token. */
export async function serveTokenRequest(exchange: Exchange, namespace: string, name: string): Promise<void> {
  const { world, req } = exchange;
  const account = entryIn(tableOf(world.storage, "/serviceaccounts"), namespace, name);
  if (!account) throw notFound({ group: "", resource: "serviceaccounts" }, name);
  const { spec: wanted = {}, metadata = {} } = await questionOf(exchange, "TokenRequest");
  const isGiven = ([, value]: [string, unknown]) => value !== null;
  const spec: Data = Object.fromEntries(Object.entries(wanted ?? {}).filter(isGiven));
  const { token, audiences, seconds } = issueToken(world, account, spec, metadata);
  const now = timestamp(world.now());
  const request = {
    ...head("TokenRequest", "authentication.k8s.io/v1"),
    spec: { ...spec, expirationSeconds: seconds },
  } as never;
  const manager = (req.headers["user-agent"] ?? "").split("/")[0] || "unknown";
  const schema = schemaOfBuiltin({ group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" })!;
  const { managedFields } = trackUpdate({
    after: request,
    manager,
    now,
    subresource: "token",
    schema,
  }).metadata;
  answerWith(exchange, {
    ...head("TokenRequest", "authentication.k8s.io/v1"),
    metadata: { name, namespace, uid: account.uid, creationTimestamp: now, managedFields },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token, expirationTimestamp: timestamp(world.now() + seconds * 1000) },
  });
}
