import { type GitRepository, kinds } from "@sluice/api";
import { keyOf } from "@sluice/kube";
import type { Wake } from "@sluice/runtime";

/** Index of GitRepositories by the sources that they include, as `namespace/name`. */
export const indexes = {
  includes: (repo: GitRepository) =>
    (repo.spec.include ?? []).map(({ repository }) => `${repo.metadata.namespace}/${repository.name}`),
};

/** A GitRepository is woken when a source that it includes has a new artifact. */
export const wakes: Wake<GitRepository>[] = [
  {
    kind: kinds.gitRepository,
    because: "input",
    *keysOf({ before, after }, own) {
      const was = before?.status?.artifact?.digest;
      const is = after?.status?.artifact?.digest;
      if (after === undefined || was === is) return;
      for (const repo of own.indexed("includes", keyOf(after))) yield keyOf(repo);
    },
  },
];
