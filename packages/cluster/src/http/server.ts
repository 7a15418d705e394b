import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { apiError, badRequest } from "../errors.ts";
import type { World } from "../world.ts";
import type { Exchange } from "./exchange.ts";
import type { Faults } from "./faults.ts";
import { parsePath, verbOf } from "./path.ts";
import { sendError } from "./respond.ts";
import { route } from "./route.ts";

export type ServerOptions = {
  host: string;
  port: number;
  token?: string | undefined;
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
  const exchange = exchangeOf(world, req, res, closing);
  try {
    authenticate(req, options.token);
    if (exchange.path === undefined && exchange.pathname.includes("%")) parsePath(exchange.pathname);
    options.count(nameOfRequest(exchange));
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
    pathname,
    query,
    path,
    verb: path?.plural ? verbOf(method, path, isTrue(query.get("watch"))) : method.toLowerCase(),
    user: userOf(req),
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

function userOf({ headers }: IncomingMessage): Exchange["user"] {
  const username = headers["impersonate-user"];
  if (typeof username !== "string" || username === "")
    return { username: "sluice-admin", groups: ["system:masters", "system:authenticated"] };
  const groups = headers["impersonate-group"];
  const list = Array.isArray(groups) ? groups : groups ? groups.split(",").map((group) => group.trim()) : [];
  return { username, groups: [...list, "system:authenticated"] };
}

/** Compares digests, so that the time it takes tells nothing about the token. */
function authenticate({ headers }: IncomingMessage, token: string | undefined): void {
  if (token === undefined) return;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  if (timingSafeEqual(digest(headers.authorization ?? ""), digest(`Bearer ${token}`))) return;
  throw apiError(401, "Unauthorized", "Unauthorized");
}
