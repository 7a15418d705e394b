// Shared by the tests of this folder.
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { after as afterHook } from "node:test";
import { openMirrors } from "./mirrors.ts";
import type { CheckedOut, Credentials, Limits, Mirrors, Ref, Resolved } from "./types.ts";

type Kit = {
  dir: string;
  mirrors: Mirrors;
  /** Mirrors of their own, as of another process. */
  open(options?: { limits?: Partial<Limits>; at?: string }): Mirrors;
  resolve(url: string, ref?: Ref, credentials?: Credentials): Promise<Resolved>;
  /** Resolves and checks out into a new directory. */
  checkout(
    url: string,
    ref: Ref,
    options?: CheckoutOptions,
  ): Promise<CheckedOut & { dir: string; tree: Record<string, string> }>;
  newDir(): string;
};

type CheckoutOptions = {
  mirrors?: Mirrors;
  credentials?: Credentials;
  sparse?: string[];
  submodules?: boolean;
  resolved?: Resolved;
};

/** Mirrors in a temporary directory, which goes away after the suite. */
export function kit(after: typeof afterHook): Kit {
  const dir = mkdtempSync(join(tmpdir(), "sluice-git-"));
  after(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 })); // a git that was stopped may still write
  const newDir = () => mkdtempSync(join(dir, "out-"));
  const open: Kit["open"] = ({ limits, at } = {}) =>
    openMirrors(at ?? mkdtempSync(join(dir, "mirrors-")), { limits });
  const mirrors = open({ at: join(dir, "mirrors") });
  return {
    dir,
    mirrors,
    open,
    newDir,
    resolve: (url, ref = { branch: "main" }, credentials = {}) =>
      mirrors.resolve(url, ref, credentials, soon()),
    async checkout(url, ref, options = {}) {
      const { credentials = {}, sparse, submodules } = options;
      const used = options.mirrors ?? mirrors;
      const resolved = options.resolved ?? (await used.resolve(url, ref, credentials, soon()));
      const target = newDir();
      const out = await used.checkout({
        url,
        ref,
        resolved,
        credentials,
        sparse,
        submodules,
        dir: target,
        signal: soon(),
      });
      return { ...out, dir: target, tree: treeOf(target) };
    },
  };
}

/** A signal that keeps a hanging test from hanging forever. */
export function soon(): AbortSignal {
  return AbortSignal.timeout(120_000);
}

/** Everything under a directory: path → content; links as `-> target`, executables with a leading `#`, empty directories as "". */
export function treeOf(dir: string, prefix = ""): Record<string, string> {
  const tree: Record<string, string> = {};
  // not readdir's "recursive", which walks through links
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    const name = prefix + entry.name;
    if (entry.isSymbolicLink()) tree[name] = `-> ${readlinkSync(path)}`;
    else if (entry.isFile())
      tree[name] = (statSync(path).mode & 0o100 ? "#" : "") + readFileSync(path, "utf8");
    else if (readdirSync(path).length === 0) tree[`${name}/`] = "";
    else Object.assign(tree, treeOf(path, `${name}/`));
  }
  return tree;
}
