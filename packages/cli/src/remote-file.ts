import { STATUS_CODES } from "node:http";
import { Agent, type Dispatcher, fetch, ProxyAgent, type Response } from "undici";

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
  const open: Dispatcher[] = [];
  const dispatcherOf = (at: URL) => {
    const proxy = proxyFor?.(at);
    const made = proxy === undefined ? new Agent() : new ProxyAgent(proxy);
    open.push(made);
    return made;
  };
  try {
    const answer = await get(addressOf(url), dispatcherOf, AbortSignal.any([interrupted, limit]));
    return await bounded(answer, bytes);
  } catch (thrown) {
    interrupted.throwIfAborted();
    if (limit.aborted) throw new Error(`not there after ${timeoutMs / 1000} s`);
    const { cause } = thrown as Error;
    throw cause instanceof Error && thrown instanceof TypeError ? cause : thrown; // fetch hides what happened behind its own error
  } finally {
    await Promise.all(open.map((one) => one.destroy()));
  }
}

type Options = {
  bytes?: number;
  timeoutMs?: number;
  /** The proxy that an address is asked through; none unless given. */
  proxyFor?: (url: URL) => string | undefined;
};

type Address = { url: URL; authorization?: string; origin: string };

function addressOf(text: string): Address {
  if (!URL.canParse(text)) throw new Error("not a valid URL");
  const url = new URL(text);
  const { username, password, origin } = url;
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  url.username = "";
  url.password = "";
  return {
    url,
    origin,
    authorization: user === ":" ? undefined : `Basic ${Buffer.from(user).toString("base64")}`,
  };
}

async function get(
  { url, origin, authorization }: Address,
  dispatcherOf: (at: URL) => Dispatcher,
  signal: AbortSignal,
): Promise<Response> {
  let at = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const own = authorization !== undefined && at.origin === origin;
    const headers = own ? { authorization } : undefined;
    const answer = await fetch(at, { redirect: "manual", signal, headers, dispatcher: dispatcherOf(at) });
    const location = [301, 302, 303, 307, 308].includes(answer.status) && answer.headers.get("location");
    if (answer.ok) return answer;
    await answer.body?.cancel();
    if (!location) {
      const words = STATUS_CODES[answer.status];
      throw new Error(`HTTP Error: status code ${answer.status}${words ? ` (${words})` : ""}`);
    }
    at = redirected(at, location);
  }
  throw new Error(`stopped after ${MAX_REDIRECTS} redirects`);
}

function redirected(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href)) throw new Error("redirected to what is no URL");
  const to = new URL(location, from);
  const allowed = to.protocol === "https:" || (to.protocol === "http:" && from.protocol === "http:");
  if (!allowed) throw new Error(`redirected from ${from.protocol} to ${to.protocol}, which is not followed`);
  to.username = "";
  to.password = "";
  return to;
}

async function bounded(answer: Response, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > most) throw new Error(`larger than ${most} bytes; bring the file into a repository`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
