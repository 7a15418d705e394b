import { type Artifact, type GitRepository, kinds } from "@sluice/api";
import { controller, done, failed, type Step } from "@sluice/runtime";
import { type Deps, storeKeyOf } from "./deps.ts";
import { observationsOf, planArtifact, shortMessage } from "./plan.ts";
import { asFetchProblem, asStorageProblem, refuseUnsupported } from "./problems.ts";

type Name = "storage" | "fetch" | "include" | "archive";

/** A GitRepository becomes an artifact: look at the store and the remote, and build only what changed. */
export const gitRepository = controller<GitRepository, Deps, Name>({
  kind: kinds.gitRepository,
  steps: {
    storage: { failure: "StorageOperationFailed", reason: "StatOperationFailed" },
    fetch: { failure: "FetchFailed", reason: "GitOperationFailed" },
    include: { failure: "IncludeUnavailable", reason: "NotFound" },
    archive: {
      failure: "StorageOperationFailed",
      success: "ArtifactInStorage",
      reason: "ArchiveOperationFailed",
    },
  },

  async reconcile(repo, deps, step) {
    const problem = refuseUnsupported(repo);
    if (problem !== undefined) throw problem;
    const { status } = repo;

    const stored = await step("storage", () =>
      status?.artifact ? deps.store.verify(status.artifact) : "missing",
    );
    if (stored !== "present") step.note({ artifact: undefined });
    const remote = await step("fetch", (signal) => resolve(repo, deps, signal));
    const included = await step("include", (signal) => includesOf(repo, deps, signal));

    const plan = planArtifact(repo, { stored, resolved: remote.resolved, included });
    if (plan.kind === "keep") {
      const artifact = { ...plan.artifact, url: deps.store.urlOf(plan.artifact.path) };
      await step("archive", () => collectGarbage(repo, deps, artifact));
      return done({ artifact }, storedMessage(artifact), {
        reason: "Succeeded",
        metadata: metadataOf(artifact),
      });
    }
    return build(repo, deps, step, remote, included);
  },

  async finalize(repo, { store }) {
    const { kind, namespace, name } = storeKeyOf(repo);
    await store.remove(kind, namespace, name);
  },
});

type Remote = Awaited<ReturnType<typeof resolve>>;

/** Asks the remote where the reference stands: one round trip, nothing fetched. */
async function resolve(repo: GitRepository, { git, credentials }: Deps, signal: AbortSignal) {
  const secrets = await credentials(repo, signal);
  const ref = repo.spec.ref ?? {};
  const resolved = await git.resolve(repo.spec.url, ref, secrets, signal).catch(rethrow(asFetchProblem));
  return { secrets, ref, resolved };
}

async function build(
  repo: GitRepository,
  deps: Deps,
  step: Step<Name>,
  remote: Remote,
  included: Artifact[],
) {
  const { secrets, ref, resolved } = remote;
  return deps.workdir(async (dir) => {
    const commit = await step("fetch", (signal) =>
      deps.git
        .checkout({
          url: repo.spec.url,
          resolved,
          ref,
          credentials: secrets,
          dir,
          sparse: repo.spec.sparseCheckout,
          submodules: repo.spec.recurseSubmodules,
          signal,
        })
        .catch(rethrow(asFetchProblem)),
    );
    await step("include", async (signal) => {
      for (const [index, include] of (repo.spec.include ?? []).entries())
        await deps.include(included[index]!, pathsOf(include), dir, signal);
    });
    const artifact = await step("archive", (signal) =>
      deps.archive(repo, dir, resolved.revision, signal).catch(rethrow(asStorageProblem)),
    );
    step.note({ artifact, ...observationsOf(repo, included) });
    await step("archive", () => collectGarbage(repo, deps, artifact));
    return done({ artifact }, storedMessage(artifact), {
      reason: "Succeeded",
      metadata: metadataOf(artifact),
      event: {
        reason: "NewArtifact",
        message: `stored artifact for commit '${shortMessage(commit.message)}'`,
      },
    });
  });
}

async function collectGarbage(repo: GitRepository, { store }: Deps, keep: Artifact): Promise<void> {
  const { kind, namespace, name } = storeKeyOf(repo);
  await store.collectGarbage(kind, namespace, name, keep);
}

/** The artifacts of `spec.include`, in order. */
async function includesOf(
  repo: GitRepository,
  { artifactOf }: Deps,
  signal: AbortSignal,
): Promise<Artifact[]> {
  return Promise.all(
    (repo.spec.include ?? []).map(async ({ repository }) => {
      const artifact = await artifactOf(repo.metadata.namespace!, repository.name, signal);
      if (artifact !== undefined) return artifact;
      throw failed(
        "NotFound",
        `no artifact available for include '${repository.name}'; it is used as soon as that GitRepository has one`,
      );
    }),
  );
}

/** Defaults of an include: the whole other source, below a folder of its name. */
function pathsOf({ repository, fromPath, toPath }: NonNullable<GitRepository["spec"]["include"]>[number]) {
  return { fromPath: fromPath || ".", toPath: toPath || repository.name };
}

const storedMessage = ({ revision }: Artifact) => `stored artifact for revision '${revision}'`;
const metadataOf = ({ revision, digest }: Artifact) => ({ revision, digest });

/** A catch handler that throws what `convert` makes of the error. */
const rethrow = (convert: (thrown: unknown) => unknown) => (thrown: unknown) => {
  throw convert(thrown);
};
