/** Sends AdmissionReviews (apiserver/pkg/util/webhook/client.go). */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { jsonType } from "../patch/index.ts";
import type { World } from "../world.ts";
import { placeOf } from "./services.ts";
import type { Call, ClientConfig, Reply } from "./webhooks.ts";

/** What an answer may be long. */
const MAX_BYTES = 3 * 1024 * 1024;

type Target = { url: string; options: RequestOptions };

/** Asks a webhook, for as long as it may take. Never rejects: a failure is a reply, in the words of Go's client. */
export async function send(world: World, { webhook, review }: Call, signal: AbortSignal): Promise<Reply> {
  const uid = randomUUID();
  const { timeoutSeconds, clientConfig } = webhook;
  const target = targetOf(world, clientConfig, timeoutSeconds);
  if (target.kind !== "target") return target;
  const body = JSON.stringify({ ...review, request: { ...review["request"], uid } });
  const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    const { status, text } = await post(target, body, AbortSignal.any([deadline, signal]));
    if (status < 200 || status > 299) return { kind: "failure", because: refusalOf(status, text) };
    return { kind: "answer", uid, review: parsed(text) };
  } catch (thrown) {
    const because = deadline.aborted
      ? "context deadline exceeded"
      : reasonOf(thrown as NodeJS.ErrnoException, target);
    return {
      kind: "failure",
      because: thrown instanceof Unreadable ? because : `Post ${JSON.stringify(target.url)}: ${because}`,
    };
  }
}

function targetOf(
  world: World,
  { url, service, caBundle }: ClientConfig,
  seconds: number,
): ({ kind: "target" } & Target) | Reply {
  const ca = caBundle ? { ca: Buffer.from(caBundle, "base64") } : {};
  if (!service) {
    const wanted = new URL(url!);
    wanted.searchParams.set("timeout", `${seconds}s`);
    return { kind: "target", url: wanted.href, options: ca };
  }
  const { namespace, name, path = "/", port = 443 } = service;
  const host = `${name}.${namespace}.svc`;
  const shown = `https://${host}:${port}${path}?timeout=${seconds}s`;
  const place = placeOf(world, service);
  if (place.kind === "at")
    return {
      kind: "target",
      url: shown,
      options: {
        ...ca,
        hostname: place.host,
        port: place.port,
        servername: host,
        headers: { host: `${host}:${port}` },
      },
    };
  if (world.unreachableWebhooks === "warn") return { kind: "absent", service: `${namespace}/${name}` };
  return { kind: "failure", because: `Post ${JSON.stringify(shown)}: ${place.because}` };
}

async function post(
  { url, options }: Target,
  body: string,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  const headers = {
    accept: "application/json, */*",
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "user-agent": "kube-apiserver-admission",
    ...options.headers,
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpsRequest(url, { ...options, method: "POST", headers, signal, agent: false }, resolve);
    request.once("error", reject);
    request.end(body);
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += (chunk as Buffer).length;
    if (size > MAX_BYTES) {
      response.destroy();
      throw new Unreadable(`the answer is longer than ${MAX_BYTES} bytes`);
    }
    chunks.push(chunk as Buffer);
  }
  return { status: response.statusCode!, text: Buffer.concat(chunks).toString() };
}

/** An answer that came, and is of no use. */
class Unreadable extends Error {}

/** How Go prints the type that every answer is read into first. */
const HEAD =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

function parsed(text: string): Record<string, unknown> {
  let value: unknown = text;
  try {
    // to Go, null is a field that is not there
    value = JSON.parse(text, (key, each) => (each === null && key !== "" ? undefined : each));
  } catch {
    // Go takes it for YAML, in which it is a text
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  const problem = `json: cannot unmarshal ${jsonType(value)} into Go value of type ${HEAD}`;
  throw new Unreadable(`couldn't get version/kind; json parse error: ${problem}`);
}

/** What Go's client makes of a status that is no success (client-go/rest/request.go). */
function refusalOf(status: number, text: string): string {
  switch (status) {
    case 404:
      return "the server could not find the requested resource";
    case 401:
      return "the server has asked for the client to provide credentials";
    case 403:
      return "forbidden";
    case 503:
      return "the server is currently unable to handle the request";
    default:
      if (status >= 500)
        return `an error on the server (${JSON.stringify(text.trim())}) has prevented the request from succeeding`;
      return `the server responded with the status code ${status} but did not return more information`;
  }
}

const UNTRUSTED = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);

function reasonOf(
  error: NodeJS.ErrnoException & { address?: string; port?: number },
  { url }: Target,
): string {
  if (error instanceof Unreadable) return error.message;
  const x509 = "tls: failed to verify certificate: x509: ";
  if (UNTRUSTED.has(error.code ?? "")) return `${x509}certificate signed by unknown authority`;
  switch (error.code) {
    case "ECONNREFUSED":
      return `dial tcp ${error.address}:${error.port}: connect: connection refused`;
    case "ENOTFOUND":
      return `dial tcp: lookup ${new URL(url).hostname}: no such host`;
    case "CERT_HAS_EXPIRED":
      return `${x509}certificate has expired or is not yet valid`;
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `${x509}certificate is not valid for ${new URL(url).hostname}`;
    case "ECONNRESET":
      return "EOF";
    default:
      return error.message;
  }
}
