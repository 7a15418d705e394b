import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { badRequest } from "../errors.ts";
import { invalid } from "../registry/invalid.ts";
import { getEntry } from "../registry/read.ts";
import type { FieldError } from "../schema/index.ts";
import type { Entry } from "../storage/table.ts";
import type { Exchange } from "./exchange.ts";
import { type LogQuery, readLog } from "./logfile.ts";
import type { Target } from "./resources.ts";
import { sendText } from "./respond.ts";
import { isTrue } from "./server.ts";

/** On a pod: the file of the log directory that is its log. */
const LOG_FILE = "cluster.sluice.dev/log-file";
/** On a pod: its log. */
const LOG = "cluster.sluice.dev/log";

/**
 * Serves `pods/NAME/log`. Pods of the embedded cluster run nothing, so their log is what annotations say: a text, or a file of
 * the cluster's log directory into which the process that the pod stands for writes.
 */
export async function servePodLog(exchange: Exchange, target: Target): Promise<void> {
  const { resource, namespace = "", name } = target;
  const entry = getEntry(exchange.world, resource, namespace, name);
  const container = containerOf(entry, exchange.query.get("container"));
  const { limitBytes, ...query } = logQuery(exchange.query, exchange.world.now());
  if (isTrue(exchange.query.get("previous")))
    throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
  const annotations = entry.object.metadata.annotations ?? {};
  const file = annotations[LOG_FILE];
  if (exchange.world.logDir === undefined || file === undefined)
    return sendText(
      exchange,
      200,
      annotations[LOG] ?? `${name}/${container}: simulated, no process runs here\n`,
    );
  const path = await plainFile(exchange.world.logDir, file);
  const isOver = () => entryAt(exchange, target)?.object.metadata.uid !== entry.object.metadata.uid;
  await stream(exchange, limitBytes, (signal) => readLog(path, query, { signal, isOver }));
}

function containerOf({ object }: Entry, wanted: string | null): string {
  const names: string[] = (object.spec?.containers ?? []).map((each: { name: string }) => each.name);
  const { name } = object.metadata;
  if (!wanted && names.length > 1)
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${names.join(" ")}]`,
    );
  const container = wanted ?? names[0] ?? "";
  if (!names.includes(container)) throw badRequest(`container ${container} is not valid for pod ${name}`);
  return container;
}

/** Annotations come from users of the cluster: they name a file of the log directory, and nothing outside it. */
async function plainFile(dir: string, name: string): Promise<string> {
  const path = join(dir, name);
  const found = await lstat(path).catch(() => undefined);
  if (/^\w[\w.-]*$/.test(name) && (found?.isFile() ?? true)) return path;
  throw badRequest(`annotation ${LOG_FILE}: ${JSON.stringify(name)} is not the name of a plain file`);
}

function entryAt({ world }: Exchange, { resource, namespace = "", name }: Target): Entry | undefined {
  try {
    return getEntry(world, resource, namespace, name);
  } catch {
    return undefined;
  }
}

/** Reads PodLogOptions; wrong ones are refused as core/validation's ValidatePodLogOptions does. */
function logQuery(query: URLSearchParams, now: number): LogQuery & { limitBytes?: number } {
  const errors: FieldError[] = [];
  const least = (name: string, minimum: number, complaint: string): number | undefined => {
    const text = query.get(name);
    if (text === null || text === "") return undefined;
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text))
      throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
    if (value < minimum) errors.push({ path: name, type: "Invalid value", value, detail: complaint });
    return value;
  };
  const tailLines = least("tailLines", 0, "must be greater than or equal to 0");
  const limitBytes = least("limitBytes", 1, "must be greater than 0");
  const sinceSeconds = least("sinceSeconds", 1, "must be greater than 0");
  const sinceTime = timeOption(query.get("sinceTime"));
  if (sinceSeconds !== undefined && sinceTime !== undefined)
    errors.push({
      path: "",
      type: "Forbidden",
      value: "",
      detail: "at most one of `sinceTime` or `sinceSeconds` may be specified",
    });
  if (errors.length > 0) throw invalid({ group: "", kind: "PodLogOptions" }, "", errors);
  const since = sinceSeconds === undefined ? sinceTime : now - sinceSeconds * 1000;
  return {
    follow: isTrue(query.get("follow")),
    timestamps: isTrue(query.get("timestamps")),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(since === undefined ? {} : { since }),
  };
}

function timeOption(text: string | null): number | undefined {
  if (!text) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw badRequest(`sinceTime: ${JSON.stringify(text)} is not a time of RFC 3339`);
  return time;
}

/** Sends what `read` yields as it comes, until it ends, the client leaves or the server closes. */
async function stream(
  { req, res, signal }: Exchange,
  limitBytes: number | undefined,
  read: (signal: AbortSignal) => AsyncIterable<Buffer>,
): Promise<void> {
  const left = new AbortController();
  res.once("close", () => left.abort());
  res.writeHead(200, { "Content-Type": "text/plain", "Cache-Control": "no-cache, private" });
  res.flushHeaders();
  if (req.method === "HEAD") return void res.end();
  const lines = read(AbortSignal.any([signal, left.signal]));
  try {
    await pipeline(Readable.from(limitBytes === undefined ? lines : limited(lines, limitBytes)), res);
  } catch (thrown) {
    if (!left.signal.aborted) throw thrown;
  }
}

async function* limited(lines: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Buffer> {
  let left = limit;
  for await (const line of lines) {
    yield line.subarray(0, left);
    left -= line.length;
    if (left <= 0) return;
  }
}
