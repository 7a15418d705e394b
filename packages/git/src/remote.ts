import { explain } from "./explain.ts";
import { type Listing, parseListing } from "./refs.ts";
import { type GitFailure, isGitFailure, runGit } from "./run.ts";
import { type Environment, openSession } from "./session.ts";
import type { Credentials } from "./types.ts";
import type { Remote } from "./url.ts";

/** A remote and the right to talk to it. `parent` is the private directory that sessions are opened in. */
export type Access = { remote: Remote; credentials: Credentials; parent: string; environment: Environment };

/**
 * Runs git against the remote in a session of its own and returns its output. Throws what users should read. When the
 * server redirects, asks again in the way that sends a password to the remote's own host only.
 */
export async function askRemote(
  access: Access,
  args: string[],
  run: { cwd: string; env?: Record<string, string>; signal: AbortSignal },
): Promise<string> {
  const { remote, credentials, parent, environment } = access;
  const attempt = async (redirects: boolean) => {
    const session = await openSession(parent, remote, credentials, environment, { redirects });
    try {
      return await runGit(args, { ...run, env: { ...session.env, ...run.env } });
    } finally {
      await session.close();
    }
  };
  try {
    return await attempt(false).catch((error) => {
      if (isGitFailure(error) && isRedirect(error) && !credentials.bearerToken) return attempt(true);
      throw error;
    });
  } catch (error) {
    throw isGitFailure(error) ? explain(error, access) : error;
  }
}

/** Asks the remote for its refs; `options` narrow them down. */
export async function listRemote(access: Access, options: string[], signal: AbortSignal): Promise<Listing> {
  const args = ["ls-remote", ...options, "--", access.remote.href];
  return parseListing(await askRemote(access, args, { cwd: access.parent, signal }));
}

function isRedirect({ stderr }: GitFailure): boolean {
  return /returned error: 30[1278]/.test(stderr);
}
