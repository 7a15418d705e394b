/** What a registry does at its addresses. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { refuse, send } from "./answers.ts";
import { type Content, digestOf } from "./content.ts";

/** A request to an address of the registry, and what the registry has. */
export type Asked = {
  content: Content;
  uploads: Map<string, Buffer>;
  /** Of the registry. */
  address: string;
  /** Where blobs are redirected to. */
  elsewhere?: string;
  /** Tags in a list before it goes on at another page. */
  pageSize?: number;
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  repository: string;
  /** What stands last in the path. */
  name: string;
  body: Buffer;
};

export function sendBlob(request: IncomingMessage, response: ServerResponse, data: Buffer): void {
  response.writeHead(200, {
    "Content-Type": "application/octet-stream",
    "Docker-Content-Digest": digestOf(data),
    "Content-Length": data.length,
  });
  response.end(request.method === "HEAD" ? undefined : data);
}

export function getManifest({ content, request, response, repository, name }: Asked) {
  const found = content.manifest(repository, name);
  if (!found) return refuse(response, 404, "MANIFEST_UNKNOWN", "manifest unknown");
  const headers = { "Content-Type": found.mediaType, "Docker-Content-Digest": found.digest };
  response.writeHead(200, { ...headers, "Content-Length": found.data.length });
  response.end(request.method === "HEAD" ? undefined : found.data);
}

export function putManifest({ content, address, request, response, repository, name, body }: Asked) {
  const isDigest = name.includes(":");
  if (isDigest && name !== digestOf(body))
    return refuse(response, 400, "DIGEST_INVALID", "provided digest did not match uploaded content");
  let manifest: any;
  try {
    manifest = JSON.parse(body.toString());
  } catch {
    return refuse(response, 400, "MANIFEST_INVALID", "manifest invalid");
  }
  const parts = [manifest.config, ...(manifest.layers ?? [])].filter(Boolean);
  if (parts.some(({ digest }) => !content.blob(repository, digest)))
    return refuse(response, 400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry");
  const mediaType = request.headers["content-type"] ?? manifest.mediaType;
  const { digest } = content.addManifest(repository, isDigest ? undefined : name, mediaType, body);
  const location = `${address}/v2/${repository}/manifests/${digest}`;
  send(response, 201, "", { Location: location, "Docker-Content-Digest": digest });
}

export function getBlob({ content, elsewhere, request, response, repository, name }: Asked) {
  const data = content.blob(repository, name);
  if (!data) return refuse(response, 404, "BLOB_UNKNOWN", "blob unknown to registry");
  if (elsewhere === undefined) return sendBlob(request, response, data);
  // As addresses of clouds carry what gives access.
  const location = `${elsewhere}/${repository}/${name}?signature=secret`;
  send(response, 307, "", { Location: location });
}

/** Uploads at once (POST or POST and PUT) and in pieces (PATCH). */
export function upload({ content, uploads, address, request, response, url, repository, name, body }: Asked) {
  const id = request.method === "POST" ? randomBytes(8).toString("hex") : name;
  const before = request.method === "POST" ? Buffer.alloc(0) : uploads.get(id);
  if (!before) return refuse(response, 404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
  const data = Buffer.concat([before, body]);
  const wanted = url.searchParams.get("digest");
  if (wanted === null) {
    uploads.set(id, data);
    const location = `${address}/v2/${repository}/blobs/uploads/${id}`;
    return send(response, 202, "", { Location: location, Range: `0-${Math.max(0, data.length - 1)}` });
  }
  if (wanted !== digestOf(data))
    return refuse(response, 400, "DIGEST_INVALID", "provided digest did not match uploaded content");
  uploads.delete(id);
  const digest = content.addBlob(repository, data);
  const location = `${address}/v2/${repository}/blobs/${digest}`;
  send(response, 201, "", { Location: location, "Docker-Content-Digest": digest });
}

export function listTags({ content, pageSize, response, url, repository }: Asked) {
  const all = content.tags(repository);
  if (!all) return refuse(response, 404, "NAME_UNKNOWN", "repository name not known to registry");
  const { n, last = "" } = Object.fromEntries(url.searchParams);
  const asked = Math.min(Number(n ?? Infinity), pageSize ?? Infinity);
  const tags = all.filter((tag) => tag > last).slice(0, asked);
  // A full page has a next one, even if nothing is left for it: so does the reference implementation.
  const more = tags.length === asked && asked > 0;
  const next = `/v2/${repository}/tags/list?last=${tags.at(-1)}&n=${asked}`;
  send(response, 200, `${JSON.stringify({ name: repository, tags })}\n`, {
    "Content-Type": "application/json",
    ...(more && { Link: `<${next}>; rel="next"` }),
  });
}
