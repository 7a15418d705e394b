import { type Kind, type KubeObject, kindOf, kinds, requests } from "@sluice/api";
import { type Access, type ClusterOptions, withCluster } from "../cluster-access.ts";
import { everyKind, spokenOf, takeKind } from "../kinds.ts";
import { find } from "../lookup.ts";
import { type Define, examples } from "../shell.ts";
import { achievementOf, hasConditions, readyOf, sourceRefOf } from "../summary.ts";
import { progress } from "../terminal.ts";
import { untilReconciled } from "../waiting.ts";

type ReconcileOptions = { withSource?: boolean; force?: boolean; reset?: boolean };

export const define: Define = (command, shell) => {
  command
    .argument("<kind>", "kind, as in 'ks' or 'source git'")
    .argument("[name...]", "the objects")
    .option("--with-source", "reconcile the source first")
    .option("--force", "a HelmRelease: upgrade even if nothing changed")
    .option("--reset", "a HelmRelease: forget how often it failed")
    .action((kind: string, names: string[]) => {
      const options = command.optsWithGlobals<ReconcileOptions & ClusterOptions>();
      return withCluster(shell, options, (access) => reconcile(access, [kind, ...names], options));
    });
  examples(command, {
    "apply the latest commit now": "sluice reconcile ks apps --with-source",
    "fetch a Git source": "sluice reconcile source git flux-system",
    "wait no longer than a minute": "sluice reconcile ks apps --timeout 1m",
  });
};

/** Asks for a reconciliation, waits for it, and fails if it failed. */
async function reconcile(access: Access, words: string[], options: ReconcileOptions): Promise<void> {
  const { kind, names } = takeKind(words);
  if (names.length === 0) throw new Error(`${spokenOf(kind)} name is required`);
  if ((options.force || options.reset) && kind !== kinds.helmRelease)
    throw new Error(`--force and --reset are for HelmReleases, not for a ${kind.kind}`);
  for (const name of names) {
    const object = await find(access, kind, name);
    if (options.withSource) await reconcileSource(access, kind, object);
    await reconcileOne(access, kind, object, options);
  }
}

/** Reconciles the source that `object` is built from; only appliers have one. */
async function reconcileSource(access: Access, kind: Kind<any>, object: KubeObject): Promise<void> {
  const ref = sourceRefOf(object);
  if (ref === undefined) throw new Error(`--with-source: a ${kind.kind} has no source of its own`);
  const source = ref.apiVersion
    ? kindOf({ apiVersion: ref.apiVersion, kind: ref.kind })
    : everyKind.find((other) => other.kind === ref.kind);
  if (source === undefined || source === kinds.externalArtifact)
    throw new Error(`--with-source: a source of kind ${ref.kind} cannot be asked to reconcile`);
  const there = { ...access, namespace: ref.namespace ?? object.metadata.namespace! };
  await reconcileOne(there, source, await find(there, source, ref.name), {});
}

async function reconcileOne(
  access: Access,
  kind: Kind<any>,
  object: KubeObject,
  { force, reset }: ReconcileOptions,
): Promise<void> {
  const { client, terminal, signal, now } = access;
  const { namespace, name } = object.metadata;
  const say = progress(terminal);
  if (!hasConditions(kind)) return say.success(`a ${kind.kind} needs no reconciliation`);
  if (object.spec?.suspend)
    throw new Error(
      `${kind.kind} '${name}' is suspended; run: sluice resume ${spokenOf(kind)} ${name} -n ${namespace}`,
    );
  say.action(`annotating ${kind.kind} ${name} in ${namespace} namespace`);
  const token = new Date(now()).toISOString();
  const asked = [requests.reconcile, ...(force ? [requests.force] : []), ...(reset ? [requests.reset] : [])];
  const body = { metadata: { annotations: Object.fromEntries(asked.map((request) => [request, token])) } };
  await client.patch(kind, { namespace, name }, { type: "merge", body }, { signal, fieldManager: "flux" });
  say.success(`${kind.kind} annotated`);
  say.waiting(`waiting for ${kind.kind} reconciliation`);
  const ended = await untilReconciled(
    access,
    kind,
    object,
    ({ status }) => status?.lastHandledReconcileAt === token,
  );
  const ready = readyOf(ended);
  if (ready?.status !== "True") throw new Error(`${kind.kind} reconciliation failed: '${ready?.message}'`);
  say.success(achievementOf(kind, ended));
}
