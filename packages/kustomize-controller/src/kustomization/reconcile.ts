import {
  conditions,
  entryOf,
  fieldManagers,
  groups,
  type Kustomization,
  kinds,
  type ObjectRef,
  ownerLabels,
  parseDuration,
  reasons,
  refOfEntry,
} from "@sluice/api";
import {
  applySet,
  type ChangeSet,
  keyOf,
  pruneSet,
  subjectOf,
  untilHealthy,
  waitForTermination,
} from "@sluice/kube";
import { controller, done, type Step, waiting } from "@sluice/runtime";
import { type Deps, hashOf, inScope, type Source, type Target } from "./deps.ts";
import { healthJudge } from "./expressions.ts";
import {
  changed,
  changeLog,
  deletesObjects,
  dependencyProblem,
  healthTargets,
  ignoredPaths,
  planApply,
  withOutcome,
} from "./plan.ts";
import { type Rendered, render } from "./render.ts";

type Name = "source" | "dependencies" | "fetch" | "build" | "apply" | "prune" | "health";

/** A Kustomization becomes applied objects: fetch, build, apply in stages, prune what is left over, wait for health. */
export const kustomization = controller<Kustomization, Deps, Name>({
  kind: kinds.kustomization,
  steps: {
    source: { reason: reasons.ArtifactFailed },
    dependencies: { reason: reasons.DependencyNotReady },
    // A download that is tried again and again gives way to a newer artifact.
    fetch: { reason: reasons.ArtifactFailed, waits: true },
    build: { reason: reasons.BuildFailed },
    apply: { reason: reasons.ReconciliationFailed },
    prune: { reason: reasons.PruneFailed },
    health: { success: conditions.Healthy, reason: reasons.HealthCheckFailed, waits: true },
  },
  timeout: timeoutOf,

  async reconcile(ks, deps, step) {
    const began = step.now();
    const source = await step("source", () => deps.sourceOf(ks));
    step.tag(revisionsOf(source));
    await step("dependencies", () => requireDependencies(ks, source, deps));
    const variables = await step("build", (signal) => deps.variablesOf(ks, signal));
    const basis = {
      generation: ks.metadata.generation!,
      artifact: source.artifact.digest,
      variables: hashOf(variables),
    };
    const mayRest = step.because !== "request";
    if (mayRest && deps.memory.rests(keyOf(ks), basis)) return appliedRevision(source);

    const judgeHealth = healthJudge(ks);
    const tree = await step("fetch", (signal) => deps.open(source, signal));
    const built = await step("build", () => {
      step.note({ lastAttemptedRevision: source.artifact.revision });
      return render(ks, tree.root, { variables, strict: deps.settings.strictSubstitutions });
    }).finally(tree.close);

    if (mayRest && deps.memory.restsOn(keyOf(ks), basis, built.digest))
      return appliedRevision(source, historyOf(ks, built, source, step.now() - began, step.now()));

    deps.memory.forget(keyOf(ks));
    const target = await step("apply", (signal) => deps.targetOf(ks, signal));
    try {
      const { changes, pruned } = await applyAndPrune(ks, built, target, deps, step);
      const targets = healthTargets(ks, changes);
      if (target.local) {
        const health = targets.length > 0;
        deps.memory.settle(keyOf(ks), {
          basis,
          manifests: built.digest,
          applied: appliedOf(changes),
          health,
        });
        await deps.watchApplied(changes.map(({ ref }) => ref));
      }
      await waitForHealth(ks, targets, target, judgeHealth, deps, step);
      deps.memory.complete(keyOf(ks));
      const moved =
        changed(changes) || changed(pruned) || ks.status?.lastAppliedRevision !== source.artifact.revision;
      const facts = moved ? historyOf(ks, built, source, step.now() - began, step.now()) : {};
      return appliedRevision(source, facts);
    } finally {
      await target.close();
    }
  },

  async finalize(ks, deps, step) {
    deps.memory.forget(keyOf(ks));
    if (!deletesObjects(ks)) return;
    const refs = (ks.status?.inventory?.entries ?? []).map(refOfEntry);
    const target = await step("prune", (signal) => deps.lastTargetOf(ks, signal));
    if (target === undefined) return leaveBehind(refs, step);
    try {
      tell(await step("prune", (signal) => pruneSet(target.client, refs, pruneOptions(ks, signal))), step);
      if (ks.spec.deletionPolicy === "WaitForTermination") await untilTerminated(ks, refs, target, step);
    } finally {
      await target.close();
    }
  },
});

/** Waits for objects to go; when their own finalizers hold them for too long, says so and lets this object go. */
async function untilTerminated(
  ks: Kustomization,
  refs: ObjectRef[],
  { client }: Target,
  step: Step<Name>,
): Promise<void> {
  await step("prune", (signal) =>
    waitForTermination(client, refs, { timeoutMs: timeoutOf(ks), signal }).catch((thrown: Error) => {
      if (thrown.name !== "WaitError") throw thrown;
      step.event({
        type: "Warning",
        severity: "error",
        reason: reasons.PruneFailed,
        message: thrown.message,
      });
    }),
  );
}

/** The account or the cluster that could delete the objects is gone: this object must not be stuck for it, as in Flux. */
function leaveBehind(refs: ObjectRef[], step: Step<Name>): void {
  const names = refs.map(subjectOf);
  const message = `unable to prune objects, as the ServiceAccount or kubeconfig to do it with is gone; left behind:\n${names.join("\n")}`;
  step.event({ type: "Warning", severity: "error", reason: reasons.PruneFailed, message });
}

/** Applies what was built and deletes what is left over; the inventory is true at every moment in between. */
async function applyAndPrune(
  ks: Kustomization,
  built: Rendered,
  { client }: Target,
  { settings }: Deps,
  step: Step<Name>,
) {
  const before = (ks.status?.inventory?.entries ?? []).map(refOfEntry);
  const plan = await step("apply", async (signal) =>
    planApply(await inScope(client, built.refs, signal), await inScope(client, before, signal)),
  );
  await step.save({ inventory: { entries: plan.union } });
  const changes = await step("apply", (signal) =>
    applySet(client, built.objects, {
      manager: fieldManagers.kustomize,
      force: ks.spec.force,
      origins: built.origins,
      concurrency: settings.concurrentSsa,
      overrideManagers: settings.overrideManagers,
      ignore: ignoredPaths(ks),
      signal,
    }),
  );
  tell(changes, step);
  const pruned = ks.spec.prune
    ? await step("prune", (signal) => pruneSet(client, plan.garbage, pruneOptions(ks, signal)))
    : [];
  tell(pruned, step);
  step.note({ inventory: { entries: changes.map(({ ref }) => entryOf(ref)) } });
  return { changes, pruned };
}

/** Sends the change log as an event, before anything that may take long or fail. */
function tell(changes: ChangeSet, step: Step<Name>): void {
  if (changed(changes)) step.event({ reason: reasons.Progressing, message: changeLog(changes) });
}

async function waitForHealth(
  ks: Kustomization,
  targets: ObjectRef[],
  { client }: Target,
  judge: ReturnType<typeof healthJudge>,
  { settings }: Deps,
  step: Step<Name>,
) {
  if (targets.length === 0) return step.without("health");
  await step("health", (signal) =>
    untilHealthy(client, targets, {
      exprs: judge,
      failFast: settings.failFast,
      timeoutMs: timeoutOf(ks),
      signal,
    }),
  );
}

function requireDependencies(
  ks: Kustomization,
  { artifact }: Source,
  { dependenciesOf, settings }: Deps,
): void {
  const problem = dependencyProblem(ks, artifact, dependenciesOf(ks), settings.additiveDependencyCheck);
  if (problem !== undefined) throw waiting(reasons.DependencyNotReady, problem, settings.requeueDependencyMs);
}

function appliedRevision({ artifact, originRevision }: Source, facts: object = {}) {
  const { revision } = artifact;
  return done(
    { lastAppliedRevision: revision, lastAppliedOriginRevision: originRevision, ...facts },
    `Applied revision: ${revision}`,
  );
}

/** `status.history` counts the visits that did something; one that found everything in place writes nothing. */
function historyOf(ks: Kustomization, { digest }: Rendered, source: Source, tookMs: number, at: number) {
  const outcome = {
    digest,
    reason: reasons.ReconciliationSucceeded,
    tookMs,
    at,
    metadata: revisionsOf(source),
  };
  return { history: withOutcome(ks.status?.history, outcome) };
}

const revisionsOf = ({ artifact, originRevision }: Source): Record<string, string> => ({
  revision: artifact.revision,
  ...(originRevision !== undefined && { originRevision }),
});

const appliedOf = (changes: ChangeSet) =>
  changes.flatMap(({ ref, fingerprint }) => (fingerprint === undefined ? [] : [{ ref, fingerprint }]));

const pruneOptions = (ks: Kustomization, signal: AbortSignal) => ({
  ownerLabels: ownerLabels(groups.kustomize, ks.metadata),
  signal,
});

/** How long a step may take: `spec.timeout`, else 30 s less than the interval; never under 30 s, as in Flux. */
function timeoutOf({ spec }: Kustomization): number {
  const ms = spec.timeout === undefined ? parseDuration(spec.interval) - 30_000 : parseDuration(spec.timeout);
  return Math.max(ms, 30_000);
}
