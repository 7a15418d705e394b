import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { defaultNamespace } from "@sluice/api";

const run = promisify(execFile);

/** A repository that source-controller can reach. */
export type Served = { url: string; branch: string; local: boolean };

/** A repository as it was given: somewhere on the network, or a work tree here. */
export type Located = { url: string; branch: string } | { path: string; branch: string };

/**
 * Finds `repo`: a URL is itself; a folder is taken at its current branch unless another is given.
 * Throws an Error that says what to do when the folder is not a Git repository or has no commit.
 */
export async function locate(repo: string, branch: string | undefined): Promise<Located> {
  if (/^(https?|ssh):\/\//.test(repo)) return { url: repo, branch: branch ?? "main" };
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
  const current =
    branch ??
    (await git("symbolic-ref", "--short", "HEAD").catch(() => {
      throw new Error(`${top} is not on a branch: give one with --branch`);
    }));
  await git("rev-parse", "--verify", `refs/heads/${current}`).catch(() => {
    throw new Error(`branch '${current}' of ${top} has no commit; only committed files are applied`);
  });
  return { path: top, branch: current };
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
