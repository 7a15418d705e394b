import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { stringify } from "@sluice/yaml";
import { type ApiError, isApiError, type Status } from "../errors.ts";
import type { Exchange } from "./exchange.ts";
import { type Format, negotiate } from "./negotiate.ts";

/** Answers larger than this are compressed for clients that accept it, as the API server does. */
const GZIP_FROM = 128 * 1024;
const NEWLINE = Buffer.from("\n");

/** Sends a JSON value as JSON or YAML. */
export function sendValue(exchange: Exchange, code: number, value: unknown, format: Format): void {
  if (format.media === "yaml") send(exchange, code, "application/yaml", Buffer.from(stringify(value)));
  else if (format.pretty)
    send(exchange, code, contentType(format), Buffer.from(JSON.stringify(value, null, 2)));
  else send(exchange, code, contentType(format), Buffer.from(`${JSON.stringify(value)}\n`));
}

/** Sends bytes that are JSON already; other formats are made from them. */
export function sendJson(exchange: Exchange, code: number, json: Buffer, format: Format): void {
  if (format.media === "yaml" || format.pretty)
    sendValue(exchange, code, JSON.parse(json.toString()), format);
  else send(exchange, code, "application/json", Buffer.concat([json, NEWLINE]));
}

function contentType({ aggregated }: Format): string {
  if (aggregated) return `application/json;g=apidiscovery.k8s.io;v=${aggregated};as=APIGroupDiscoveryList`;
  return "application/json";
}

export function send({ req, res }: Exchange, code: number, type: string, body: Buffer): void {
  res.statusCode = code;
  res.setHeader("Content-Type", type);
  if (!res.hasHeader("Cache-Control")) res.setHeader("Cache-Control", "no-cache, private");
  let bytes = body;
  if (body.length > GZIP_FROM && /\bgzip\b/.test(String(req.headers["accept-encoding"] ?? ""))) {
    bytes = gzipSync(body, { level: 1 });
    res.setHeader("Content-Encoding", "gzip");
    res.setHeader("Vary", "Accept-Encoding");
  }
  res.setHeader("Content-Length", bytes.length);
  res.end(req.method === "HEAD" ? undefined : bytes);
}

export function sendText(exchange: Exchange, code: number, text: string): void {
  exchange.res.setHeader("X-Content-Type-Options", "nosniff");
  send(exchange, code, "text/plain; charset=utf-8", Buffer.from(text));
}

/** Turns whatever a handler threw into the Status that a client understands. */
export function sendError(exchange: Exchange, thrown: unknown): void {
  const { res, world, req, query } = exchange;
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const status = statusOf(thrown);
  if (!isApiError(thrown)) world.log(`${req.method} ${req.url}: ${(thrown as Error)?.stack ?? thrown}`);
  if (status.details?.retryAfterSeconds)
    res.setHeader("Retry-After", String(status.details.retryAfterSeconds));
  sendValue(exchange, status.code, status, errorFormat(req.headers.accept, isPretty(exchange, query)));
}

function statusOf(thrown: unknown): ApiError["status"] {
  if (isApiError(thrown)) return thrown.status;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const status: Status & { code: number } = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    code: 500,
  };
  return status;
}

/** Errors are told in the asked format where there is one, else in JSON. */
function errorFormat(accept: string | undefined, pretty: boolean): Format {
  try {
    const { media } = negotiate(accept, pretty, true);
    return { media, pretty };
  } catch {
    return { media: "json", pretty };
  }
}

/** Indented answers: when asked by `?pretty=true`, and for people with curl, wget or a browser. */
export function isPretty({ req }: Pick<Exchange, "req">, query: URLSearchParams): boolean {
  const asked = query.get("pretty");
  if (asked !== null) return asked !== "false" && asked !== "0";
  return /^(curl|Wget|Mozilla\/5.0)/.test(req.headers["user-agent"] ?? "");
}

/** One Warning header for each distinct text. */
export function addWarnings(res: ServerResponse, warnings: readonly string[]): void {
  const lines = [...new Set(warnings)].map(
    (text) => `299 - ${JSON.stringify(text.replaceAll(/[^\x20-\x7e]/g, "?"))}`,
  );
  if (lines.length > 0) res.setHeader("Warning", lines);
}
