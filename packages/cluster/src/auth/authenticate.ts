import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { type Authority, type Certificate, createAuthority } from "@sluice/x509";
import { apiError } from "../errors.ts";
import { tableOf } from "../storage/storage.ts";
import { entryIn } from "../storage/table.ts";
import type { World } from "../world.ts";
import { type Authorizer, newAuthorizer } from "./authorizer.ts";
import { type Claims, ISSUER, type SigningKey, signingKey } from "./tokens.ts";
import { ADMIN, ANONYMOUS, AUTHENTICATED, accountGroups, accountUsername, type User } from "./user.ts";

/** How a cluster knows its users again and is known by them: what a snapshot keeps besides the objects. */
export type Identity = {
  token: string;
  key: string;
  /** absent in snapshots of clusters without TLS */
  authority?: Certificate;
};

/** Who is who, and who may what. */
export type Auth = {
  adminToken: string;
  key: SigningKey;
  /** issues the server's certificate; clients trust it */
  authority: Authority;
  authorizer: Authorizer;
};

/** The user of a token with those of the wanted audiences that it is for, or why it is none. */
export type Authentication = { user: User; audiences: readonly string[] } | { error: string };

/** @param token of the administrator; that of `identity`, or a new one, unless given */
export function newAuth(
  storage: World["storage"],
  { token, identity }: { token?: string | undefined; identity?: Identity | undefined },
): Auth {
  return {
    adminToken: token ?? identity?.token ?? randomBytes(24).toString("hex"),
    key: signingKey(identity?.key),
    authority: createAuthority("sluice", identity?.authority),
    authorizer: newAuthorizer(storage),
  };
}

/** Who sends a request with this Authorization header. Throws the 401 for a token that is none. */
export function authenticate(world: World, authorization: string | undefined): User {
  const token = /^bearer +(\S+)$/i.exec(authorization?.trim() ?? "")?.[1];
  if (token === undefined) return ANONYMOUS;
  const found = authenticateToken(world, token, [ISSUER]);
  if ("user" in found) return found.user;
  throw apiError(401, "Unauthorized", "Unauthorized");
}

/** Looks behind a token: the administrator's, or one of a ServiceAccount that still exists, as everything else it is bound to. */
export function authenticateToken(world: World, token: string, wanted: readonly string[]): Authentication {
  const of = (user: User, own: readonly string[]): Authentication => {
    const audiences = wanted.filter((each) => own.includes(each));
    if (audiences.length > 0) return { user, audiences };
    const list = (each: readonly string[]) => `[${each.map((one) => JSON.stringify(one)).join(" ")}]`;
    return refused(`token audiences ${list(own)} is invalid for the target audiences ${list(wanted)}`);
  };
  if (isSame(token, world.auth.adminToken)) return of(ADMIN, [ISSUER]);
  const claims = world.auth.key.verify(token);
  if (!claims) return { error: "invalid bearer token" };
  const audience = of({ username: claims.sub, groups: [] }, claims.aud ?? [ISSUER]);
  if ("error" in audience) return audience;
  const problem = claims["kubernetes.io"] ? boundProblem(world, claims) : legacyProblem(world, claims, token);
  return problem === undefined ? { ...audience, user: userOf(claims) } : refused(problem);
}

const refused = (problem: string) => ({ error: `[invalid bearer token, ${problem}]` });

/** Compares digests, so that the time it takes tells nothing about the token. */
function isSame(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

const INVALIDATED = "service account token has been invalidated";

function boundProblem(world: World, claims: Claims): string | undefined {
  const { namespace, serviceaccount, pod, secret, node } = claims["kubernetes.io"]!;
  const now = world.now() / 1000;
  if (now >= (claims.exp ?? 0)) return "service account token has expired";
  // a clock that was set back does not lock anybody out at once
  if (now < (claims.nbf ?? 0) - 60) return "service account token is not valid yet";
  const problem = accountProblem(world, namespace, serviceaccount);
  if (problem) return problem;
  for (const [plural, ref] of Object.entries({ pods: pod, secrets: secret, nodes: node })) {
    if (!ref || (plural === "nodes" && pod)) continue;
    const at = plural === "nodes" ? "" : namespace;
    if (entryIn(tableOf(world.storage, `/${plural}`), at, ref.name)?.uid !== ref.uid) return INVALIDATED;
  }
  return undefined;
}

function accountProblem(world: World, namespace: string, { name, uid }: { name: string; uid: string }) {
  const account = entryIn(tableOf(world.storage, "/serviceaccounts"), namespace, name);
  if (!account) return `serviceaccounts ${JSON.stringify(name)} not found`;
  if (account.uid !== uid) return `service account UID (${account.uid}) does not match claim (${uid})`;
  return undefined;
}

/** A token that lies in a Secret holds as long as it lies there. */
function legacyProblem(world: World, claims: Claims, token: string): string | undefined {
  const namespace = claims["kubernetes.io/serviceaccount/namespace"] ?? "";
  const name = claims["kubernetes.io/serviceaccount/service-account.name"] ?? "";
  const uid = claims["kubernetes.io/serviceaccount/service-account.uid"] ?? "";
  const secret = claims["kubernetes.io/serviceaccount/secret.name"] ?? "";
  const holder = entryIn(tableOf(world.storage, "/secrets"), namespace, secret)?.object as
    | { data?: Record<string, string> }
    | undefined;
  if (Buffer.from(holder?.data?.["token"] ?? "", "base64").toString() !== token) return INVALIDATED;
  return accountProblem(world, namespace, { name, uid });
}

function userOf(claims: Claims): User {
  const bound = claims["kubernetes.io"];
  const namespace = bound?.namespace ?? claims["kubernetes.io/serviceaccount/namespace"]!;
  const account = bound?.serviceaccount ?? {
    name: claims["kubernetes.io/serviceaccount/service-account.name"]!,
    uid: claims["kubernetes.io/serviceaccount/service-account.uid"]!,
  };
  const prefix = "authentication.kubernetes.io";
  const extra = {
    ...(claims.jti ? { [`${prefix}/credential-id`]: [`JTI=${claims.jti}`] } : {}),
    ...(bound?.node
      ? { [`${prefix}/node-name`]: [bound.node.name], [`${prefix}/node-uid`]: [bound.node.uid] }
      : {}),
    ...(bound?.pod
      ? { [`${prefix}/pod-name`]: [bound.pod.name], [`${prefix}/pod-uid`]: [bound.pod.uid] }
      : {}),
  };
  return {
    username: accountUsername(namespace, account.name),
    uid: account.uid,
    groups: [...accountGroups(namespace), AUTHENTICATED],
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}
