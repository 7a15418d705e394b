import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
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
  /** told of each request: "patch deployments/status" */
  count: (what: string) => void;
};

/** Starts listening. Resolves with the server and its port once connections are accepted. */
export async function listen(
  world: World,
  options: ServerOptions,
): Promise<{ server: Server; port: number; close: () => Promise<void> }> {
  const closing = new AbortController();
  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (req, res) => {
    void handle(world, options, req, res, closing.signal);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  const close = async () => {
    closing.abort();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  };
  return { server, port: (server.address() as AddressInfo).port, close };
}

async function handle(
  world: World,
  options: ServerOptions,
  req: IncomingMessage,
  res: ServerResponse,
  closing: AbortSignal,
): Promise<void> {
  const token = takePathToken(req);
  const exchange = exchangeOf(world, req, res, closing);
  try {
    exchange.user = authenticate(world, req.headers.authorization || (token && `Bearer ${token}`));
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

/**
 * Takes the token out of /token/TOKEN/…, for kubeconfigs: clients of Go's library send no token over a connection without TLS,
 * whatever the kubeconfig says, but they keep the path of its server.
 */
function takePathToken(req: IncomingMessage): string | undefined {
  const match = /^\/token\/([^/?]+)(.*)$/.exec(req.url ?? "");
  if (!match) return undefined;
  req.url = match[2]!.startsWith("/") ? match[2]! : `/${match[2]}`;
  return match[1];
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
