import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";

/** A small server of plain texts. */
export type TextServer = { address: string; close(): Promise<void> };

/** What a path answers. */
export type TextRoutes = Record<string, () => Promise<TextAnswer> | TextAnswer>;
export type TextAnswer = { status: number; type?: string; body: string };

/**
 * Listens on a Go-style address: ":8080", "127.0.0.1:0", "[::1]:8080".
 * @throws when the address is taken or not an address
 */
export async function serveTexts(address: string, routes: TextRoutes): Promise<TextServer> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    void answer(routes, request, response);
  });
  await listen(server, address);
  const { address: host, port, family } = server.address() as AddressInfo;
  return {
    address: family === "IPv6" ? `[${host}]:${port}` : `${host}:${port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** `/metrics` in Prometheus's text form. */
export function metricsRoutes(registry: Registry): TextRoutes {
  return {
    "/metrics": async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() }),
  };
}

/** `/healthz`, and `/readyz` which is 200 while `ready()`. */
export function probeRoutes(ready: () => boolean): TextRoutes {
  const ok = { status: 200, body: "ok" };
  return {
    "/healthz": () => ok,
    "/readyz": () => (ready() ? ok : { status: 503, body: "the caches have not been filled yet" }),
  };
}

/** Splits a Go-style address. @throws when it is none */
export function parseAddress(address: string): { host?: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (!match || port > 65_535)
    throw new Error(`"${address}" is not an address; write it like :8080 or 127.0.0.1:8080`);
  return { host: match[1] ?? (match[2] || undefined), port };
}

async function listen(server: Server, address: string): Promise<void> {
  const { host, port } = parseAddress(address);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(new Error(`cannot listen on ${address}: ${error.message}`, { cause: error })),
    );
    server.listen({ host, port }, resolve);
  });
}

async function answer(routes: TextRoutes, { url = "/", method }: IncomingMessage, response: ServerResponse) {
  const path = url.replace(/[?#].*$/, "").replace(/(.)\/$/, "$1");
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  try {
    if (!route || (method !== "GET" && method !== "HEAD"))
      return send(response, { status: route ? 405 : 404, body: "" });
    send(response, await route());
  } catch {
    send(response, { status: 500, body: "internal error" });
  }
}

function send(response: ServerResponse, { status, type = "text/plain; charset=utf-8", body }: TextAnswer) {
  response.writeHead(status, { "content-type": type, "x-content-type-options": "nosniff" }).end(body);
}
