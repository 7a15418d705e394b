import { type ChildProcess, spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { gitConfig, gitEnvironment } from "./run.ts";

/** One request for `git http-backend`: which git directory, what of it, and on whose behalf. */
type BackendRequest = {
  dir: string;
  /** `/info/refs`, `/git-upload-pack` or `/git-receive-pack`. */
  service: string;
  query: string;
  user: string;
  writable: boolean;
};

/** Runs `git http-backend` for one request, streaming both ways, and returns the process so that it can be ended. */
export function runBackend(
  wanted: BackendRequest,
  request: IncomingMessage,
  response: ServerResponse,
  sent: (bytes: number) => void,
): ChildProcess {
  const child = spawn("git", ["http-backend"], { env: environment(wanted, request) });
  // the client went away: its next reads and writes say so, nobody is waiting for an answer
  child.stdin.on("error", () => {});
  response.on("error", () => {});
  response.on("close", () => child.kill());
  request.pipe(child.stdin);
  let head = Buffer.alloc(0);
  let inBody = false;
  child.stdout.on("data", (chunk: Buffer) => {
    if (inBody) return write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    inBody = true;
    response.writeHead(...parseHead(head.subarray(0, end).toString("latin1")));
    write(head.subarray(end + 4));
  });
  child.stdout.on("end", () => {
    if (!inBody) response.writeHead(500);
    response.end();
  });
  child.on("error", () => response.destroy());
  return child;

  function write(chunk: Buffer): void {
    sent(chunk.length);
    if (response.write(chunk)) return;
    child.stdout.pause();
    response.once("drain", () => child.stdout.resume());
  }
}

function environment(wanted: BackendRequest, request: IncomingMessage): Record<string, string> {
  const { headers } = request;
  return gitEnvironment({
    ...gitConfig({
      "safe.directory": "*",
      "http.receivepack": String(wanted.writable),
      "uploadpack.allowFilter": "true",
      "uploadpack.allowAnySHA1InWant": "true",
    }),
    GIT_HTTP_EXPORT_ALL: "1",
    GIT_PROTOCOL: String(headers["git-protocol"] ?? ""),
    PATH_TRANSLATED: wanted.dir + wanted.service,
    PATH_INFO: wanted.service,
    REQUEST_METHOD: request.method ?? "GET",
    QUERY_STRING: wanted.query,
    REMOTE_USER: wanted.user,
    REMOTE_ADDR: "127.0.0.1",
    CONTENT_TYPE: headers["content-type"] ?? "",
    HTTP_CONTENT_ENCODING: headers["content-encoding"] ?? "",
    ...(headers["content-length"] ? { CONTENT_LENGTH: headers["content-length"] } : {}),
  });
}

/** Turns a CGI header block into the arguments of `writeHead`. */
function parseHead(block: string): [number, Record<string, string>] {
  const headers: Record<string, string> = {};
  let status = 200;
  for (const line of block.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else headers[name] = value;
  }
  return [status, headers];
}
