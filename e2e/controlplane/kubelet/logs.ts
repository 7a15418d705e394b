import { open, readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { Kubelet } from "./kubelet.ts";

const pollMs = 100;

/** Serves `kubectl logs`, with --follow, --tail and --previous: GET /containerLogs/NAMESPACE/POD/CONTAINER. */
export function serveLogs(
  kubelet: Pick<Kubelet, "logOf">,
  listen: { host: string; port: number },
  tls: { cert: string; key: string },
): Server {
  const server = createServer(tls, (request, response) => {
    void answer(kubelet, request, response).catch((thrown) => {
      if (!response.headersSent) response.statusCode = 500;
      response.end(`${(thrown as Error).message}\n`);
    });
  });
  return server.listen(listen);
}

async function answer(kubelet: Pick<Kubelet, "logOf">, request: IncomingMessage, response: ServerResponse) {
  const { pathname, searchParams } = new URL(request.url!, "https://kubelet");
  if (!pathname.startsWith("/containerLogs/")) {
    response.writeHead(501).end("the process kubelet serves logs only: no exec, attach or port-forward\n");
    return;
  }
  const match = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(pathname);
  const file =
    match && kubelet.logOf(match[1]!, match[2]!, match[3]!, searchParams.get("previous") === "true");
  if (!file) {
    response.writeHead(404).end("there is no such log here\n");
    return;
  }
  for (const option of ["timestamps", "sinceSeconds", "sinceTime", "limitBytes"]) {
    if (!searchParams.has(option) || searchParams.get(option) === "false") continue;
    response.writeHead(400).end(`the option ${option} of logs is not supported by the process kubelet\n`);
    return;
  }
  response.writeHead(200, { "content-type": "text/plain" });
  const text = await readFile(file).catch(() => Buffer.alloc(0));
  response.write(lastLines(text, searchParams.get("tailLines")));
  if (searchParams.get("follow") === "true") await follow(file, text.length, request, response);
  response.end();
}

/** The last so many lines; all without a number. */
export function lastLines(text: Buffer, count: string | null): Buffer {
  let left = count === null ? Number.POSITIVE_INFINITY : Number(count);
  if (left === 0) return Buffer.alloc(0);
  let at = text.length - 1; // the end of the last line is none between two
  while (at > 0) {
    at = text.lastIndexOf(10, at - 1);
    if (at < 0 || --left === 0) break;
  }
  return left === 0 ? text.subarray(at + 1) : text;
}

async function follow(file: string, from: number, request: IncomingMessage, response: ServerResponse) {
  const handle = await open(file).catch(() => undefined);
  const chunk = Buffer.alloc(64 * 1024);
  let at = from;
  let open_ = true;
  request.socket.once("close", () => (open_ = false));
  while (open_ && handle) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
    at += bytesRead;
    if (bytesRead > 0) response.write(Buffer.from(chunk.subarray(0, bytesRead)));
    else await sleep(pollMs);
  }
  await handle?.close();
}
