import { createHash } from "node:crypto";
import { trackUpdate } from "../apply/index.ts";
import { apiVersionOfResource, type Resource } from "../catalogue.ts";
import { notFound } from "../errors.ts";
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

/** Answers POST serviceaccounts/NAME/token with a token that TokenReview knows again. It opens nothing: this cluster has one user. */
export async function serveTokenRequest(exchange: Exchange, namespace: string, name: string): Promise<void> {
  const { world } = exchange;
  const account = entryIn(tableOf(world.storage, "/serviceaccounts"), namespace, name);
  if (!account) throw notFound({ group: "", resource: "serviceaccounts" }, name);
  const { spec = {} } = await questionOf(exchange, "TokenRequest");
  const seconds = spec.expirationSeconds ?? 3600;
  const subject = Buffer.from(JSON.stringify([namespace, name, account.uid])).toString("base64url");
  const token = `${TOKEN_PREFIX}.${subject}.${createHash("sha256").update(account.uid).digest("base64url")}`;
  const audiences = spec.audiences ?? ["https://kubernetes.default.svc.cluster.local"];
  answerWith(exchange, {
    ...head("TokenRequest", "authentication.k8s.io/v1"),
    metadata: { name, namespace, creationTimestamp: timestamp(world.now()) },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token, expirationTimestamp: timestamp(world.now() + seconds * 1000) },
  });
}

function reviewToken(token: string): Data {
  const [prefix, subject = ""] = token.split(".");
  if (prefix !== TOKEN_PREFIX) return { user: {}, error: "invalid bearer token" };
  try {
    const [namespace, name, uid] = JSON.parse(Buffer.from(subject, "base64url").toString());
    const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
    return {
      authenticated: true,
      user: { username: `system:serviceaccount:${namespace}:${name}`, uid, groups },
    };
  } catch {
    return { user: {}, error: "invalid bearer token" };
  }
}
