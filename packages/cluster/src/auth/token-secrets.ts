import type { KubeObject } from "@sluice/api";
import { isApiError } from "../errors.ts";
import type { Store } from "../store.ts";
import type { Tasks } from "../system/tasks.ts";
import type { Auth } from "./authenticate.ts";
import { LEGACY_ISSUER } from "./tokens.ts";
import { accountUsername } from "./user.ts";

const SECRETS = { apiVersion: "v1", kind: "Secret" };
const ACCOUNTS = { apiVersion: "v1", kind: "ServiceAccount" };
const NAME = "kubernetes.io/service-account.name";
const UID = "kubernetes.io/service-account.uid";
const MANAGER = "kube-controller-manager";

type TokenAuth = Pick<Auth, "key" | "authority">;
type TokenSecret = KubeObject & { type?: string; data?: Record<string, string> };

/** Fills the Secrets that ask for the token of a ServiceAccount, and deletes those whose account is gone. */
export function startTokenSecrets(store: Store, auth: TokenAuth, tasks: Tasks): { stop(): void } {
  const look = (secret: TokenSecret) => {
    if (secret.type !== "kubernetes.io/service-account-token" || secret.metadata.deletionTimestamp) return;
    const { namespace = "", name } = secret.metadata;
    tasks.add(`token of secret ${namespace}/${name}`, () => settle(store, auth, namespace, name));
  };
  const lookIn = (namespace: string) => {
    for (const secret of store.list(SECRETS, { namespace })) look(secret as TokenSecret);
  };
  const stop = store.watch([SECRETS, ACCOUNTS], ({ type, object }) => {
    if (object.kind === "ServiceAccount") {
      // a Secret may be older than an account that took the place of another one
      if (type !== "MODIFIED") lookIn(object.metadata.namespace ?? "");
    } else if (type !== "DELETED") look(object as TokenSecret);
  });
  return { stop };
}

function settle(store: Store, auth: TokenAuth, namespace: string, name: string): void {
  const secret = store.get({ ...SECRETS, namespace, name }) as TokenSecret | undefined;
  if (!secret || secret.metadata.deletionTimestamp) return;
  const { annotations = {} } = secret.metadata;
  const account = store.get({ ...ACCOUNTS, namespace, name: annotations[NAME]! });
  try {
    if (!account || (annotations[UID] && annotations[UID] !== account.metadata.uid))
      store.delete({ ...SECRETS, namespace, name }, { preconditions: { uid: secret.metadata.uid! } });
    else if (!secret.data?.["token"]) fill(store, auth, secret, account);
  } catch (thrown) {
    // gone, or changed: the change has woken us again
    if (!isApiError(thrown) || ![404, 409].includes(thrown.status.code)) throw thrown;
  }
}

function fill(store: Store, { key, authority }: TokenAuth, secret: TokenSecret, account: KubeObject): void {
  const { namespace = "", name } = secret.metadata;
  const uid = account.metadata.uid!;
  const prefix = "kubernetes.io/serviceaccount";
  const token = key.sign({
    iss: LEGACY_ISSUER,
    [`${prefix}/namespace`]: namespace,
    [`${prefix}/secret.name`]: name,
    [`${prefix}/service-account.name`]: account.metadata.name,
    [`${prefix}/service-account.uid`]: uid,
    sub: accountUsername(namespace, account.metadata.name),
  });
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const annotations = { ...secret.metadata.annotations, [UID]: uid };
  const data = {
    ...secret.data,
    "ca.crt": base64(authority.cert),
    namespace: base64(namespace),
    token: base64(token),
  };
  store.update({ ...secret, metadata: { ...secret.metadata, annotations }, data }, { manager: MANAGER });
}
