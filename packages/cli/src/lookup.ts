import type { Kind, KubeObject } from "@sluice/api";
import { isApiError, type Query } from "@sluice/kube";
import type { Access } from "./cluster-access.ts";
import { nearest } from "./nearest.ts";

/** Lists objects of a kind of ours. Throws an Error that says what to do when the cluster does not know the kind. */
export async function listOf(
  { client, signal }: Access,
  kind: Kind<any>,
  query: Query,
): Promise<KubeObject[]> {
  try {
    return (await client.list(kind, query, { signal })).items;
  } catch (thrown) {
    throw isApiError(thrown, 404) ? undefinedKind(kind) : thrown;
  }
}

/** The error about a kind whose definition is not installed; `code` tells it from others. */
function undefinedKind({ plural, group }: Kind<any>): Error {
  return Object.assign(
    new Error(
      `the cluster has no ${plural}.${group}: its custom resource definition is not installed (kubectl apply --server-side -k deploy/install)`,
    ),
    { code: "undefined-kind" as const },
  );
}

/** Reads one object. Throws an Error that names what may have been meant when it is not there. */
export async function find(access: Access, kind: Kind<any>, name: string): Promise<KubeObject> {
  const { client, namespace, signal } = access;
  return (
    (await client.get(kind, { namespace, name }, { signal })) ??
    Promise.reject(await missing(access, kind, name))
  );
}

/** The error about an object that is not there: it knows where one of that name is, or which name is close. */
export async function missing(access: Access, kind: Kind<any>, name: string): Promise<Error> {
  const { namespace } = access;
  const everywhere = await listOf(access, kind, {}).catch((thrown) => {
    // Whoever may not list all namespaces still learns about this one.
    if (isApiError(thrown, 403)) return listOf(access, kind, { namespace }).catch(() => []);
    throw thrown;
  });
  const here = everywhere.filter(({ metadata }) => metadata.namespace === namespace);
  const close = nearest(
    name,
    here.map(({ metadata }) => metadata.name),
  );
  const elsewhere = everywhere.find(({ metadata }) => metadata.name === name)?.metadata.namespace;
  const hint = elsewhere
    ? `; there is one in namespace ${elsewhere}: add -n ${elsewhere}`
    : close && `; did you mean '${close}'?`;
  return new Error(`${kind.kind} object '${name}' not found in "${namespace}" namespace${hint ?? ""}`);
}
