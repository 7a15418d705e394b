import type { Artifact, GitRepository } from "@sluice/api";
import type { Resolved } from "@sluice/git";

/** What the visit found before it decides: the state of the stored tarball, the remote, and the included sources. */
export type Seen = {
  stored: "present" | "missing" | "corrupt";
  resolved: Resolved;
  included: Artifact[];
};

/** Keep the artifact that is served, or build a new one and say why. */
export type Plan = { kind: "keep"; artifact: Artifact } | { kind: "build"; because: string };

/** Decides whether the artifact in `repo.status` still is what spec, remote and includes ask for. */
export function planArtifact(repo: GitRepository, seen: Seen): Plan {
  const artifact = repo.status?.artifact;
  if (artifact === undefined) return { kind: "build", because: "no artifact yet" };
  if (seen.stored === "missing") return { kind: "build", because: "disappeared from storage" };
  if (seen.stored === "corrupt") return { kind: "build", because: "its digest no longer matches the file" };
  if (artifact.revision !== seen.resolved.revision)
    return { kind: "build", because: `new upstream revision '${seen.resolved.revision}'` };
  if (!sameContent(repo, seen.included))
    return { kind: "build", because: "the source configuration changed" };
  return { kind: "keep", artifact };
}

/** The part of `status` that remembers from which spec an artifact was built. */
export function observationsOf(repo: GitRepository, included: Artifact[]) {
  const { ignore, recurseSubmodules, include, sparseCheckout } = repo.spec;
  return {
    observedIgnore: ignore,
    observedRecurseSubmodules: recurseSubmodules || undefined,
    observedInclude: include?.length ? include : undefined,
    observedSparseCheckout: sparseCheckout?.length ? sparseCheckout : undefined,
    includedArtifacts: included.length > 0 ? included : undefined,
  };
}

function sameContent(repo: GitRepository, included: Artifact[]): boolean {
  const wanted = observationsOf(repo, included);
  const built = repo.status ?? {};
  return (
    wanted.observedIgnore === built.observedIgnore &&
    Boolean(wanted.observedRecurseSubmodules) === Boolean(built.observedRecurseSubmodules) &&
    same(wanted.observedSparseCheckout, built.observedSparseCheckout) &&
    same(wanted.observedInclude, built.observedInclude) &&
    same(wanted.includedArtifacts?.map(identity), built.includedArtifacts?.map(identity))
  );
}

const identity = ({ revision, digest }: Artifact) => [revision, digest];
const same = (a: unknown, b: unknown) => JSON.stringify(a ?? []) === JSON.stringify(b ?? []);

/** The first line of a commit message, at most 50 characters, as Flux quotes it in its events. */
export function shortMessage(message: string): string {
  const subject = message.split("\n", 1)[0]!;
  return subject.length <= 50 ? subject : `${subject.slice(0, 50)}...`;
}
