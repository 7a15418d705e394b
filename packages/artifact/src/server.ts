import { createReadStream } from "node:fs";
import { type FileHandle, realpath } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { createDigestCache, type DigestCache } from "./digest-cache.ts";
import { isNotThere, openRegularFile } from "./disk.ts";
import { systemCodeOf } from "./errors.ts";
import { limits } from "./limits.ts";
import { isArtifactPath } from "./paths.ts";
import { type Answer, answerOf } from "./server-answer.ts";
import type { Store } from "./store.ts";

export type ServeOptions = {
  host: string;
  /** 0 takes any free one. */
  port: number;
  /** Is told why a request was answered 500 or broken off; clients that go away are none of its business. */
  onError?: (error: unknown) => void;
};

/** What a response throws when its client has gone. */
const leftBy = ["ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET", "EPIPE", "ERR_STREAM_UNABLE_TO_PIPE"];

export type ArtifactServer = {
  url: string;
  port: number;
  /** Stops listening and waits for downloads in progress, five seconds at most. */
  close(): Promise<void>;
};

/**
 * Serves the artifacts of a store (or of a directory laid out like one) over HTTP: GET and HEAD of
 * `/<kind>/<namespace>/<name>/<file>`, with an ETag that is the file's digest, conditional requests and single byte
 * ranges. The root answers 200, for probes. Everything else does not exist: other paths, directories, hidden files, symlinks that lead out.
 *
 * A download goes on undisturbed when its file is replaced or deleted meanwhile.
 */
export async function serveStore(
  store: Store | string,
  { host, port, onError = () => {} }: ServeOptions,
): Promise<ArtifactServer> {
  const root = await realpath(typeof store === "string" ? store : store.root);
  const digests = typeof store === "string" ? createDigestCache(Date.now) : store.digests;
  const server = createServer(
    {
      maxHeaderSize: limits.maxRequestHeaderBytes,
      headersTimeout: limits.requestMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.socketIdleMs,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      serve(root, digests, request, response).catch((thrown) => {
        giveUp(response);
        if (!leftBy.includes(systemCodeOf(thrown))) onError(thrown);
      });
    },
  );
  server.maxConnections = limits.maxConnections;
  server.setTimeout(limits.socketIdleMs);
  await new Promise<void>((done, fail) => server.once("error", fail).listen(port, host, done));
  server.on("error", onError);
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return { url: `http://${name}:${address.port}`, port: address.port, close: () => closeGently(server) };
}

async function closeGently(server: Server): Promise<void> {
  const closed = new Promise<void>((done) => server.close(() => done()));
  server.closeIdleConnections();
  const deadline = setTimeout(() => server.closeAllConnections(), limits.drainMs);
  await closed;
  clearTimeout(deadline);
}

/** A reader must be able to tell half a file from a whole one: break the connection rather than end the answer. */
function giveUp(response: ServerResponse): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(500, { "content-type": "text/plain" }).end("internal error\n");
}

async function serve(
  root: string,
  digests: DigestCache,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return say(response, 405, { allow: "GET, HEAD" });
  }
  // Flux's readiness probe of source-controller asks for the root; there is nothing to list.
  if (request.url === "/") return say(response, 200);
  const path = pathOf(request.url ?? "");
  const handle = path === undefined ? undefined : await openInside(root, path);
  if (handle === undefined) return say(response, 404);
  try {
    const { mtime } = await handle.stat();
    const fingerprint = await digests.fingerprint(handle);
    const answer = answerOf(request.headers, { ...fingerprint, modified: mtime, path: path ?? "" });
    if (answer.status >= 400) return say(response, answer.status, answer.headers);
    response.writeHead(answer.status, answer.headers);
    if (request.method === "HEAD" || answer.body === undefined) {
      response.end();
      return;
    }
    const { start, end } = answer.body;
    await pipeline(
      createReadStream("", { fd: handle, start, end, autoClose: false, highWaterMark: 256 * 1024 }),
      response,
    );
  } finally {
    await handle.close();
  }
}

/** Answers with nothing but the status, as text too. */
function say(response: ServerResponse, status: Answer["status"], headers: Answer["headers"] = {}): void {
  const body = `${status}\n`;
  response.writeHead(status, { "content-type": "text/plain", "content-length": body.length, ...headers });
  response.end(body);
}

/** The artifact's path that a request target names, decoded once; undefined if it is not one of a store's. */
function pathOf(target: string): string | undefined {
  const raw = target.split("?", 1)[0]!;
  if (!raw.startsWith("/")) return undefined;
  try {
    const path = decodeURIComponent(raw.slice(1));
    return isArtifactPath(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Opens a regular file of `root`. A symlink is followed only as far as it stays inside: `latest.tar.gz` is one. */
async function openInside(root: string, path: string): Promise<FileHandle | undefined> {
  try {
    const real = await realpath(join(root, path));
    return real.startsWith(join(root, sep)) ? await openRegularFile(real) : undefined;
  } catch (thrown) {
    if (isNotThere(thrown)) return undefined;
    throw thrown;
  }
}
