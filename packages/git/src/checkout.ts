import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Bare, here, type Local } from "./bare.ts";
import { gitError } from "./errors.ts";
import { isGitFailure, runGit } from "./run.ts";
import { type Budget, parseTree, planTree, type TreePlan } from "./tree.ts";

/** A submodule that a checkout asks for: where, which commit, and how `.gitmodules` spells its address. */
export type SubmoduleRequest = { path: string; commit: string; url: string };

/**
 * Writes the tree of a commit that is in the repository into `dir`, which has to be empty or absent. Submodules become empty
 * directories. `index` is a file name for git to work with. Throws like `planTree`.
 */
export async function writeTree(
  bare: Bare,
  commit: string,
  target: { dir: string; index: string; sparse?: readonly string[]; budget: Budget },
  local: Local,
): Promise<TreePlan> {
  const { dir, index, sparse, budget } = target;
  const listing = await runGit(["ls-tree", "-r", "-l", "-z", "--full-tree", commit], {
    ...here(bare, local),
    maxOutput: LISTING,
  });
  const plan = planTree(parseTree(listing), sparse, budget);
  await mkdir(dir, { recursive: true });
  if ((await readdir(dir)).length > 0)
    throw new Error(`${dir} is not empty: a checkout needs a directory of its own`);
  if (plan.pathspecs.length > 0) {
    const env = { GIT_WORK_TREE: dir, GIT_INDEX_FILE: index, GIT_LITERAL_PATHSPECS: "1" };
    const run = here(bare, local);
    const args = ["checkout", "--pathspec-from-file=-", "--pathspec-file-nul", commit];
    await runGit(args, { ...run, cwd: dir, env: { ...run.env, ...env }, input: plan.pathspecs.join("\0") });
  }
  for (const { path } of plan.submodules) await mkdir(join(dir, path), { recursive: true });
  return plan;
}

/** Room for the names of half a million files with long paths. */
const LISTING = 256 * 1024 * 1024;

/** What the submodules of a tree ask for. As in Flux, one that `.gitmodules` does not mention stays empty. */
export async function submodulesOf(bare: Bare, plan: TreePlan, local: Local): Promise<SubmoduleRequest[]> {
  if (!plan.modules || plan.submodules.length === 0) return [];
  const settings = await runGit(
    ["config", "--blob", plan.modules.object, "-z", "--list"],
    here(bare, local),
  ).catch((error) => {
    if (!isGitFailure(error)) throw error;
    throw gitError("bad-repository", `.gitmodules cannot be read: ${error.stderr.trim().slice(0, 200)}`);
  });
  const urls = modulesByPath(settings);
  return plan.submodules.flatMap(({ path, object }) => {
    const url = urls.get(path);
    return url === undefined ? [] : [{ path, commit: object, url }];
  });
}

/** Reads `git config -z --list` of a `.gitmodules`: path → url. */
function modulesByPath(settings: string): Map<string, string> {
  const modules = new Map<string, { path?: string; url?: string }>();
  for (const setting of settings.split("\0")) {
    const [, name, field, value] = /^submodule\.([\s\S]+)\.(path|url)\n([\s\S]*)$/.exec(setting) ?? [];
    if (name === undefined || field === undefined) continue;
    modules.set(name, { ...modules.get(name), [field]: value });
  }
  const found = [...modules.values()];
  return new Map(
    found.flatMap(({ path, url }) => (path && url ? [[path.replace(/\/+$/, ""), url] as const] : [])),
  );
}
