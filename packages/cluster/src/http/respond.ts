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

/** One Warning header for each text that is told. */
export function addWarnings(res: ServerResponse, warnings: readonly string[]): void {
  const lines = warningsTold(warnings).map(
    (text) => `299 - ${JSON.stringify(text.replaceAll(/[^\x20-\x7e]/g, "?"))}`,
  );
  if (lines.length > 0) res.setHeader("Warning", lines);
}

/** Characters of all warnings together from which each is cut, and to how many. */
const MAX_WARNINGS = 4096;
const CUT_WARNING = 256;

/**
 * What is told of the warnings of one answer (endpoints/filters/warning.go): each once, none with control characters. When they come to more than the
 * limit all are cut, and those that come after the limit is reached again are left out.
 */
export function warningsTold(warnings: readonly string[]): string[] {
  const texts = [...new Set(warnings)].filter((text) => text !== "" && !/\p{Cc}/u.test(text));
  const length = (text: string) => [...text].length;
  let written = 0;
  const overflow = texts.findIndex((text) => (written += length(text)) > MAX_WARNINGS);
  if (overflow < 0) return texts;
  const cut = texts.map((text) => [...text].slice(0, CUT_WARNING).join(""));
  const told = cut.slice(0, overflow + 1);
  written = told.reduce((sum, text) => sum + length(text), 0);
  for (const text of cut.slice(overflow + 1)) {
    if (written >= MAX_WARNINGS) break;
    written += length(text);
    told.push(text);
  }
  return told;
}
