import { createHash } from "node:crypto";
import type { Catalogue, Resource } from "../catalogue.ts";
import { apiError } from "../errors.ts";
import { openapiOfPath, openapiV2, openapiV3 } from "../openapi/document.ts";
import { encodeOpenapiV2 } from "../wire/openapi-v2.ts";
import { isCustomGroup } from "./discovery.ts";
import type { Exchange } from "./exchange.ts";
import { send } from "./respond.ts";

/** Documents as bytes. They are large and rarely change: made when asked for, kept until the catalogue changes. */
type Documents = { generation: number; made: Map<string, Buffer> };

const documents = new WeakMap<Catalogue, Documents>();

function cached(
  catalogue: Catalogue,
  name: string,
  make: () => Record<string, unknown>,
  write: (document: Record<string, unknown>) => Buffer = asJson,
): Buffer {
  let known = documents.get(catalogue);
  if (known?.generation !== catalogue.generation) {
    known = { generation: catalogue.generation, made: new Map() };
    documents.set(catalogue, known);
  }
  let bytes = known.made.get(name);
  if (!bytes) known.made.set(name, (bytes = write(make())));
  return bytes;
}

const asJson = (document: Record<string, unknown>): Buffer => Buffer.from(JSON.stringify(document));

/** Serves /openapi/v2, /openapi/v3 and the documents below it. False when there is no such document. */
export function serveOpenapi(exchange: Exchange): boolean {
  const { pathname, world } = exchange;
  const { catalogue } = world;
  if (pathname === "/openapi/v2") {
    serveV2(exchange);
    return true;
  }
  if (pathname === "/openapi/v3" || pathname === "/openapi/v3/") {
    respond(
      exchange,
      cached(catalogue, "v3", () => index(catalogue)),
      "text/plain; charset=utf-8",
    );
    return true;
  }
  if (!pathname.startsWith("/openapi/v3/")) return false;
  const path = pathname.slice("/openapi/v3/".length);
  const resources = resourcesAt(catalogue, path);
  if (!resources && !otherPaths(catalogue).includes(path)) {
    exchange.res.writeHead(404).end();
    return true;
  }
  requireJson(exchange);
  respond(
    exchange,
    cached(catalogue, pathname, () => (resources ? openapiV3(resources) : openapiOfPath(slashed(path)))),
  );
  return true;
}

/** client-go asks for this one as protobuf only. */
function serveV2(exchange: Exchange): void {
  const { catalogue } = exchange.world;
  const make = () => openapiV2(catalogue);
  if (V2_PROTOBUF.test(exchange.req.headers.accept ?? "")) {
    const type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
    respond(exchange, cached(catalogue, "v2 protobuf", make, encodeOpenapiV2), type);
    return;
  }
  requireJson(exchange);
  respond(exchange, cached(catalogue, "v2", make));
}

// asked for with "@", which is no character of a media type, so answered with "."
const V2_PROTOBUF = /^application\/com\.github\.proto-openapi\.spec\.v2[@.]v1\.0\+protobuf/;

/** OpenAPI v3 has a protobuf form too. Clients that ask for it alone are told to take JSON. */
function requireJson({ req }: Exchange): void {
  const accept = req.headers.accept;
  if (!accept || /\*\/\*|application\/(\*|json)/.test(accept)) return;
  throw apiError(406, "NotAcceptable", "only the following media types are accepted: application/json");
}

/** Lists end with a slash, other pages do not. */
const slashed = (path: string): string => (/^apis?(\/|$)/.test(path) ? `/${path}/` : `/${path}`);

/** Documents about paths that are no resources. */
function otherPaths({ groups }: Catalogue): string[] {
  const named = [...groups.values()].filter((group) => group.name !== "" && !isCustomGroup(group));
  return [
    ".well-known/openid-configuration",
    "api",
    "apis",
    ...named.map(({ name }) => `apis/${name}`),
    "openid/v1/jwks",
    "version",
  ];
}

function respond(exchange: Exchange, bytes: Buffer, type = "application/json"): void {
  const { req, res } = exchange;
  const etag = `"${createHash("sha256").update(bytes).digest("hex").toUpperCase()}"`;
  res.setHeader("ETag", etag);
  if (req.headers["if-none-match"] === etag) {
    res.statusCode = 304;
    res.end();
  } else send(exchange, 200, type, bytes);
}

function resourcesAt(catalogue: Catalogue, path: string): Resource[] | undefined {
  const [root, group = "", version = ""] = path.startsWith("api/")
    ? ["api", "", path.slice(4)]
    : path.split("/");
  if (root !== "api" && root !== "apis") return undefined;
  const served = catalogue.groups.get(group)?.versions.get(version);
  return served && [...served.values()];
}

/** Pages about fixed paths never change. */
const HASH_OF_FIXED = createHash("sha256").update("fixed").digest("hex").toUpperCase();

function index(catalogue: Catalogue): Record<string, unknown> {
  const paths: Record<string, unknown> = {};
  for (const path of otherPaths(catalogue))
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${HASH_OF_FIXED}` };
  for (const { name, versions } of catalogue.groups.values())
    for (const [version, resources] of versions) {
      const path = name === "" ? `api/${version}` : `apis/${name}/${version}`;
      const content = JSON.stringify(
        [...resources.values()].map((each) => [each.plural, each.custom?.openapi, each.subresources]),
      );
      const hash = createHash("sha256").update(content).digest("hex").toUpperCase();
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
    }
  return { paths };
}
