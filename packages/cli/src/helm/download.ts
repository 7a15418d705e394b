/** Files over HTTP, within limits. */
import { readFileSync } from "node:fs";
import { go } from "@sluice/gotemplate";
import { Agent, type Dispatcher, ProxyAgent, request } from "undici";
import { proxyOf } from "../proxy.ts";
import type { Shell } from "../shell.ts";
import { goWords, HelmError } from "./report.ts";

/** How to talk to a server. */
export type Remote = {
  username?: string;
  password?: string;
  caFile?: string;
  certFile?: string;
  keyFile?: string;
  insecureSkipTlsVerify?: boolean;
  /** Whether registries are asked without TLS. */
  plainHttp?: boolean;
  /** The file with the logins of registries that is looked at before Docker's; Helm's own unless given. */
  registryConfig?: string;
  /** Whether the credentials go to other hosts too. */
  passCredentials?: boolean;
  /** The repository that the credentials are for; the server itself if there is none. */
  credentialsFor?: string;
};

export const LIMITS = { index: 200 << 20, chart: 100 << 20, provenance: 4 << 20, values: 20 << 20 } as const;
const TIMEOUT_MS = 120_000;
const MAX_REDIRECTS = 10;

/**
 * Fetches `url`, following redirects; credentials go to the origin that they are for, only.
 * @throws {HelmError} in the words of Go's HTTP client; never with a password
 */
export async function download(
  url: string,
  options: Remote & Pick<Shell, "signal" | "env"> & { what: keyof typeof LIMITS },
): Promise<Buffer> {
  const { what } = options;
  let at = addressOf(url);
  const open: Dispatcher[] = [];
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const signal = AbortSignal.any([options.signal, limit]);
  try {
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      const dispatcher = dispatcherOf(at, options);
      open.push(dispatcher);
      const answer = await request(at, { dispatcher, signal, headers: headersFor(at, url, options) });
      const next = [301, 302, 303, 307, 308].includes(answer.statusCode) && answer.headers.location;
      if (next) {
        await answer.body.dump();
        at = new URL(String(next), at);
        if (!/^https?:$/.test(at.protocol))
          throw new HelmError(`unsupported protocol scheme ${go.quote(schemeOf(at))}`);
        continue;
      }
      if (answer.statusCode !== 200) {
        await answer.body.dump();
        throw new HelmError(
          `failed to fetch ${shown(at)} : ${answer.statusCode} ${answer.statusText}`.trimEnd(),
        );
      }
      return await bounded(answer.body, LIMITS[what], shown(at));
    }
    throw new HelmError(`Get ${go.quote(shown(at))}: stopped after ${MAX_REDIRECTS} redirects`);
  } catch (thrown) {
    if (thrown instanceof HelmError || options.signal.aborted) throw thrown;
    const why = limit.aborted
      ? `not done after ${TIMEOUT_MS / 1000} s`
      : wordsOf(thrown as NodeJS.ErrnoException);
    throw new HelmError(`Get ${go.quote(shown(new URL(url)))}: ${why}`, { cause: thrown });
  } finally {
    await Promise.all(open.map((one) => one.close()));
  }
}

/** Reads an address over HTTP. @throws {HelmError} in Helm's words, but without a password */
export function addressOf(text: string): URL {
  const url = URL.parse(text);
  if (!url) throw new HelmError(`invalid chart URL format: ${text.replace(/\/\/.*@/s, "//xxxxx@")}`);
  if (/^https?:$/.test(url.protocol)) return url;
  throw new HelmError(`could not find protocol handler for: ${schemeOf(url)}`);
}

const schemeOf = ({ protocol }: URL) => protocol.slice(0, -1);

/** How an address is connected to: directly, or through the proxy that the environment names for it. */
function dispatcherOf(url: URL, options: Remote & Pick<Shell, "env">): Dispatcher {
  const connect = tlsOf(options);
  const connectTimeout = 30_000;
  const uri = proxyOf(options.env)(url);
  return uri === undefined
    ? new Agent({ connect, connectTimeout })
    : new ProxyAgent({ uri, requestTls: connect, connectTimeout });
}

/** What Node's TLS takes. @throws in Go's words, if a file cannot be read */
export function tlsOf({ caFile, certFile, keyFile, insecureSkipTlsVerify }: Remote) {
  const read = (file: string | undefined) => {
    try {
      return file ? readFileSync(file) : undefined;
    } catch (thrown) {
      throw goWords(thrown, "open", file!);
    }
  };
  return {
    ca: read(caFile),
    cert: read(certFile),
    key: read(keyFile),
    rejectUnauthorized: !insecureSkipTlsVerify,
  };
}

function headersFor(at: URL, first: string, options: Remote): Record<string, string> {
  const { username, password = "", passCredentials, credentialsFor = first } = options;
  const named = at.username
    ? { name: decodeURIComponent(at.username), secret: decodeURIComponent(at.password) }
    : undefined;
  const given = username && (passCredentials || new URL(credentialsFor).origin === at.origin);
  const user = named ?? (given ? { name: username, secret: password } : undefined);
  return {
    "user-agent": "sluice-cli",
    ...(user && { authorization: `Basic ${Buffer.from(`${user.name}:${user.secret}`).toString("base64")}` }),
  };
}

async function bounded(body: AsyncIterable<Uint8Array>, limit: number, url: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw new HelmError(`${url} holds more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** An address without what is secret in it. */
function shown(url: URL): string {
  const copy = new URL(url);
  if (copy.password) copy.password = "xxxxx";
  return copy.href.replace(/\/$/, url.pathname === "/" ? "" : "/");
}

/** What Go says of a connection that does not come about. */
function wordsOf({ code, message, ...facts }: NodeJS.ErrnoException): string {
  const { address, port, hostname } = facts as { address?: string; port?: number; hostname?: string };
  switch (code) {
    case "ECONNREFUSED":
      return `dial tcp ${address?.includes(":") ? `[${address}]` : address}:${port}: connect: connection refused`;
    case "ENOTFOUND":
      return `dial tcp: lookup ${hostname}: no such host`;
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
    default:
      return message;
  }
}
