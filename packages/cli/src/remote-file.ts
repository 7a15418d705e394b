import { STATUS_CODES } from "node:http";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { Dispatcher } from "undici";
import { basicAuthorization, bounded, httpGet, userOf } from "./http-get.ts";

const MAX_BYTES = 32 * 1024 * 1024;
const TIMEOUT_MS = 27_000;
const MAX_REDIRECTS = 10;

/**
 * The content of a file over HTTP(S). Redirects are followed, but never from HTTPS to HTTP or out of HTTP; a user and password
 * of the address go to its own origin only. Throws for an answer that is no success, kustomize's `HTTP Error` with its code, and
 * for files of more than 32 MiB or 27 seconds. Errors do not repeat the address, which may hold secrets.
 */
export async function remoteFile(
  url: string,
  interrupted: AbortSignal,
  { bytes = MAX_BYTES, timeoutMs = TIMEOUT_MS, proxyFor }: Options = {},
): Promise<Buffer> {
  const limit = AbortSignal.timeout(timeoutMs);
  const { at: first, authorization } = addressOf(url);
  const way = {
    signal: AbortSignal.any([interrupted, limit]),
    proxyFor,
    headers: ({ origin }: URL): Record<string, string> => ({
      "accept-encoding": "gzip",
      ...(authorization !== undefined && origin === first.origin && { authorization }),
    }),
    redirected,
  };
  try {
    return await httpGet(first, way, (answer) => contentOf(answer, bytes));
  } catch (thrown) {
    interrupted.throwIfAborted();
    if (limit.aborted) throw new Error(`not there after ${timeoutMs / 1000} s`);
    throw thrown;
  }
}

type Options = {
  bytes?: number;
  timeoutMs?: number;
  /** The proxy that an address is asked through; none unless given. */
  proxyFor?: (url: URL) => string | undefined;
};

/** An address without its user, who is told in a header. */
function addressOf(text: string): { at: URL; authorization?: string } {
  if (!URL.canParse(text)) throw new Error("not a valid URL");
  const url = new URL(text);
  const user = userOf(url);
  return { at: withoutUser(url), authorization: user && basicAuthorization(user.name, user.password) };
}

function withoutUser(url: URL): URL {
  url.username = url.password = "";
  return url;
}

async function contentOf(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  most: number,
): Promise<Buffer> {
  if (statusCode < 200 || statusCode > 299) {
    const words = STATUS_CODES[statusCode];
    throw new Error(`HTTP Error: status code ${statusCode}${words ? ` (${words})` : ""}`);
  }
  const whole = (chunks: AsyncIterable<Uint8Array>) =>
    bounded(chunks, most, () => new Error(`larger than ${most} bytes; bring the file into a repository`));
  return headers["content-encoding"] === "gzip" ? pipeline(body, createGunzip(), whole) : whole(body);
}

function redirected(from: URL, location: string, hops: number): URL {
  if (hops > MAX_REDIRECTS) throw new Error(`stopped after ${MAX_REDIRECTS} redirects`);
  if (!URL.canParse(location, from.href)) throw new Error("redirected to what is no URL");
  const to = new URL(location, from);
  const allowed = to.protocol === "https:" || (to.protocol === "http:" && from.protocol === "http:");
  if (!allowed) throw new Error(`redirected from ${from.protocol} to ${to.protocol}, which is not followed`);
  return withoutUser(to);
}
