import { Agent, type Dispatcher, ProxyAgent, request } from "undici";

/** What is allowed on the way, and how it is called; the mechanism is the same for all that the CLI downloads. */
type Way = {
  signal: AbortSignal;
  /** The proxy that an address is asked through; none unless given. */
  proxyFor?: (url: URL) => string | undefined;
  /** What Node's TLS takes. */
  connect?: object;
  headers(at: URL): Record<string, string>;
  /** Where a redirect leads. @throws for a way that is not gone, or goes on for too long */
  redirected(from: URL, location: string, hops: number): URL;
};

const CONNECT_TIMEOUT_MS = 30_000;

/** Asks for `url` and whatever it redirects to; `read` gets the first answer that is no redirect. */
export async function httpGet<T>(
  url: URL,
  way: Way,
  read: (answer: Dispatcher.ResponseData, at: URL) => Promise<T>,
): Promise<T> {
  const open: Dispatcher[] = [];
  try {
    let at = url;
    for (let hops = 1; ; hops++) {
      const dispatcher = dispatcherOf(at, way);
      open.push(dispatcher);
      const answer = await request(at, { dispatcher, signal: way.signal, headers: way.headers(at) });
      const location = [301, 302, 303, 307, 308].includes(answer.statusCode) && answer.headers.location;
      try {
        if (!location) return await read(answer, at);
      } finally {
        await answer.body.dump(); // what is not read of it
      }
      at = way.redirected(at, String(location), hops);
    }
  } finally {
    await Promise.all(open.map((one) => one.destroy()));
  }
}

function dispatcherOf(at: URL, { proxyFor, connect }: Way): Dispatcher {
  const connectTimeout = CONNECT_TIMEOUT_MS;
  const uri = proxyFor?.(at);
  return uri === undefined
    ? new Agent({ connect, connectTimeout })
    : new ProxyAgent({ uri, requestTls: connect, connectTimeout });
}

/** Reads a body as a whole. @throws what `tooLarge` makes, as soon as there are more than so many bytes */
export async function bounded(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  tooLarge: () => Error,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What says who asks, as HTTP's basic authentication wants it. */
export const basicAuthorization = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

/** The user and password of an address, decoded; undefined if it has neither. */
export function userOf({ username, password }: URL): { name: string; password: string } | undefined {
  if (username === "" && password === "") return undefined;
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) };
}
