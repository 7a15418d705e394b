import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

export type TlsOptions = {
  key: string;
  cert: string;
  /** Ask for a client certificate signed by this authority, and refuse connections without one. */
  clientCa?: string;
};

/** Listens on 127.0.0.1 and returns the base address; `close` also cuts the connections that are still open. */
export async function listen(
  handler: RequestListener,
  { tls }: { tls?: TlsOptions } = {},
): Promise<{ address: string; port: number; close(): Promise<void> }> {
  const server = tls
    ? createTlsServer(
        {
          key: tls.key,
          cert: tls.cert,
          ca: tls.clientCa,
          requestCert: !!tls.clientCa,
          rejectUnauthorized: true,
        },
        handler,
      )
    : createServer(handler);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    address: `${tls ? "https" : "http"}://127.0.0.1:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The body of a request; undefined if the client goes away in the middle of it. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

/** What a server does instead of its work. `hang` never answers, `disconnect` cuts the connection. */
export type Fault =
  | { status: number; headers?: Record<string, string>; body?: string | Uint8Array }
  | "hang"
  | "disconnect";

export type Faults = {
  /**
   * From now on answers with `fault`: `times` times (default: until told otherwise), only for paths that contain `path`.
   * Without arguments, works again.
   */
  inject(fault?: Fault, options?: { times?: number; path?: string }): void;
  /** Whether a fault took care of this request. */
  strike(request: IncomingMessage, response: ServerResponse): boolean;
};

/** A switch for faults that a server asks before it answers. */
export function faults(): Faults {
  let current: { fault: Fault; left: number; path: string } | undefined;
  return {
    inject(fault, { times = Number.POSITIVE_INFINITY, path = "" } = {}) {
      current = fault === undefined ? undefined : { fault, left: times, path };
    },
    strike(request, response) {
      if (!current || current.left <= 0 || !request.url?.includes(current.path)) return false;
      current.left -= 1;
      const { fault } = current;
      if (fault === "disconnect") request.socket.destroy();
      else if (fault !== "hang") response.writeHead(fault.status, fault.headers).end(fault.body);
      return true;
    },
  };
}
