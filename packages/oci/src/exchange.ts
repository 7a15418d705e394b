/** One request and its answer: redirects, further attempts, limits, and what failures are called. */
import { setTimeout as sleep } from "node:timers/promises";
import { backoff } from "@sluice/api";
import { Agent, type Dispatcher, ProxyAgent, request } from "undici";
import { abortError, isOciError, type OciErrorCode, ociError } from "./errors.ts";
import { limits } from "./limits.ts";

export type TlsOptions = {
  /** Certificates of authorities, in PEM, instead of those of the system. */
  ca?: string | Uint8Array;
  /** What is shown to the registry, in PEM. */
  cert?: string | Uint8Array;
  key?: string | Uint8Array;
  /** Whether any certificate will do. */
  insecure?: boolean;
};

export type ExchangeOptions = {
  tls?: TlsOptions;
  userAgent: string;
  /** The proxy that an address is asked through, with its credentials if it wants some; none unless given. */
  proxyFor?: (url: URL) => string | undefined;
  /** Milliseconds to wait after attempt 1, 2, …; by default a random time that grows. */
  retryDelay?: (attempt: number) => number;
};

type Wanted = {
  method: "GET" | "HEAD" | "POST";
  url: URL;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** How the thing is called in errors. */
  at: string;
  signal: AbortSignal;
};

export type Answer = {
  status: number;
  headers: Dispatcher.ResponseData["headers"];
  body: AsyncIterable<Uint8Array>;
  /** Where it came from in the end. */
  url: URL;
  /** Reads the body to its end, as far as that is short, and forgets it. */
  discard(): Promise<void>;
};

export type Exchange = {
  /**
   * Sends a request, again where another attempt may help, and follows redirects; what identifies the sender goes to the first
   * origin only. Any status but those of redirects and of trouble that may pass is an answer.
   * @throws {OciError} `unreachable`, `tls`, `timeout`, `aborted`, `bad-answer`
   */
  send(wanted: Wanted): Promise<Answer>;
  close(): Promise<void>;
};

export function createExchange(options: ExchangeOptions): Exchange {
  const { userAgent, retryDelay = usualDelay } = options;
  const dispatchers = createDispatchers(options);
  return {
    async send(wanted) {
      const { at, signal } = wanted;
      for (let attempt = 1; ; attempt++) {
        const outcome = await attemptOnce(dispatchers.of, wanted, userAgent);
        if (outcome.kind === "answer") return outcome.answer;
        const { wait = retryDelay(attempt) } = outcome;
        if (attempt > limits.retries || wait > limits.maxRetryAfterMs)
          throw ociError(
            "unreachable",
            `${at}: ${outcome.because}${times(attempt)}; try again later`,
            outcome.cause,
          );
        await sleep(wait, undefined, { signal }).catch(() => {
          throw abortError(signal, at);
        });
      }
    },
    close: dispatchers.close,
  };
}

type DispatcherOf = (url: URL) => Dispatcher;

/** One for direct connections, and one for each proxy. */
function createDispatchers({ tls = {}, proxyFor }: ExchangeOptions): {
  of: DispatcherOf;
  close(): Promise<void>;
} {
  const { ca, cert, key, insecure } = tls;
  const text = (pem: string | Uint8Array | undefined) => (pem === undefined ? undefined : Buffer.from(pem));
  const timeout = limits.connectMs;
  const connect = { ca: text(ca), cert: text(cert), key: text(key), rejectUnauthorized: !insecure, timeout };
  const patience = { headersTimeout: limits.idleMs, bodyTimeout: limits.idleMs };
  const open = new Map<string, Dispatcher>();
  const make = (proxy: string) =>
    proxy === ""
      ? new Agent({ connect, ...patience })
      : new ProxyAgent({ uri: proxy, requestTls: connect, connectTimeout: timeout, ...patience });
  return {
    of: (url) => {
      const proxy = proxyFor?.(url) ?? "";
      const found = open.get(proxy) ?? make(proxy);
      open.set(proxy, found);
      return found;
    },
    close: async () => void (await Promise.all([...open.values()].map((one) => one.destroy()))),
  };
}

const times = (attempts: number) => (attempts === 1 ? "" : ` (${attempts} attempts)`);

const usualDelay = (attempt: number, random = Math.random): number =>
  backoff(attempt - 1, random, limits.retryMinMs, limits.retryMaxMs);

type Outcome =
  | { kind: "answer"; answer: Answer }
  /** Another attempt may help, after `wait` milliseconds if the server says so. */
  | { kind: "again"; because: string; wait?: number; cause?: unknown };

async function attemptOnce(dispatcherOf: DispatcherOf, wanted: Wanted, userAgent: string): Promise<Outcome> {
  const { method, at, signal } = wanted;
  let { url } = wanted;
  let headers: Record<string, string> = { "user-agent": userAgent, ...wanted.headers };
  try {
    for (let hops = 0; hops <= limits.maxRedirects; hops++) {
      const { body } = wanted;
      const dispatcher = dispatcherOf(url);
      const response = await request(url, { dispatcher, method, headers, body, signal });
      const answer = answerOf(response, url, at, signal);
      const next = redirectOf(response, url, at);
      if (!next) return await sorted(answer);
      await answer.discard();
      if (method === "POST") throw ociError("bad-answer", `${at}: the token server redirects what is secret`);
      if (next.origin !== url.origin) {
        const { authorization: _, ...rest } = headers;
        headers = rest;
      }
      url = next;
    }
    throw ociError("bad-answer", `${at}: more than ${limits.maxRedirects} redirects`);
  } catch (thrown) {
    return failure(thrown, url, at, signal);
  }
}

function answerOf(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  url: URL,
  at: string,
  signal: AbortSignal,
): Answer {
  return {
    status: statusCode,
    headers,
    url,
    body: read(body, url, at, signal),
    discard: async () => {
      await body.dump({ limit: limits.maxErrorBytes }).catch(() => undefined);
    },
  };
}

/** The parts of a body; what breaks it off gets a name. */
async function* read(
  body: AsyncIterable<Uint8Array>,
  url: URL,
  at: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await chunks.next().catch((thrown) => {
        const outcome = failure(thrown, url, at, signal);
        throw ociError("unreachable", `${at}: ${outcome.because}; try again later`, thrown);
      });
      if (done) return;
      yield value;
    }
  } finally {
    await chunks.return?.();
  }
}

/** @throws {OciError} `bad-answer` for a way that is not safe to go */
function redirectOf({ statusCode, headers }: Dispatcher.ResponseData, url: URL, at: string): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(statusCode)) return undefined;
  const location = String(headers.location ?? "");
  const next = location === "" ? null : URL.parse(location, url);
  if (!next || !/^https?:$/.test(next.protocol))
    throw ociError("bad-answer", `${at}: redirected to no address`);
  if (url.protocol === "https:" && next.protocol === "http:")
    throw ociError(
      "bad-answer",
      `${at}: redirected from https to http, to ${next.host}; such content may be anybody's`,
    );
  next.username = next.password = "";
  return next;
}

async function sorted(answer: Answer): Promise<Outcome> {
  const { status, headers, url } = answer;
  if (status !== 408 && status !== 429 && status < 500) return { kind: "answer", answer };
  await answer.discard();
  const wait = retryAfter(headers["retry-after"]);
  const seconds = wait === undefined ? "" : ` for ${wait / 1000} s`;
  const because =
    status === 429 ? `${url.host} asks for patience${seconds} (429)` : `${url.host} answers ${status}`;
  return { kind: "again", because, wait };
}

/** Seconds as the header gives them; a date is left alone, as clocks differ. */
function retryAfter(header: string | string[] | undefined): number | undefined {
  return typeof header === "string" && /^\d{1,9}$/.test(header) ? Number(header) * 1000 : undefined;
}

/** What undici's and Node's errors mean. @throws {OciError} for whatever another attempt would not cure */
function failure(thrown: unknown, url: URL, at: string, signal: AbortSignal): Outcome & { kind: "again" } {
  if (isOciError(thrown)) throw thrown;
  if (signal.aborted) throw abortError(signal, at);
  const { code = "", message } = thrown as NodeJS.ErrnoException;
  const proxied = /^Proxy response \((\d+)\)/.exec(message)?.[1];
  const fail = (kind: OciErrorCode, words: string) => ociError(kind, `${at}: ${words}`, thrown);
  if (proxied)
    throw fail("unreachable", `the proxy does not let requests to ${url.host} through (${proxied})`);
  switch (code) {
    case "ECONNREFUSED":
      throw fail(
        "unreachable",
        `${refuser(thrown, url)} refuses connections; is the address right, and the server up?`,
      );
    case "ENOTFOUND":
      throw fail("unreachable", `there is no host ${url.hostname}; is the address right?`);
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
      throw fail("tls", `${url.host} speaks no TLS; if it is to be trusted all the same, allow plain HTTP`);
    case "HPE_INVALID_CONSTANT":
    case "HPE_INVALID_HEADER_TOKEN":
      throw fail(
        "bad-answer",
        `${url.host} does not speak HTTP${url.protocol === "http:" ? ", or only with TLS" : ""}`,
      );
    case "UND_ERR_CONNECT_TIMEOUT":
    case "UND_ERR_HEADERS_TIMEOUT":
    case "UND_ERR_BODY_TIMEOUT":
      return { kind: "again", because: `${url.host} does not answer in time`, cause: thrown };
  }
  if (/^(?:CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH)/.test(code))
    throw fail(
      "tls",
      `the certificate of ${url.host} is not trusted (${message}); name the authority that signed it`,
    );
  if (thrown instanceof TypeError || code === "") throw thrown;
  return { kind: "again", because: `the connection to ${url.host} broke off (${code})`, cause: thrown };
}

/** Who refused a connection may be a proxy, or a server that a name stands for. */
function refuser(thrown: unknown, { host, port, protocol }: URL): string {
  const at = (thrown as { port?: number }).port;
  return at === undefined || at === Number(port || (protocol === "https:" ? 443 : 80))
    ? host
    : `the proxy of ${host}`;
}
