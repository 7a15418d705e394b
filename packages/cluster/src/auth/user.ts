/** Who sends a request, as authentication.k8s.io/v1 UserInfo tells it. */
export type User = {
  username: string;
  uid?: string;
  groups: readonly string[];
  extra?: Record<string, readonly string[]>;
};

export const MASTERS = "system:masters";
export const AUTHENTICATED = "system:authenticated";
export const UNAUTHENTICATED = "system:unauthenticated";

/** Whom the kubeconfig of the cluster names. */
export const ADMIN: User = { username: "kubernetes-admin", groups: [MASTERS, AUTHENTICATED] };

/** Who shows no credentials. */
export const ANONYMOUS: User = { username: "system:anonymous", groups: [UNAUTHENTICATED] };

const ACCOUNT = /^system:serviceaccount:([a-z0-9]([-a-z0-9]*[a-z0-9])?):([a-z0-9][-a-z0-9.]*)$/;

/** The name under which a ServiceAccount is known as a user. */
export function accountUsername(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

/** The ServiceAccount behind a username; undefined for other users. */
export function accountOf(username: string): { namespace: string; name: string } | undefined {
  const match = ACCOUNT.exec(username);
  return match ? { namespace: match[1]!, name: match[3]! } : undefined;
}

/** The groups of a ServiceAccount, without the one of everybody who is authenticated. */
export function accountGroups(namespace: string): string[] {
  return ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
}
