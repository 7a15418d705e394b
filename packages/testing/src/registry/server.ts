import type { IncomingMessage } from "node:http";
import { bodyOf, type Faults, faults, listen, type TlsOptions } from "../listen.ts";
import { refuse, send } from "./answers.ts";
import { type Content, createContent } from "./content.ts";
import { createGate, type RegistryAuth } from "./gate.ts";
import { type Asked, getBlob, getManifest, listTags, putManifest, sendBlob, upload } from "./routes.ts";

export type RegistryServerOptions = {
  auth?: RegistryAuth;
  tls?: TlsOptions;
  /** Whether blobs are redirected to another server, as registries do that keep them in a cloud's storage. */
  blobsElsewhere?: boolean;
  /** Tags in a list before it goes on at another page; as many as are asked for unless given. */
  pageSize?: number;
};

/** A request as it came: which server, what, and with which credentials. */
export type RegistryRequest = {
  to: "registry" | "storage";
  method: string;
  path: string;
  authorization?: string;
};

export type RegistryServer = {
  /** `http://127.0.0.1:<port>` or https. */
  readonly address: string;
  /** `127.0.0.1:<port>`, as references begin. */
  readonly host: string;
  /** Puts a manifest and its blobs into a repository. */
  push: Content["push"];
  /** What lies in the registry, to damage it. */
  readonly content: Content;
  requests(): RegistryRequest[];
  /** Forgets what was requested. */
  clear(): void;
  /** From now on the tokens that were given are worth nothing. */
  expireTokens(): void;
  inject: Faults["inject"];
  close(): Promise<void>;
};

const route = /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs|tags)\/([^/]*)$/;

/** Starts a registry in memory: OCI Distribution Specification 1.1, the categories «Pull» and «Push» and the listing of tags. */
export async function startRegistry(options: RegistryServerOptions = {}): Promise<RegistryServer> {
  const content = createContent();
  const fault = faults();
  const uploads = new Map<string, Buffer>();
  let seen: RegistryRequest[] = [];
  const gate = createGate(options.auth, () => registry.address);
  const note = (to: RegistryRequest["to"], { method = "", url: path = "", headers }: IncomingMessage) =>
    seen.push({ to, method, path, authorization: headers.authorization });

  const storage = await listen((request, response) => {
    note("storage", request);
    if (fault.strike(request, response)) return;
    const [, repository = "", digest = ""] = /^\/(.+)\/([^/?]+)/.exec(request.url ?? "") ?? [];
    const data = content.blob(repository, digest);
    if (data) sendBlob(request, response, data);
    else send(response, 404, "");
  }, options);

  const registry = await listen(async (request, response) => {
    note("registry", request);
    const body = await bodyOf(request);
    if (body === undefined || fault.strike(request, response)) return;
    const url = new URL(request.url ?? "/", "http://localhost");
    if (url.pathname === "/token") return gate.tokens(url, request, body.toString(), response);
    const [, repository = "", what, name = ""] = route.exec(decodeURIComponent(url.pathname)) ?? [];
    const reads = request.method === "GET" || request.method === "HEAD";
    if (!gate.admits(request, response, repository, reads ? "pull" : "push")) return;
    const elsewhere = options.blobsElsewhere ? storage.address : undefined;
    const had = { content, uploads, address: registry.address, elsewhere, pageSize: options.pageSize };
    const asked: Asked = { ...had, request, response, url, repository, name, body };
    switch (what) {
      case "manifests":
        return reads ? getManifest(asked) : putManifest(asked);
      case "blobs":
        return getBlob(asked);
      case "blobs/uploads":
        return upload(asked);
      case "tags":
        return listTags(asked);
    }
    if (url.pathname === "/v2/") return send(response, 200, "{}", { "Content-Type": "application/json" });
    refuse(response, 404, "UNSUPPORTED", "nothing is there");
  }, options);

  return {
    address: registry.address,
    host: new URL(registry.address).host,
    content,
    push: content.push,
    requests: () => [...seen],
    clear: () => {
      seen = [];
    },
    expireTokens: gate.expire,
    inject: fault.inject,
    async close() {
      await Promise.all([registry.close(), storage.close()]);
    },
  };
}
