import { ISSUER } from "../auth/tokens.ts";
import { nameOf, type Resource, resourceAt } from "../catalogue.ts";
import { methodNotSupported, noSuchResource, notFound } from "../errors.ts";
import { isCustomGroup, serveDiscovery } from "./discovery.ts";
import type { Exchange } from "./exchange.ts";
import { serveOpenapi } from "./openapi.ts";
import { deprecationWarning, notAllowed, serveResource } from "./resources.ts";
import { send, sendText, sendValue } from "./respond.ts";
import { serveSubresource } from "./subresources.ts";
import { isVirtual, serveVirtual } from "./virtual.ts";

const VERSION = {
  major: "1",
  minor: "36",
  emulationMajor: "1",
  emulationMinor: "36",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "35",
  gitVersion: "v1.36.3",
  gitCommit: "",
  gitTreeState: "",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: "",
  platform: "linux/amd64",
};

/** Sends a request to whoever answers it. */
export async function route(exchange: Exchange): Promise<void> {
  const { pathname, path } = exchange;
  if (path?.plural) return routeResource(exchange);
  if (path || /^\/apis?\/?$/.test(pathname)) {
    if (!serveDiscovery(exchange)) notFoundPage(exchange);
    return;
  }
  if (pathname.startsWith("/openapi/") && serveOpenapi(exchange)) return;
  switch (pathname) {
    case "/version":
    case "/version/":
      if (exchange.method !== "GET") throw notAllowed();
      return sendValue(exchange, 200, VERSION, { media: "json", pretty: true });
    case "/healthz":
    case "/livez":
    case "/readyz":
      return serveHealth(exchange);
    case "/.well-known/openid-configuration":
      return serveIssuer(exchange);
    case "/openid/v1/jwks":
      return serveKeys(exchange);
    case "/":
      return sendValue(exchange, 200, { paths: rootPaths(exchange) }, { media: "json", pretty: true });
    default:
      if (/^\/(healthz|livez|readyz)\/(ping|log|etcd)$/.test(pathname)) return sendText(exchange, 200, "ok");
      return notFoundPage(exchange);
  }
}

function notFoundPage(exchange: Exchange): void {
  sendText(exchange, 404, "404 page not found\n");
}

function serveHealth(exchange: Exchange): void {
  const name = exchange.pathname.slice(1);
  sendText(
    exchange,
    200,
    exchange.query.has("verbose") ? `[+]ping ok\n[+]storage ok\n${name} check passed\n` : "ok",
  );
}

/** What others need to know who want to verify the tokens of ServiceAccounts themselves: OpenID Connect Discovery. */
function serveIssuer(exchange: Exchange): void {
  const document = {
    issuer: ISSUER,
    jwks_uri: `https://${exchange.host}/openid/v1/jwks`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
  };
  send(exchange, 200, "application/json", Buffer.from(JSON.stringify(document)));
}

function serveKeys(exchange: Exchange): void {
  const keys = { keys: [exchange.world.auth.key.jwk] };
  send(exchange, 200, "application/jwk-set+json", Buffer.from(JSON.stringify(keys)));
}

function rootPaths({ world }: Exchange): string[] {
  const paths = [
    "/.well-known/openid-configuration",
    "/api",
    "/api/v1",
    "/apis",
    "/apis/",
    "/healthz",
    "/livez",
    "/openapi/v2",
    "/openapi/v3",
    "/openid/v1/jwks",
    "/readyz",
    "/version",
  ];
  for (const { name, versions } of world.catalogue.groups.values())
    if (name !== "")
      paths.push(`/apis/${name}`, ...[...versions.keys()].map((version) => `/apis/${name}/${version}`));
  return paths.sort();
}

async function routeResource(exchange: Exchange): Promise<void> {
  const { world, path, verb } = exchange;
  const { group, version = "", plural = "", name = "", subresource = "" } = path!;
  const served = world.catalogue.groups.get(group);
  if (!served?.versions.has(version)) {
    if (group === "" || (served && !isCustomGroup(served))) throw noSuchResource();
    return notFoundPage(exchange);
  }
  const resource = resourceAt(world.catalogue, group, version, plural);
  if (!resource) {
    // a group made of CRDs alone has no catalogue of its own to answer with a Status
    if (isCustomGroup(served)) return notFoundPage(exchange);
    throw noSuchResource();
  }
  if (resource.namespaced ? path!.namespace === undefined && name !== "" : path!.namespace !== undefined) {
    if (resource.custom) return notFoundPage(exchange);
    throw noSuchResource();
  }
  // also what is refused is warned of, if it is something that the resource knows
  if (resource.verbs.includes(verb)) deprecationWarning(exchange, resource);
  if (isVirtual(resource)) return serveVirtual(exchange, resource);
  if (subresource !== "") return routeSubresource(exchange, resource);
  if (exchange.method === "HEAD") throw notAllowed();
  requireVerb(exchange, resource, verb);
  return serveResource(exchange, targetOf(exchange, resource));
}

function requireVerb({ path }: Exchange, resource: Resource, verb: string): void {
  // without a list there is nothing at the path of all namespaces, whatever the method
  if (resource.namespaced && path!.namespace === undefined && !resource.verbs.includes("list"))
    throw noSuchResource();
  if (!resource.verbs.includes(verb)) throw notAllowed();
  if (verb === "create" && path!.name !== undefined) throw notAllowed();
  if (["update", "patch"].includes(verb) && path!.name === undefined) throw notAllowed();
  // a namespaced kind is created, and deleted as a whole, inside a namespace only
  if (resource.namespaced && path!.namespace === undefined && !["list", "watch"].includes(verb))
    throw notAllowed();
}

function targetOf({ path }: Exchange, resource: Resource, subresource = "") {
  const namespace = resource.namespaced ? path!.namespace : "";
  return { resource, namespace, name: path!.name ?? "", subresource };
}

async function routeSubresource(exchange: Exchange, resource: Resource): Promise<void> {
  const { path, verb } = exchange;
  const part = resource.subresources.find(({ name }) => name === path!.subresource);
  if (!part) throw resource.custom ? notFound(nameOf(resource), path!.name!) : noSuchResource();
  if (!part.verbs.includes(verb))
    throw resource.custom ? methodNotSupported(nameOf(resource), verb) : notAllowed();
  const target = targetOf(exchange, resource, part.name);
  if (part.name === "status") return serveResource(exchange, target);
  return serveSubresource(exchange, target);
}
