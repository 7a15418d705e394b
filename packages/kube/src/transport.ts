import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { checkServerIdentity as checkIdentity } from "node:tls";
import type { KubeConfig } from "@kubernetes/client-node";
import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from "undici";
import { type Clock, pause } from "./clock.ts";
import { type Credentials, credentialsOf } from "./credentials.ts";
import { answerError, apiError, noAnswer, type Subject } from "./errors.ts";
import { formatJson, parseJson } from "./json.ts";

export type Request = {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query. */
  path: string;
  headers?: Record<string, string | string[]>;
  /** Sent as JSON. */
  body?: unknown;
  signal?: AbortSignal;
  /** Whether sending it twice does no harm beyond sending it once. */
  repeatable?: boolean;
};

export type Answer = {
  body: unknown;
  headers: Record<string, string | string[] | undefined>;
  elapsedMs: number;
};

/** One API server: pooled connections, credentials, retries. */
export type Transport = {
  readonly host: string;
  /** @throws {ApiError} unless the answer is 2xx. */
  send(request: Request): Promise<Answer>;
  /** Like `send`, but gives the body as it arrives; the reader ends it by leaving the loop or by `signal`. */
  stream(request: Request): Promise<AsyncIterable<Uint8Array>>;
  close(): Promise<void>;
};

export type TransportOptions = {
  config: KubeConfig;
  userAgent: string;
  /** Requests per second; undefined: as many as are asked. */
  qps?: number;
  clock: Clock;
  /** Sees every answer: its code ("<error>" without one), method and host. */
  metrics?: (code: string, method: string, host: string) => void;
};

// client-go gives up after ten answers that ask for patience (rest/request.go).
const mostTries = 10;
const longestWaitMs = 30_000;
const lostConnections = 2;
const connections = 32;
const connectTimeoutMs = 10_000;
// Longer than the server's own bound of 60 s, so that its answer is the one that is seen.
const answerTimeoutMs = 65_000;
const bodyTimeoutMs = 30_000;
const largestBody = 256 * 1024 * 1024;

/** A transport for the current context of `config`. Sends nothing yet. */
export function createTransport({ config, userAgent, qps, clock, metrics }: TransportOptions): Transport {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error("kubeconfig: no current cluster");
  const base = new URL(cluster.server);
  const pools = createPools(base, cluster.proxyUrl);
  const credentials = credentialsOf(config, clock.now);
  const turn = limiter(qps, clock);
  const host = base.host;
  const prefix = base.pathname.replace(/\/$/, "");

  const once = async (request: Request, use: "calls" | "watches"): Promise<Dispatcher.ResponseData> => {
    const { headers, tls } = await credentials.get();
    const body = request.body === undefined ? undefined : formatJson(request.body);
    const common = { "user-agent": userAgent, accept: "application/json" };
    const typed = body === undefined ? {} : { "content-type": "application/json" };
    const answer = await pools.of(tls)[use].request({
      origin: base.origin,
      path: prefix + request.path,
      method: request.method,
      headers: { ...common, ...typed, ...headers, ...request.headers },
      body,
      signal: request.signal,
      headersTimeout: answerTimeoutMs,
      bodyTimeout: use === "watches" ? 0 : bodyTimeoutMs,
    });
    metrics?.(String(answer.statusCode), request.method, host);
    return answer;
  };

  /** Sends until an answer is final; returns a 2xx answer with its body still unread. */
  const deliver = async (request: Request, use: "calls" | "watches"): Promise<Dispatcher.ResponseData> => {
    const subject: Subject = { method: request.method, path: request.path.split("?")[0]!, host };
    let lost = 0;
    for (let tried = 1; ; tried++) {
      request.signal?.throwIfAborted();
      await turn(request.signal);
      let answer: Dispatcher.ResponseData;
      try {
        answer = await once(request, use);
      } catch (thrown) {
        request.signal?.throwIfAborted();
        metrics?.("<error>", request.method, host);
        if (!request.repeatable || !wasCut(thrown) || ++lost > lostConnections)
          throw noAnswer(subject, thrown);
        continue;
      }
      if (answer.statusCode < 300) return answer;
      const retryAfterMs = retryAfterOf(answer);
      const body = await readBody(answer, subject).catch(() => undefined);
      request.signal?.throwIfAborted();
      if (answer.statusCode === 401 && credentials.renew()) continue;
      if (retryAfterMs === undefined || tried >= mostTries || retryAfterMs > longestWaitMs) {
        throw answerError(answer.statusCode, body, subject, { sent: request.body, retryAfterMs });
      }
      await pause(clock, retryAfterMs, request.signal);
    }
  };

  return {
    host,
    async send(request) {
      const began = clock.now();
      const answer = await deliver(request, "calls");
      const subject: Subject = { method: request.method, path: request.path.split("?")[0]!, host };
      try {
        const body = await readBody(answer, subject);
        return { body, headers: answer.headers, elapsedMs: clock.now() - began };
      } catch (thrown) {
        request.signal?.throwIfAborted();
        throw (thrown as Error).name === "ApiError" ? thrown : noAnswer(subject, thrown);
      }
    },
    stream: async (request) => (await deliver(request, "watches")).body,
    close: () => pools.close(),
  };
}

/** Retry-After in ms, of the answers that ask for patience; 429 asks for it even without saying how long. */
function retryAfterOf({ statusCode, headers }: Dispatcher.ResponseData): number | undefined {
  const seconds = Number(headers["retry-after"]);
  const said = headers["retry-after"] !== undefined && Number.isFinite(seconds);
  if (statusCode === 429) return said ? seconds * 1000 : 1000;
  return statusCode >= 500 && said ? seconds * 1000 : undefined;
}

/** The server closed a kept connection while a request was on its way: nothing was wrong with the request. */
function wasCut(thrown: unknown): boolean {
  const { code, cause } = thrown as { code?: string; cause?: { code?: string } };
  return ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].some((lost) => lost === code || lost === cause?.code);
}

async function readBody(answer: Dispatcher.ResponseData, subject: Subject): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > largestBody) {
      const message = `${subject.method} ${subject.path}: the answer is larger than ${largestBody} bytes`;
      throw apiError(message, { status: 0, reason: "ResponseTooLarge" });
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  if (text === "") return undefined;
  if (!String(answer.headers["content-type"] ?? "").includes("json")) return text;
  try {
    return parseJson(text);
  } catch (thrown) {
    const message = `${subject.method} ${subject.path}: ${subject.host} answered with invalid JSON`;
    throw apiError(message, { status: 0, reason: "BadAnswer", cause: thrown });
  }
}

type Pools = {
  of(tls: Credentials["tls"]): { calls: Dispatcher; watches: Dispatcher };
  close(): Promise<void>;
};

/**
 * One pair of connection pools for each set of TLS credentials; a rotated certificate opens a new pair and lets the
 * old one finish. Watches have a pool of their own, as each holds its connection for minutes. HTTP/1.1 on purpose:
 * a connection that hangs takes one watch with it, not all.
 */
function createPools(server: URL, proxyUrl: string | undefined): Pools {
  let current: { key: string; calls: Dispatcher; watches: Dispatcher } | undefined;
  return {
    of(tls) {
      const key = keyOf(tls);
      if (current?.key === key) return current;
      void closeBoth(current);
      current = {
        key,
        calls: createDispatcher(server, tls, proxyUrl, connections),
        watches: createDispatcher(server, tls, proxyUrl, null),
      };
      return current;
    },
    async close() {
      const { calls, watches } = current ?? {};
      current = undefined;
      await Promise.all([calls?.destroy(), watches?.destroy()]);
    },
  };
}

async function closeBoth(pair: { calls: Dispatcher; watches: Dispatcher } | undefined): Promise<void> {
  await Promise.all([pair?.calls.close(), pair?.watches.close()]);
}

function createDispatcher(
  server: URL,
  tls: Credentials["tls"],
  proxyUrl: string | undefined,
  most: number | null,
): Dispatcher {
  const common = {
    connections: most,
    allowH2: false,
    keepAliveTimeout: 60_000,
    keepAliveMaxTimeout: 300_000,
  };
  // 30 s, as client-go: cloud load balancers drop connections that are idle for 60.
  const connect = { ...tls, timeout: connectTimeoutMs, keepAlive: true, keepAliveInitialDelay: 30_000 };
  if (!proxyUrl) return new Agent({ ...common, connect });
  if (!proxyUrl.startsWith("socks")) return new ProxyAgent({ ...common, uri: proxyUrl, requestTls: connect });
  const requestTls = { ...connect, ...namedFor(server, tls) };
  return new Socks5ProxyAgent(proxyUrl, { ...common, connections: most ?? undefined, requestTls });
}

/** undici's SOCKS agent would offer an address as the name of the server, which TLS forbids. */
function namedFor({ hostname }: URL, { servername }: Credentials["tls"]): object {
  const address = hostname.replace(/^\[|\]$/g, "");
  if (servername || isIP(address) === 0) return {};
  const checkServerIdentity: typeof checkIdentity = (_, certificate) => checkIdentity(address, certificate);
  return { servername: "kubernetes.default.svc", checkServerIdentity };
}

function keyOf(tls: Credentials["tls"]): string {
  const hash = createHash("sha256");
  for (const part of [tls.ca, tls.cert, tls.key, tls.servername, String(tls.rejectUnauthorized)]) {
    hash.update(part ?? "").update("\0");
  }
  return hash.digest("base64");
}

/** Lets callers through at `qps`, with a burst of twice that; each call waits for its turn. */
function limiter(qps: number | undefined, clock: Clock): (signal?: AbortSignal) => Promise<void> {
  if (!qps) return async () => undefined;
  const gap = 1000 / qps;
  let next = Number.NEGATIVE_INFINITY;
  return async (signal) => {
    next = Math.max(next + gap, clock.now() - 2000);
    const wait = next - clock.now();
    if (wait > 0) await pause(clock, wait, signal);
    signal?.throwIfAborted();
  };
}
