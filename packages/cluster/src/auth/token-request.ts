import { randomUUID } from "node:crypto";
import { badRequest, conflict, notFound } from "../errors.ts";
import { invalid } from "../registry/invalid.ts";
import { tableOf } from "../storage/storage.ts";
import { type Entry, entryIn } from "../storage/table.ts";
import type { World } from "../world.ts";
import { ISSUER } from "./tokens.ts";
import { accountUsername } from "./user.ts";

/** What a token is asked to be bound to. */
type BoundRef = { kind?: string; apiVersion?: string; name?: string; uid?: string };
export type TokenSpec = {
  audiences?: string[];
  expirationSeconds?: number;
  boundObjectRef?: BoundRef | null;
};

/** The token for `spec`, whose metadata is `metadata`, of a ServiceAccount that exists; throws what the real server refuses. */
export function issueToken(
  world: World,
  account: Entry,
  spec: TokenSpec,
  metadata: { name?: string; namespace?: string } = {},
): { token: string; audiences: string[]; seconds: number } {
  checkRequest(account, spec, metadata);
  const audiences = spec.audiences?.length ? spec.audiences : [ISSUER];
  const seconds = spec.expirationSeconds ?? 3600;
  const now = Math.floor(world.now() / 1000);
  const refOf = ({ name, uid }: Entry) => ({ name, uid });
  const bound = spec.boundObjectRef ? boundEntries(world, account, spec.boundObjectRef) : {};
  const others = Object.entries(bound).map(([kind, entry]) => [kind, refOf(entry)]);
  const token = world.auth.key.sign({
    aud: audiences,
    exp: now + seconds,
    iat: now,
    iss: ISSUER,
    jti: randomUUID(),
    "kubernetes.io": {
      namespace: account.namespace,
      ...Object.fromEntries(others),
      serviceaccount: refOf(account),
    },
    nbf: now,
    sub: accountUsername(account.namespace, account.name),
  });
  return { token, audiences, seconds };
}

function checkRequest(
  account: Entry,
  spec: TokenSpec,
  metadata: { name?: string; namespace?: string },
): void {
  const of = { group: "authentication.k8s.io", kind: "TokenRequest" };
  const wrong = (path: string, value: unknown, detail: string) => ({
    path,
    type: "Invalid value" as const,
    value,
    detail,
  });
  if (metadata.name && metadata.name !== account.name) {
    const error = wrong("metadata.name", metadata.name, "must match the service account name if specified");
    throw invalid(of, account.name, [error]);
  }
  if (metadata.namespace && metadata.namespace !== account.namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  const seconds = spec.expirationSeconds;
  if (seconds === undefined) return;
  const path = "spec.expirationSeconds";
  if (seconds < 600)
    throw invalid(of, "", [wrong(path, seconds, "may not specify a duration less than 10 minutes")]);
  if (seconds > 2 ** 32)
    throw invalid(of, "", [wrong(path, seconds, "may not specify a duration larger than 2^32 seconds")]);
}

/** The objects that the token shall not outlive, by their claim. */
function boundEntries(world: World, account: Entry, ref: BoundRef): Record<string, Entry> {
  const { kind = "", apiVersion = "", name = "", uid } = ref;
  const plural = apiVersion === "v1" ? { Pod: "pods", Secret: "secrets", Node: "nodes" }[kind] : undefined;
  const at = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
  if (!plural) throw badRequest(`cannot bind token to object of type ${at}, Kind=${kind}`);
  const entry = entryIn(
    tableOf(world.storage, `/${plural}`),
    plural === "nodes" ? "" : account.namespace,
    name,
  );
  if (!entry) throw notFound({ group: "", resource: plural }, name);
  if (kind === "Pod" && entry.object.spec?.["serviceAccountName"] !== account.name)
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account.name)} to pod running with different serviceaccount name.`,
    );
  if (uid && uid !== entry.uid)
    throw conflict(
      { group: "", resource: kind },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  const nodeName = kind === "Pod" ? entry.object.spec?.["nodeName"] : undefined;
  const node = nodeName ? entryIn(tableOf(world.storage, "/nodes"), "", nodeName) : undefined;
  return { ...(node ? { node } : {}), [kind.toLowerCase()]: entry };
}
