import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request that waits for its answer; tests only. */
export type Exchange = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: string;
  /** Answers with JSON, or with `body` as it is when it is a string. */
  reply(status: number, body: unknown, headers?: Record<string, string>): void;
  /** Answers 200 and keeps the body open, as a watch does. */
  open(): Stream;
  /** Breaks the connection without an answer. */
  cut(): void;
};

export type Stream = {
  send(type: string, object: unknown): void;
  raw(text: string): void;
  end(): void;
  cut(): void;
  /** Resolves when the client has gone. */
  gone: Promise<void>;
};

export type ScriptedServer = {
  url: string;
  kubeconfig: string;
  /** The next request, in the order of arrival; waits for it, at most a minute. */
  next(): Promise<Exchange>;
  /** Requests that nobody has taken yet. */
  pending(): number;
  connections(): number;
  close(): Promise<void>;
};

/** An API server whose every answer is written in the test. */
export async function scriptedServer(user: Record<string, unknown> = {}): Promise<ScriptedServer> {
  const arrived: Exchange[] = [];
  const waiting: ((exchange: Exchange) => void)[] = [];
  const sockets = new Set<unknown>();
  const server = createServer(async (request, response) => {
    sockets.add(request.socket);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const exchange = exchangeOf(request, response, Buffer.concat(chunks).toString("utf8"));
    const taker = waiting.shift();
    if (taker) taker(exchange);
    else arrived.push(exchange);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    kubeconfig: kubeconfigFor(url, user),
    pending: () => arrived.length,
    connections: () => sockets.size,
    next() {
      const first = arrived.shift();
      if (first) return Promise.resolve(first);
      const { promise, resolve, reject } = Promise.withResolvers<Exchange>();
      const timer = setTimeout(() => reject(new Error("no request came within a minute")), 60_000);
      waiting.push((exchange) => {
        clearTimeout(timer);
        resolve(exchange);
      });
      return promise;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A kubeconfig for one server; JSON is YAML. */
export function kubeconfigFor(
  server: string,
  user: Record<string, unknown> = {},
  cluster: object = {},
): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server, ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}

function exchangeOf(request: IncomingMessage, response: ServerResponse, body: string): Exchange {
  const url = new URL(request.url ?? "/", "http://scripted");
  const json = { "content-type": "application/json" };
  return {
    method: request.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body,
    reply(status, answer, headers = {}) {
      response.writeHead(status, { ...json, ...headers });
      response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
    },
    open() {
      response.writeHead(200, json);
      response.flushHeaders();
      const gone = new Promise<void>((resolve) => response.once("close", resolve));
      return {
        send: (type, object) => void response.write(`${JSON.stringify({ type, object })}\n`),
        raw: (text) => void response.write(text),
        end: () => void response.end(),
        cut: () => void request.socket.destroy(),
        gone,
      };
    },
    cut: () => void request.socket.destroy(),
  };
}
