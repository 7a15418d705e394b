import { randomBytes } from "node:crypto";
import { mkdir, open, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Artifact, backoff } from "@sluice/api";
// Not Node's own fetch, which is a second undici: the API client has loaded this one already.
import { fetch, type Response } from "undici";
import { digestVerifier, parseDigest } from "./digest.ts";
import {
  type ArtifactError,
  artifactError,
  asArtifactError,
  isArtifactError,
  systemCodeOf,
} from "./errors.ts";
import { limits } from "./limits.ts";
import { type Unpacked, type UnpackOptions, unpack } from "./unpack.ts";

/** What a consumer has to know of an artifact to fetch it. */
export type Fetchable = Pick<Artifact, "url" | "digest"> & { size?: number };

export type DownloadOptions = {
  /** Bytes of the file as it is downloaded. */
  maxBytes?: number;
  /** Attempts after the first one. */
  retries?: number;
  /** `host:port` to ask instead of the one in the url (Flux's SOURCE_CONTROLLER_LOCALHOST). */
  hostOverride?: string;
  /** Give an attempt up when nothing arrives for this many milliseconds. */
  idleMs?: number;
  /** Starts the timer of `idleMs`, which each piece that arrives refreshes. */
  idleTimer?: (giveUp: () => void, idleMs: number) => NodeJS.Timeout;
  /** Milliseconds to wait after attempt 1, 2, …; by default a random time that grows from 250 ms to 10 s. */
  retryDelay?: (attempt: number) => number;
  signal?: AbortSignal;
};

export type FetchOptions = DownloadOptions & UnpackOptions;

/**
 * Downloads an artifact, checks its digest, and only then unpacks it into `dir`, which must be absent or empty and
 * afterwards is complete or not there at all. Returns the number of files and the bytes in them.
 *
 * A server that cannot be reached, answers 5xx or 429, or breaks off is asked again; `unreachable` or `timeout` is
 * thrown in the end. Final at once are `not-found` (404, 410: wait for the source's next artifact), `digest-mismatch`
 * (asking the same url again would not help), `too-large`, `aborted`, other answers (`unreachable`), and whatever
 * `unpack` throws.
 */
export async function fetchArtifact(
  artifact: Fetchable,
  dir: string,
  options: FetchOptions = {},
): Promise<Unpacked> {
  const file = `${resolve(dir)}.${randomBytes(6).toString("hex")}.tar.gz.tmp`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await downloadArtifact(artifact, file, options);
    return await unpack(file, dir, options);
  } finally {
    await rm(file, { force: true });
  }
}

/**
 * Downloads an artifact to `file` (created or replaced, mode 0600) and checks its digest: for artifacts that are used
 * as they are, charts and indexes. Retries and throws as `fetchArtifact` does; no `file` is left behind then.
 */
export async function downloadArtifact(
  artifact: Fetchable,
  file: string,
  options: DownloadOptions = {},
): Promise<void> {
  const { retries = limits.retries, retryDelay = usualDelay, signal } = options;
  parseDigest(artifact.digest); // before anything is sent
  try {
    for (let attempt = 1; ; attempt++) {
      const outcome = await downloadOnce(artifact, file, options);
      if (outcome.kind === "done") return;
      if (attempt > retries) throw afterAttempts(outcome.error, attempt);
      await sleep(retryDelay(attempt), undefined, { signal });
    }
  } catch (thrown) {
    await rm(file, { force: true });
    throw asArtifactError(thrown, artifact.url, signal);
  }
}

const usualDelay = (attempt: number, random = Math.random): number =>
  backoff(attempt - 1, random, limits.retryMinMs, limits.retryMaxMs);

const afterAttempts = (error: ArtifactError, attempts: number): ArtifactError =>
  attempts === 1 ? error : artifactError(error.code, `${error.message} (${attempts} attempts)`, error.cause);

/** `again` is what another attempt may cure; whatever else goes wrong is thrown. */
type Outcome = { kind: "done" } | { kind: "again"; error: ArtifactError };

async function downloadOnce(artifact: Fetchable, file: string, options: DownloadOptions): Promise<Outcome> {
  const { idleMs = limits.idleMs, idleTimer = setTimeout, hostOverride, signal } = options;
  const url = locate(artifact.url, hostOverride);
  const idle = new AbortController();
  const timer = idleTimer(() => idle.abort(), idleMs);
  try {
    const response = await fetch(url, {
      signal: signal ? AbortSignal.any([signal, idle.signal]) : idle.signal,
      // The digest is that of the file: nothing on the way may compress it.
      headers: { accept: "*/*", "accept-encoding": "identity" },
    });
    if (response.status !== 200) return await refusal(url, response);
    await saveVerified(withHeartbeat(response, timer), artifact, file, options.maxBytes ?? limits.maxBytes);
    return { kind: "done" };
  } catch (thrown) {
    return { kind: "again", error: connectionError(thrown, url, idle.signal, idleMs, signal) };
  } finally {
    clearTimeout(timer);
  }
}

function locate(url: string, hostOverride?: string): URL {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw artifactError("not-found", `artifact url ${JSON.stringify(url)}: not an http or https url`);
  }
  if (hostOverride) parsed.host = hostOverride;
  return parsed;
}

async function refusal(url: URL, response: Response): Promise<Outcome> {
  await response.body?.cancel();
  const { status } = response;
  if (status === 404 || status === 410) {
    throw artifactError("not-found", `${url}: the server no longer has this artifact (${status})`);
  }
  const error = artifactError(
    "unreachable",
    `${url}: the server answers ${status} ${response.statusText}`.trimEnd(),
  );
  if (status >= 500 || status === 429) return { kind: "again", error };
  throw error;
}

/** The body's pieces; each one starts the idle timer afresh. */
async function* withHeartbeat(response: Response, timer: NodeJS.Timeout): AsyncGenerator<Uint8Array> {
  for await (const chunk of response.body ?? []) {
    timer.refresh();
    yield chunk;
  }
}

async function saveVerified(
  body: AsyncIterable<Uint8Array>,
  { url, digest, size }: Fetchable,
  file: string,
  maxBytes: number,
): Promise<void> {
  const verifier = digestVerifier(digest);
  const handle = await open(file, "w", 0o600);
  let received = 0;
  try {
    for await (const chunk of body) {
      received += chunk.length;
      if (received > maxBytes) throw artifactError("too-large", `${url}: more than ${maxBytes} bytes`);
      if (size !== undefined && received > size) break;
      verifier.hash.update(chunk);
      await handle.writeFile(chunk);
    }
  } finally {
    await handle.close();
  }
  if ((size !== undefined && received !== size) || !verifier.matches()) {
    const announced = size === undefined ? digest : `${digest} and ${size} bytes`;
    throw artifactError(
      "digest-mismatch",
      `${url}: the file is not the announced one (${announced}); it was replaced or damaged`,
    );
  }
}

/** Sorts what a broken attempt threw: only a failing connection is returned, the rest is thrown on. */
function connectionError(
  thrown: unknown,
  url: URL,
  idle: AbortSignal,
  idleMs: number,
  signal?: AbortSignal,
): ArtifactError {
  if (isArtifactError(thrown) || signal?.aborted) throw thrown;
  if (idle.aborted) return artifactError("timeout", `${url}: nothing received for ${idleMs} ms`);
  // fetch throws a TypeError for all network failures and puts the reason into its cause.
  if (!(thrown instanceof TypeError)) throw thrown;
  const reason = thrown.cause instanceof Error ? thrown.cause : thrown;
  return artifactError("unreachable", `${url}: ${reason.message || systemCodeOf(reason)}`, thrown);
}
