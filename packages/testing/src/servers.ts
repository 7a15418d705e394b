import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join, normalize } from "node:path";
import { bodyOf, type Faults, faults, listen, type TlsOptions } from "./listen.ts";

/** A request as the recorder saw it; `json` is the parsed body where it parses. */
export type Recorded = {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  json: any;
};

export type Recorder = {
  address: string;
  /** Everything received so far, in order. */
  requests(): Recorded[];
  /** Forgets what was received. */
  clear(): void;
  inject: Faults["inject"];
  close(): Promise<void>;
};

/** Starts an HTTP server that answers 200 to everything and remembers it: a sink for events and webhooks. */
export async function startRecorder(options: { tls?: TlsOptions } = {}): Promise<Recorder> {
  const fault = faults();
  let seen: Recorded[] = [];
  const server = await listen(async (request, response) => {
    const body = (await bodyOf(request))?.toString();
    if (body === undefined) return;
    const { method = "", url: path = "", headers } = request;
    seen.push({ method, path, headers, body, json: parsed(body) });
    if (!fault.strike(request, response))
      response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
  }, options);
  return {
    address: server.address,
    requests: () => [...seen],
    clear: () => {
      seen = [];
    },
    inject: fault.inject,
    close: server.close,
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

export type StaticServer = {
  address: string;
  url(path: string): string;
  /** Paths asked for, in order. */
  requests(): string[];
  inject: Faults["inject"];
  close(): Promise<void>;
};

/** Serves files: from memory (`files`, changed at will while it runs) first, then from the directory `root`. */
export async function startStaticServer(
  options: { files?: Map<string, string | Buffer>; root?: string; tls?: TlsOptions } = {},
): Promise<StaticServer> {
  const fault = faults();
  const requests: string[] = [];
  const server = await listen(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    requests.push(pathname);
    if (fault.strike(request, response)) return;
    // normalised as an absolute path, `..` cannot lead out of the root
    const path = normalize(decodeURIComponent(pathname));
    const inMemory = options.files?.get(path.slice(1));
    if (inMemory !== undefined) return void response.writeHead(200).end(inMemory);
    const file = options.root && join(options.root, path);
    const size = file
      ? await stat(file).then(
          (found) => (found.isFile() ? found.size : -1),
          () => -1,
        )
      : -1;
    if (!file || size < 0) return void response.writeHead(404).end();
    response.writeHead(200, { "Content-Length": size });
    if (request.method === "HEAD") response.end();
    else
      createReadStream(file)
        .on("error", () => response.destroy())
        .pipe(response);
  }, options);
  return {
    address: server.address,
    url: (path) => `${server.address}/${path.replace(/^\//, "")}`,
    requests: () => [...requests],
    inject: fault.inject,
    close: server.close,
  };
}
