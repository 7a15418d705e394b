/** Helpers of this package's tests: small trees of files, built in memory. */
import { type BuildOptions, type BuildResult, build } from "../build.ts";
import { KustomizeError } from "../errors.ts";
import { memoryFileSystem } from "../filesystem.ts";

export type Tree = Record<string, string | Buffer>;

/** Builds `/app` of a tree whose paths are relative to it; without a reorder, resources stay in order. */
export function buildTree(tree: Tree, options: BuildOptions = {}): BuildResult {
  const files = Object.fromEntries(Object.entries(tree).map(([path, text]) => [`/app/${path}`, text]));
  return build("/app", { fs: memoryFileSystem(files), reorder: "none", ...options });
}

/** What a tree builds to, or the message it fails with. */
export function outcome(tree: Tree, options: BuildOptions = {}): string {
  try {
    return buildTree(tree, options).yaml();
  } catch (thrown) {
    if (thrown instanceof KustomizeError) return thrown.message;
    throw thrown;
  }
}

/** A kustomization over one file of resources. */
export function over(resources: string, kustomization: string): Tree {
  return { "r.yaml": resources, "kustomization.yaml": `resources: [r.yaml]\n${kustomization}` };
}
