import { createHash } from "node:crypto";
import { trackUpdate } from "../apply/index.ts";
import { apiVersionOfResource, type Resource } from "../catalogue.ts";
import { badRequest, notFound } from "../errors.ts";
import { invalid } from "../registry/invalid.ts";
import { schemaOfBuiltin } from "../schema/index.ts";
import { tableOf } from "../storage/storage.ts";
import { type Entry, entryIn } from "../storage/table.ts";
import { timestamp, type World } from "../world.ts";
import { readBody } from "./body.ts";
import { decodeObject } from "./decode.ts";
import type { Exchange } from "./exchange.ts";
import { negotiate } from "./negotiate.ts";
import { notAllowed } from "./resources.ts";
import { isPretty, sendValue } from "./respond.ts";

type Data = Record<string, any>;

/** Resources that are questions: what is created is answered and not stored. */
const ANSWERS: Record<string, (exchange: Exchange, question: Data) => Data> = {
  "authentication.k8s.io/selfsubjectreviews": ({ user }) => ({ status: { userInfo: user } }),
  "authentication.k8s.io/tokenreviews": (_, { spec }) => ({ status: reviewToken(spec?.token ?? "") }),
  // the embedded cluster has one user, who may do everything
  "authorization.k8s.io/selfsubjectaccessreviews": () => ({ status: { allowed: true } }),
  "authorization.k8s.io/subjectaccessreviews": () => ({ status: { allowed: true } }),
  "authorization.k8s.io/localsubjectaccessreviews": () => ({ status: { allowed: true } }),
  "authorization.k8s.io/selfsubjectrulesreviews": () => ({
    status: {
      resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
      nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
      incomplete: false,
    },
  }),
};

export function isVirtual(resource: Resource): boolean {
  return `${resource.group}/${resource.plural}` in ANSWERS;
}

export async function serveVirtual(exchange: Exchange, resource: Resource): Promise<void> {
  if (exchange.verb !== "create" || exchange.path?.name !== undefined) throw notAllowed();
  const question = await questionOf(exchange, resource.kind);
  const answer = ANSWERS[`${resource.group}/${resource.plural}`]!(exchange, question);
  answerWith(exchange, { ...asked(exchange, resource, question), ...answer });
}

/** The question as it would have been stored: reviews carry managedFields although nobody can read them again. */
function asked({ world, req }: Exchange, resource: Resource, question: Data): Data {
  const now = timestamp(world.now());
  const bare = head(resource.kind, apiVersionOfResource(resource));
  if (resource.plural === "selfsubjectreviews") return { ...bare, metadata: { creationTimestamp: now } };
  if (resource.plural === "selfsubjectrulesreviews") return { ...bare, spec: {} };
  const after = { ...bare, spec: question["spec"] ?? {} } as never;
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

const TOKEN_PREFIX = "sluice-cluster";

const AUDIENCES = ["https://kubernetes.default.svc.cluster.local"];

/** Answers POST serviceaccounts/NAME/token with a token that TokenReview knows again. It opens nothing: this cluster has one user. */
export async function serveTokenRequest(exchange: Exchange, namespace: string, name: string): Promise<void> {
  const { world, req } = exchange;
  const account = entryIn(tableOf(world.storage, "/serviceaccounts"), namespace, name);
  if (!account) throw notFound({ group: "", resource: "serviceaccounts" }, name);
  const { spec = {}, metadata = {} } = await questionOf(exchange, "TokenRequest");
  checkTokenRequest(world, account, spec, metadata);
  const seconds = spec.expirationSeconds ?? 3600;
  const subject = Buffer.from(JSON.stringify([namespace, name, account.uid])).toString("base64url");
  const token = `${TOKEN_PREFIX}.${subject}.${createHash("sha256").update(account.uid).digest("base64url")}`;
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
    spec: {
      audiences: spec.audiences ?? AUDIENCES,
      expirationSeconds: seconds,
      boundObjectRef: spec.boundObjectRef ?? null,
    },
    status: { token, expirationTimestamp: timestamp(world.now() + seconds * 1000) },
  });
}

function checkTokenRequest(world: World, account: Entry, spec: Data, metadata: Data): void {
  const of = { group: "authentication.k8s.io", kind: "TokenRequest" };
  if (metadata["name"] && metadata["name"] !== account.name) {
    const detail = "must match the service account name if specified";
    throw invalid(of, account.name, [
      { path: "metadata.name", type: "Invalid value", value: metadata["name"], detail },
    ]);
  }
  const seconds = spec["expirationSeconds"];
  if (seconds !== undefined && seconds < 600) {
    const detail = "may not specify a duration less than 10 minutes";
    throw invalid(of, "", [
      { path: "spec.expirationSeconds", type: "Invalid value", value: seconds, detail },
    ]);
  }
  const bound = spec["boundObjectRef"];
  const kinds: Record<string, string> = { Pod: "pods", Secret: "secrets", Node: "nodes" };
  const plural = kinds[bound?.kind];
  if (
    plural &&
    !entryIn(tableOf(world.storage, `/${plural}`), plural === "nodes" ? "" : account.namespace, bound.name)
  )
    throw notFound({ group: "", resource: plural }, bound.name);
}

function reviewToken(token: string): Data {
  if (token === "") throw badRequest("token is required for TokenReview in authentication");
  const [prefix, subject = ""] = token.split(".");
  if (prefix !== TOKEN_PREFIX) return { user: {}, error: "invalid bearer token" };
  try {
    const [namespace, name, uid] = JSON.parse(Buffer.from(subject, "base64url").toString());
    const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
    return {
      authenticated: true,
      audiences: AUDIENCES,
      user: { username: `system:serviceaccount:${namespace}:${name}`, uid, groups },
    };
  } catch {
    return { user: {}, error: "invalid bearer token" };
  }
}
