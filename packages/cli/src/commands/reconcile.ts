import { type Kind, type KubeObject, kinds, requests } from "@sluice/api";
import type { Access } from "../cluster-access.ts";
import { everyKind, takeKind } from "../kinds.ts";
import { readyOf, shortHex } from "../summary.ts";
import { progress } from "../terminal.ts";

export type ReconcileOptions = { withSource?: boolean };

/** `sluice reconcile KIND NAME`: asks for a reconciliation, waits for it, and fails if it failed. */
export async function reconcile(access: Access, words: string[], options: ReconcileOptions): Promise<void> {
  const { kind, names } = takeKind(words);
  if (names.length === 0) throw new Error(`${kind.kind} name is required`);
  for (const name of names) {
    const object = await find(access, kind, name);
    if (options.withSource) await reconcileSource(access, kind, object);
    await reconcileOne(access, kind, object);
  }
}

async function find(
  { client, namespace, signal }: Access,
  kind: Kind<any>,
  name: string,
): Promise<KubeObject> {
  const object = await client.get(kind, { namespace, name }, { signal });
  if (object === undefined) throw new Error(`${kind.kind} '${name}' not found in "${namespace}" namespace`);
  return object;
}

/** Reconciles the source that `object` is built from; only appliers have one. */
async function reconcileSource(access: Access, kind: Kind<any>, object: KubeObject): Promise<void> {
  const ref = object.spec?.sourceRef ?? object.spec?.chartRef ?? object.spec?.chart?.spec?.sourceRef;
  if (ref === undefined) throw new Error(`--with-source: a ${kind.kind} has no source of its own`);
  const source = everyKind.find((other) => other.kind === ref.kind);
  if (source === undefined || source === kinds.externalArtifact)
    throw new Error(`cannot reconcile source of kind ${ref.kind}`);
  const there = { ...access, namespace: ref.namespace ?? object.metadata.namespace! };
  await reconcileOne(there, source, await find(there, source, ref.name));
}

async function reconcileOne(access: Access, kind: Kind<any>, object: KubeObject): Promise<void> {
  const { client, terminal, signal, now } = access;
  const { namespace, name } = object.metadata;
  const say = progress(terminal);
  if (object.spec?.suspend)
    throw new Error(
      `${kind.kind} '${name}' is suspended; run: sluice resume ${kind.singular} ${name} -n ${namespace}`,
    );
  say.action(`annotating ${kind.kind} ${name} in ${namespace} namespace`);
  const token = new Date(now()).toISOString();
  const body = { metadata: { annotations: { [requests.reconcile]: token } } };
  const asked = await client.patch(kind, { namespace, name }, { type: "merge", body }, { signal });
  say.success(`${kind.kind} annotated`);
  say.waiting(`waiting for ${kind.kind} reconciliation`);
  const ended = await untilHandled(access, kind, asked, token);
  const ready = readyOf(ended);
  if (ready?.status !== "True")
    throw new Error(`${kind.kind} reconciliation failed: '${ready?.message ?? "no Ready condition"}'`);
  const revision = ended.status?.lastAppliedRevision ?? ended.status?.artifact?.revision;
  const verb = ended.status?.lastAppliedRevision ? "applied" : "fetched";
  say.success(revision ? `${verb} revision ${shortHex(revision)}` : shortHex(ready.message));
}

/** Watches until the request `token` was handled and the object has come to rest. */
async function untilHandled(
  { client, signal }: Access,
  kind: Kind<any>,
  asked: KubeObject,
  token: string,
): Promise<KubeObject> {
  const { namespace, name } = asked.metadata;
  let current: KubeObject | undefined = asked;
  while (!signal.aborted) {
    if (current === undefined) throw new Error(`${kind.kind} '${name}' was deleted`);
    if (atRest(current, token)) return current;
    const query = {
      namespace,
      fieldSelector: `metadata.name=${name}`,
      resourceVersion: current.metadata.resourceVersion!,
    };
    for await (const event of client.watch(kind, query, { signal })) {
      if (event.type === "DELETED") throw new Error(`${kind.kind} '${name}' was deleted`);
      if ((event.type === "ADDED" || event.type === "MODIFIED") && atRest(event.object, token))
        return event.object;
    }
    current = await client.get(kind, { namespace: namespace!, name }, { signal });
  }
  throw signal.reason;
}

function atRest({ metadata, status }: KubeObject, token: string): boolean {
  const ready = status?.conditions?.find(({ type }: { type: string }) => type === "Ready");
  return (
    status?.lastHandledReconcileAt === token &&
    (ready?.status === "True"
      ? ready.observedGeneration === undefined || ready.observedGeneration === metadata.generation
      : ready?.status === "False")
  );
}
