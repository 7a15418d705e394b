/** Programs that tests build or fetch on first use, and keep outside the repository. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { access, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** A command's output may be so long. */
const MAX_OUTPUT = 1 << 26;
const run = promisify(execFile);

/** Where programs and what belongs to them lie: `$XDG_CACHE_HOME/sluice/<name>`. */
export function cacheOf(name: string, env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "sluice", name);
}

/** A short digest of files and of what else decides what is built. */
export async function recipeOf(files: readonly string[], settings: unknown): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(settings));
  for (const file of files) hash.update(await readFile(file));
  return hash.digest("hex").slice(0, 8);
}

/**
 * The directory `name` under `root`, made by `make` unless it is there. It appears whole or not at all, also when two
 * processes make it at once.
 */
export async function once(
  root: string,
  name: string,
  make: (dir: string) => Promise<void>,
): Promise<string> {
  const final = join(root, name);
  if (await exists(final)) return final;
  await mkdir(root, { recursive: true });
  const dir = await mkdtemp(join(root, `.${name}-`));
  try {
    await make(dir);
    await rename(dir, final).catch(async (thrown) => {
      if (!(await exists(final))) throw thrown; // else another process was faster
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  return final;
}

/** Runs a command of Go in the module at `cwd`. @returns its output; @throws with the end of what it said */
export async function go(
  cwd: string,
  program: string,
  args: string[],
  doing: string,
  timeout: number,
): Promise<string> {
  // The module's own go.mod and go.sum decide, not a workspace or flags of the user.
  const env = { ...process.env, GOWORK: "off", CGO_ENABLED: "0" };
  return run(program, args, { cwd, env, timeout, maxBuffer: MAX_OUTPUT }).then(
    ({ stdout }) => stdout,
    (thrown) => {
      const said = String(thrown.stderr ?? "")
        .trimEnd()
        .split("\n")
        .slice(-20)
        .join("\n");
      throw new Error(`${doing} failed: ${said || thrown.message}`, { cause: thrown });
    },
  );
}

/** The path of a program that the user has. */
export function onPath(name: string): string | undefined {
  for (const dir of (process.env.PATH ?? "").split(delimiter)) {
    try {
      accessSync(join(dir, name), constants.X_OK);
      return join(dir, name);
    } catch {
      // not here
    }
  }
  return undefined;
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
