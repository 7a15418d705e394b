/** Files over HTTP, within limits. */
import { readFileSync } from "node:fs";
import { go } from "@sluice/gotemplate";
import { basicAuthorization, bounded, httpGet, userOf } from "../http-get.ts";
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
  const from = addressOf(url);
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const way = {
    signal: AbortSignal.any([options.signal, limit]),
    connect: tlsOf(options),
    proxyFor: proxyOf(options.env),
    headers: (at: URL) => headersFor(at, url, options),
    redirected,
  };
  try {
    return await httpGet(from, way, async ({ statusCode, statusText, body }, at) => {
      const why = `${statusCode} ${statusText}`.trimEnd();
      if (statusCode !== 200) throw new HelmError(`failed to fetch ${shown(at)} : ${why}`);
      const most = LIMITS[options.what];
      return bounded(body, most, () => new HelmError(`${shown(at)} holds more than ${most} bytes`));
    });
  } catch (thrown) {
    if (thrown instanceof HelmError || options.signal.aborted) throw thrown;
    const why = limit.aborted
      ? `not done after ${TIMEOUT_MS / 1000} s`
      : wordsOf(thrown as NodeJS.ErrnoException);
    throw new HelmError(`Get ${go.quote(shown(from))}: ${why}`, { cause: thrown });
  }
}

function redirected(from: URL, location: string, hops: number): URL {
  const to = new URL(location, from);
  if (!/^https?:$/.test(to.protocol))
    throw new HelmError(`unsupported protocol scheme ${go.quote(schemeOf(to))}`);
  if (hops <= MAX_REDIRECTS) return to;
  throw new HelmError(`Get ${go.quote(shown(to))}: stopped after ${MAX_REDIRECTS} redirects`);
}

/** Reads an address over HTTP. @throws {HelmError} in Helm's words, but without a password */
export function addressOf(text: string): URL {
  const url = URL.parse(text);
  if (!url) throw new HelmError(`invalid chart URL format: ${text.replace(/\/\/.*@/s, "//xxxxx@")}`);
  if (/^https?:$/.test(url.protocol)) return url;
  throw new HelmError(`could not find protocol handler for: ${schemeOf(url)}`);
}

const schemeOf = ({ protocol }: URL) => protocol.slice(0, -1);

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
  const given = username && (passCredentials || new URL(credentialsFor).origin === at.origin);
  const user = userOf(at) ?? (given ? { name: username, password } : undefined);
  return {
    "user-agent": "sluice-cli",
    ...(user && { authorization: basicAuthorization(user.name, user.password) }),
  };
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
