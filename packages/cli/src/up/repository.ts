import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { defaultNamespace } from "@sluice/api";

const run = promisify(execFile);

/** A repository that source-controller can reach. */
export type Served = { url: string; branch: string; local: boolean };

/**
 * Where `repo` can be fetched from: a URL is itself; a folder is served by `serve`, on its current branch unless another is given.
 * Throws an Error when the folder is not a Git repository or has no commit.
 */
export async function localCopy(
  repo: string,
  branch: string | undefined,
  serve: (path: string) => Promise<string>,
): Promise<Served> {
  if (/^(https?|ssh):\/\//.test(repo)) return { url: repo, branch: branch ?? "main", local: false };
  const path = resolve(repo);
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new Error(`--repo ${repo} is neither a folder nor an http(s):// or ssh:// URL`);
  const git = (...args: string[]) => run("git", ["-C", path, ...args]).then(({ stdout }) => stdout.trim());
  const top = await git("rev-parse", "--show-toplevel").catch(() => {
    throw new Error(`${path} is not a Git repository: run 'git init' there and commit`);
  });
  const current = branch ?? (await git("symbolic-ref", "--short", "HEAD"));
  await git("rev-parse", "--verify", `refs/heads/${current}`).catch(() => {
    throw new Error(`branch '${current}' of ${top} has no commit; only committed files are applied`);
  });
  return { url: await serve(top), branch: current, local: true };
}

/**
 * The objects that apply `path` of the repository. They have the names that `flux bootstrap` gives, so that a repository with its
 * own flux-system folder goes on describing itself; its source is kept on the served copy by a patch.
 */
export function ownObjects({ url, branch, local }: Served, path: string) {
  const metadata = { name: defaultNamespace, namespace: defaultNamespace };
  const patch = JSON.stringify({
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "GitRepository",
    metadata,
    spec: { url, ref: { branch }, secretRef: null },
  });
  return [
    {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata,
      spec: { url, ref: { branch }, interval: local ? "5s" : "1m" },
    },
    {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata,
      spec: {
        interval: "10m",
        prune: true,
        path,
        sourceRef: { kind: "GitRepository", name: defaultNamespace },
        ...(local && { patches: [{ patch, target: { kind: "GitRepository", name: defaultNamespace } }] }),
      },
    },
  ];
}
