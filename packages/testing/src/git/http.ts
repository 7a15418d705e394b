import type { IncomingMessage, ServerResponse } from "node:http";
import { type Fault, type Faults, faults, listen, type TlsOptions } from "../listen.ts";
import { runBackend } from "./cgi.ts";
import { openRepos, type Repos } from "./repos.ts";

export type GitServerOptions = {
  /** Where created repositories live; a temporary directory unless given. */
  root?: string;
  /** Repositories of another server, to serve the same ones over a second protocol. */
  repos?: Repos;
  /** What every request has to carry. */
  auth?: { username: string; password: string } | { bearer: string };
  tls?: TlsOptions;
};

/** What the server was asked for since it started or since `resetStats`. */
export type GitStats = {
  /** Requests of any kind, refused ones included. */
  requests: number;
  /** Capability advertisements: every conversation starts with one. */
  advertisements: number;
  /** Listings of refs (protocol version 2). */
  listings: number;
  /** Requests that negotiate or carry a pack. */
  fetches: number;
  pushes: number;
  /** Answered 401. */
  denied: number;
  /** Bytes of all answered bodies. */
  bytesOut: number;
};

export type GitServer = {
  /** The base address: `http://127.0.0.1:<port>` or https. */
  readonly address: string;
  readonly repos: Repos;
  url(repo: string): string;
  createRepo: Repos["create"];
  commit: Repos["commit"];
  tag: Repos["tag"];
  git: Repos["git"];
  /** Serves an existing repository under `name`, read-only. */
  serve: Repos["serve"];
  stats(): GitStats;
  resetStats(): void;
  /** The requests received so far that carried an `Authorization` header: path and that header. */
  authorizations(): { path: string; value: string }[];
  inject: Faults["inject"];
  close(): Promise<void>;
};

export type { Fault };

const SERVICE = /^\/(.+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/;

/** Starts a real smart-HTTP git server: `git http-backend` behind node:http(s), protocol version 2, partial clones allowed. */
export async function startGitServer(options: GitServerOptions = {}): Promise<GitServer> {
  const repos = options.repos ?? (await openRepos(options));
  const fault = faults();
  let stats = emptyStats();
  const authorizations: { path: string; value: string }[] = [];

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    stats.requests += 1;
    const { pathname, search } = new URL(request.url ?? "/", "http://localhost");
    const authorization = request.headers.authorization;
    if (authorization) authorizations.push({ path: pathname, value: authorization });
    if (fault.strike(request, response)) return;
    if (!allowed(options.auth, authorization)) {
      stats.denied += 1;
      return refuse(response, 401, { "WWW-Authenticate": 'Basic realm="git"' });
    }
    const [, name = "", service = ""] = SERVICE.exec(decodeURIComponent(pathname)) ?? [];
    const repo = repos.dirOf(name);
    if (!repo) return refuse(response, 404);
    count(stats, request, service);
    const user = options.auth && "username" in options.auth ? options.auth.username : "git";
    const wanted = { ...repo, service, query: search.slice(1), user };
    const child = runBackend(wanted, request, response, (bytes) => {
      stats.bytesOut += bytes;
    });
    children.add(child);
    child.on("close", () => children.delete(child));
  };

  const children = new Set<ReturnType<typeof runBackend>>();
  const server = await listen(answer, options);
  return {
    address: server.address,
    repos,
    url: (repo) => `${server.address}/${repo.replace(/\.git$/, "")}.git`,
    createRepo: repos.create,
    commit: repos.commit,
    tag: repos.tag,
    git: repos.git,
    serve: repos.serve,
    stats: () => ({ ...stats }),
    resetStats: () => {
      stats = emptyStats();
    },
    authorizations: () => [...authorizations],
    inject: fault.inject,
    async close() {
      await server.close();
      for (const child of children) child.kill("SIGKILL");
      if (!options.repos) await repos.close();
    },
  };
}

function allowed(auth: GitServerOptions["auth"], header: string | undefined): boolean {
  if (!auth) return true;
  if ("bearer" in auth) return header === `Bearer ${auth.bearer}`;
  return header === `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString("base64")}`;
}

function refuse(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end();
}

function emptyStats(): GitStats {
  return { requests: 0, advertisements: 0, listings: 0, fetches: 0, pushes: 0, denied: 0, bytesOut: 0 };
}

/** Counts by service. A version 2 request names its command in its first line; a compressed one is too long for a listing. */
function count(stats: GitStats, request: IncomingMessage, service: string): void {
  if (service === "/info/refs") stats.advertisements += 1;
  else if (service === "/git-receive-pack") stats.pushes += 1;
  else if (request.headers["content-encoding"]) stats.fetches += 1;
  else {
    request.once("data", (chunk: Buffer) => {
      if (chunk.subarray(4, 24).toString().startsWith("command=ls-refs")) stats.listings += 1;
      else stats.fetches += 1;
    });
  }
}
