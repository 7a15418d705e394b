import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Artifact, builtin, type Kustomization, kinds, type ObjectRef, reasons } from "@sluice/api";
import { fetchArtifact, isArtifactError } from "@sluice/artifact";
import { type Cache, type Client, kubeConfigClient } from "@sluice/kube";
import { type Context, failed, stalled, waiting } from "@sluice/runtime";
import { watchDrift } from "./drift.ts";
import { readyExpression } from "./expressions.ts";
import type { Memory } from "./memory.ts";
import type { Dependency } from "./plan.ts";
import { variablesOf } from "./render.ts";
import { createTrees, type Tree } from "./trees.ts";

/** The artifact to apply, and the revision that its author gave it (OCI annotations), if any. */
export type Source = { artifact: Artifact; originRevision?: string };

/** The cluster to apply to, seen with the rights of the object's ServiceAccount. */
export type Target = {
  client: Client;
  /** Whether it is the cluster that the controller runs in. */
  local: boolean;
  /** Ends the connections to a remote cluster. */
  close(): Promise<void>;
};

/** The effects that a Kustomization needs. */
export type Deps = {
  settings: Settings;
  sourceOf(ks: Kustomization): Source;
  dependenciesOf(ks: Kustomization): Dependency[];
  variablesOf(ks: Kustomization, signal: AbortSignal): Promise<Record<string, string>>;
  open(source: Source, signal: AbortSignal): Promise<Tree>;
  targetOf(ks: Kustomization, signal: AbortSignal): Promise<Target>;
  /** The same for a farewell: undefined when the ServiceAccount or the kubeconfig does not exist any more. */
  lastTargetOf(ks: Kustomization, signal: AbortSignal): Promise<Target | undefined>;
  memory: Memory;
  /** Watches the kinds of `refs` for foreign writes to objects that carry our owner labels. */
  watchApplied(refs: ObjectRef[]): Promise<void>;
};

/** What flags say, in milliseconds and words. */
export type Settings = {
  requeueDependencyMs: number;
  concurrentSsa: number;
  httpRetry: number;
  /** Of a tarball; what is in it may be four times as large. */
  artifactMaxBytes: number;
  strictSubstitutions: boolean;
  additiveDependencyCheck: boolean;
  failFast: boolean;
  noCrossNamespaceRefs: boolean;
  allowExternalArtifact: boolean;
  defaultServiceAccount: string;
  overrideManagers: string[];
  insecureKubeconfigExec: boolean;
  insecureKubeconfigTls: boolean;
  /** `host:port` to fetch artifacts from instead of the one in their URL. */
  sourceLocalhost?: string;
};

const sourceKinds = {
  GitRepository: kinds.gitRepository,
  OCIRepository: kinds.ociRepository,
  Bucket: kinds.bucket,
  ExternalArtifact: kinds.externalArtifact,
};

/** Unpacked artifacts that nobody reads any more are kept up to this size, for the next object of the same source. */
const idleTreeBytes = 512 * 1024 * 1024;

/** The real effects. `scratch` is a directory of this process alone. */
export function realDeps(context: Context, settings: Settings, scratch: string): Deps {
  const { client } = context;
  const sources = Object.fromEntries(
    Object.entries(sourceKinds).map(([name, kind]) => [name, context.cache(kind)]),
  ) as Record<string, Cache>;
  const own = context.cache<Kustomization>(kinds.kustomization);
  const drift = watchDrift(context);
  const trees = createTrees(
    join(scratch, "trees"),
    (artifact, dir, signal) =>
      fetchArtifact(artifact, dir, {
        retries: settings.httpRetry,
        maxBytes: settings.artifactMaxBytes,
        maxUnpackedBytes: 4 * settings.artifactMaxBytes,
        hostOverride: settings.sourceLocalhost,
        symlinks: "skip",
        signal,
      }),
    idleTreeBytes,
  );
  return {
    settings,
    memory: drift.memory,
    watchApplied: drift.watch,
    sourceOf: (ks) => sourceOf(ks, sources, settings),
    dependenciesOf: (ks) =>
      (ks.spec.dependsOn ?? []).map(({ name, namespace = ks.metadata.namespace!, readyExpr }) => {
        const ready = readyExpr === undefined ? undefined : readyExpression(readyExpr);
        return {
          name,
          namespace,
          object: own.get(`${namespace}/${name}`),
          readyExpr: ready && ((dep) => ready(ks, dep)),
        };
      }),
    variablesOf: async (ks, signal) => variablesOf(ks, await variableSources(ks, context, signal)),
    open: ({ artifact }, signal) =>
      trees.open(artifact, signal).catch((thrown) => Promise.reject(fetchProblem(thrown, settings))),
    targetOf: (ks, signal) => targetOf(ks, client, settings, signal),
    lastTargetOf: (ks, signal) => lastTargetOf(ks, client, settings, signal),
  };
}

function sourceOf(ks: Kustomization, sources: Record<string, Cache>, settings: Settings): Source {
  const { kind, name, namespace = ks.metadata.namespace! } = ks.spec.sourceRef;
  const denied = (why: string) =>
    stalled(reasons.AccessDenied, `can't access '${kind}/${namespace}/${name}', ${why}`);
  if (settings.noCrossNamespaceRefs && namespace !== ks.metadata.namespace)
    throw denied("cross-namespace references have been blocked");
  if (kind === "ExternalArtifact" && !settings.allowExternalArtifact)
    throw denied("ExternalArtifact feature gate is disabled");
  const source = sources[kind]?.get(`${namespace}/${name}`);
  if (source === undefined)
    throw waiting(
      reasons.ArtifactFailed,
      `Source '${kind}/${namespace}/${name}' not found`,
      settings.requeueDependencyMs,
    );
  const artifact = source.status?.artifact as Artifact | undefined;
  if (artifact === undefined)
    throw waiting(
      reasons.ArtifactFailed,
      `Source artifact not found, retrying in ${settings.requeueDependencyMs / 1000}s`,
      settings.requeueDependencyMs,
    );
  return { artifact, originRevision: artifact.metadata?.["org.opencontainers.image.revision"] };
}

async function variableSources(
  { metadata, spec }: Kustomization,
  { client, secrets }: Context,
  signal: AbortSignal,
): Promise<Record<string, string>[]> {
  return Promise.all(
    (spec.postBuild?.substituteFrom ?? []).map(async ({ kind, name, optional }) => {
      const rest = kind === "Secret" ? builtin.secrets : builtin.configMaps;
      const object = await client.get(rest, { namespace: metadata.namespace, name }, { signal });
      if (object === undefined && !optional)
        throw failed(
          reasons.BuildFailed,
          `substitute from '${kind}/${name}' error: not found in namespace ${metadata.namespace}; create it or mark it optional`,
        );
      const data = (object?.data ?? {}) as Record<string, string>;
      if (kind === "ConfigMap") return data;
      const values = Object.entries(data).map(
        ([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")] as const,
      );
      for (const [, value] of values) secrets.remember(value);
      return Object.fromEntries(values);
    }),
  );
}

/** A tarball that is gone is the source's turn: it makes a new one, and its status wakes us. */
function fetchProblem(thrown: unknown, { requeueDependencyMs }: Settings): unknown {
  if (!isArtifactError(thrown)) return thrown;
  if (thrown.code === "not-found")
    return waiting(
      reasons.ArtifactFailed,
      `Source is not ready, artifact not found, retrying in ${requeueDependencyMs / 1000}s`,
      requeueDependencyMs,
    );
  return failed(reasons.ArtifactFailed, thrown.message, { cause: thrown });
}

async function targetOf(
  ks: Kustomization,
  client: Client,
  settings: Settings,
  signal: AbortSignal,
): Promise<Target> {
  const { metadata, spec } = ks;
  const user = `system:serviceaccount:${metadata.namespace}:${accountOf(ks, settings)}`;
  const as = (target: Client) => (accountOf(ks, settings) ? target.as({ user }) : target);
  if (spec.kubeConfig === undefined) return { client: as(client), local: true, close: async () => {} };
  const { secretRef, configMapRef } = spec.kubeConfig;
  if (secretRef === undefined)
    throw stalled(
      reasons.ReconciliationFailed,
      `spec.kubeConfig.configMapRef '${configMapRef?.name}' is not supported yet: use secretRef with a kubeconfig`,
    );
  const text = await kubeConfigOf(ks, client, signal);
  if (text === undefined)
    throw failed(
      reasons.ReconciliationFailed,
      `KubeConfig secret '${metadata.namespace}/${secretRef.name}' has no key '${secretRef.key ?? "value"}'; create it with a kubeconfig`,
    );
  const remote = kubeConfigClient(text, {
    allowExec: settings.insecureKubeconfigExec,
    allowInsecureTls: settings.insecureKubeconfigTls,
  });
  return { client: as(remote), local: false, close: () => remote.close() };
}

async function lastTargetOf(
  ks: Kustomization,
  client: Client,
  settings: Settings,
  signal: AbortSignal,
): Promise<Target | undefined> {
  const { metadata, spec } = ks;
  const account = accountOf(ks, settings);
  const isGone =
    spec.kubeConfig !== undefined
      ? (await kubeConfigOf(ks, client, signal)) === undefined
      : account !== "" &&
        (await client.get(
          builtin.serviceAccounts,
          { namespace: metadata.namespace, name: account },
          { signal },
        )) === undefined;
  return isGone ? undefined : targetOf(ks, client, settings, signal);
}

const accountOf = ({ spec }: Kustomization, settings: Settings) =>
  spec.serviceAccountName || settings.defaultServiceAccount;

/** The kubeconfig in the Secret of `spec.kubeConfig`; undefined when there is none. */
async function kubeConfigOf(
  { metadata, spec }: Kustomization,
  client: Client,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { name, key } = spec.kubeConfig?.secretRef ?? {};
  if (name === undefined) return undefined;
  const secret = await client.get(builtin.secrets, { namespace: metadata.namespace, name }, { signal });
  const data = (secret?.data ?? {}) as Record<string, string>;
  const text = key === undefined ? (data.value ?? data["value.yaml"]) : data[key];
  return text === undefined ? undefined : Buffer.from(text, "base64").toString("utf8");
}

/**
 * `refs` as the API server knows them: kustomize gives a namespace to objects of kinds that it does not know, cluster-scoped
 * ones too, and an inventory must not call one object by two names.
 */
export async function inScope(client: Client, refs: ObjectRef[], signal: AbortSignal): Promise<ObjectRef[]> {
  return Promise.all(
    refs.map(async (ref) => {
      const kind = ref.namespace === undefined ? undefined : await client.kindOf(ref, { signal });
      if (kind === undefined || kind.namespaced) return ref;
      const { namespace: _, ...clusterWide } = ref;
      return clusterWide;
    }),
  );
}

/** A fingerprint of variables for the memory of rest; the values themselves are not kept. */
export function hashOf(variables: Record<string, string>): string {
  return createHash("sha256")
    .update(JSON.stringify(Object.entries(variables).sort()))
    .digest("hex");
}
