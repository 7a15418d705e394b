import type { IncomingMessage, ServerResponse } from "node:http";
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { Certificate } from "@sluice/x509";
import { authenticate } from "../auth/authenticate.ts";
import { attributesOf, impersonated, requireAllowed } from "../auth/request.ts";
import { ANONYMOUS } from "../auth/user.ts";
import { badRequest, isApiError } from "../errors.ts";
import type { World } from "../world.ts";
import type { Exchange } from "./exchange.ts";
import type { Faults } from "./faults.ts";
import { parsePath, verbOf } from "./path.ts";
import { sendError } from "./respond.ts";
import { route } from "./route.ts";

export type ServerOptions = {
  host: string;
  port: number;
  faults: Faults;
  /** PEM of the server */
  certificate: Certificate;
  /** told of each request: "patch deployments/status" */
  count: (what: string) => void;
};

/** Lists of many large objects are on their way at once; Node refuses streams from 10 MB on unless told otherwise. */
const SESSION_MEMORY_MB = 1024;

/** Starts to listen for HTTP/1.1 and HTTP/2 over TLS. Resolves with the port once connections are accepted. */
export async function listen(
  world: World,
  options: ServerOptions,
): Promise<{ port: number; close: () => Promise<void> }> {
  const closing = new AbortController();
  const sockets = new Set<Socket>();
  const server = createSecureServer(
    { allowHTTP1: true, maxSessionMemory: SESSION_MEMORY_MB, ...options.certificate },
    (req: Http2ServerRequest, res: Http2ServerResponse) => {
      // Node gives those of HTTP/2 the interface of the others, as far as is used here
      const [asked, answer] = [req as unknown as IncomingMessage, res as unknown as ServerResponse];
      void handle(world, options, asked, answer, closing.signal);
    },
  );
  // of HTTP/1.1
  Object.assign(server, { keepAliveTimeout: 60_000, requestTimeout: 0 });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  const close = async () => {
    closing.abort();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  };
  return { port: (server.address() as AddressInfo).port, close };
}

async function handle(
  world: World,
  options: ServerOptions,
  req: IncomingMessage,
  res: ServerResponse,
  closing: AbortSignal,
): Promise<void> {
  const exchange = exchangeOf(world, req, res, closing);
  try {
    exchange.user = authenticate(world, req.headers.authorization);
    if (exchange.path === undefined && exchange.pathname.includes("%")) parsePath(exchange.pathname);
    options.count(nameOfRequest(exchange));
    authorize(exchange);
    if (await options.faults.meet(exchange)) return;
    await route(exchange);
  } catch (thrown) {
    if (res.destroyed) return;
    sendError(
      exchange,
      thrown instanceof URIError ? badRequest("the path is not percent-encoded properly") : thrown,
    );
  }
}

function exchangeOf(world: World, req: IncomingMessage, res: ServerResponse, closing: AbortSignal): Exchange {
  const url = req.url ?? "/";
  const mark = url.indexOf("?");
  const pathname = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
  const method = req.method ?? "GET";
  const path = parsed(pathname);
  return {
    world,
    req,
    res,
    method,
    host: String(req.headers[":authority"] ?? req.headers.host ?? ""),
    pathname,
    query,
    path,
    verb: path?.plural ? verbOf(method, path, isTrue(query.get("watch"))) : method.toLowerCase(),
    user: ANONYMOUS,
    signal: closing,
  };
}

function parsed(pathname: string) {
  try {
    return parsePath(pathname);
  } catch {
    return undefined;
  }
}

/** Query flags as Go reads them. */
export function isTrue(value: string | null): boolean {
  return value !== null && !["", "0", "false", "f", "F", "False", "FALSE"].includes(value);
}

/** How a request is counted: "list configmaps", "patch deployments/status", "get /version". */
function nameOfRequest({ path, verb, pathname, method }: Exchange): string {
  if (!path?.plural) return `${method.toLowerCase()} ${pathname}`;
  return `${verb} ${path.plural}${path.subresource ? `/${path.subresource}` : ""}`;
}

/** Settles as whom the request acts, and throws the 403 unless that user may. */
function authorize(exchange: Exchange): void {
  try {
    exchange.user = impersonated(exchange);
    requireAllowed(exchange, exchange.user, attributesOf(exchange));
  } catch (thrown) {
    if (isApiError(thrown)) exchange.res.setHeader("X-Content-Type-Options", "nosniff");
    throw thrown;
  }
}
