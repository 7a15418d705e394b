import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * As little of a Kubernetes client as the control plane needs to set itself up. It shares nothing with `@sluice/kube`, so
 * that what is tested never tests itself.
 */
export type Api = {
  /** Answers the body, parsed where it is JSON. @throws an error with `status` when the answer is not 2xx, or none comes within 10 s */
  call<T = Loose>(method: string, path: string, body?: object, contentType?: string): Promise<T>;
  /** Calls `onChange` with every object of a list, then with each change, for ever: a lost watch starts over. */
  follow(
    path: string,
    onChange: (type: "put" | "gone", object: Loose) => void,
    signal: AbortSignal,
  ): Promise<void>;
  close(): void;
};

/** A JSON object whose fields are looked into without knowing its type. */
export type Loose = Record<string, any>;

export type Access = { url: string; ca: string; token: string };

const answerMs = 60_000;
const pauseMs = 500;

/** Content types of patches. */
export const patches = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

/** Opens nothing yet: connections come with the calls, and are kept. */
export function apiOf({ url, ca, token }: Access): Api {
  const agent = new Agent({ ca, keepAlive: true });
  const send = (
    method: string,
    path: string,
    body: object | undefined,
    contentType: string,
    signal: AbortSignal,
  ) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const headers: Record<string, string> = {
        authorization: `Bearer ${token}`,
        accept: "application/json",
      };
      const text = body === undefined ? "" : JSON.stringify(body);
      if (body !== undefined) headers["content-type"] = contentType;
      // Said for every method: Node sends the body of a DELETE without any length unless told.
      headers["content-length"] = String(Buffer.byteLength(text));
      const request = httpsRequest(new URL(path, url), { method, agent, headers, signal }, resolve);
      request.once("error", reject);
      request.end(text);
    });

  const call: Api["call"] = async (method, path, body, contentType = "application/json") => {
    const response = await send(method, path, body, contentType, AbortSignal.timeout(answerMs));
    const text = await textOf(response);
    const isJson = response.headers["content-type"]?.startsWith("application/json");
    if (response.statusCode! < 300) return isJson ? JSON.parse(text) : text;
    throw Object.assign(new Error(`${method} ${path}: ${response.statusCode} ${messageOf(text)}`), {
      status: response.statusCode,
    });
  };

  const watch = async (
    path: string,
    version: string,
    onEvent: (event: Loose) => void,
    signal: AbortSignal,
  ) => {
    const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=${version}`;
    const response = await send("GET", withQuery(path, query), undefined, "", signal);
    if (response.statusCode !== 200)
      throw new Error(`watch ${path}: ${response.statusCode} ${await textOf(response)}`);
    for await (const line of createInterface({ input: response })) onEvent(JSON.parse(line));
  };

  const follow: Api["follow"] = async (path, onChange, signal) => {
    let known = new Map<string, Loose>();
    while (!signal.aborted) {
      try {
        const list = await call("GET", path);
        const items = new Map<string, Loose>(list.items.map((item: Loose) => [keyOf(item), item]));
        for (const [key, object] of known) if (!items.has(key)) onChange("gone", object);
        for (const object of items.values()) onChange("put", object);
        known = items;
        await watch(
          path,
          list.metadata.resourceVersion,
          ({ type, object }) => {
            if (type === "BOOKMARK") return;
            if (type === "ERROR") throw new Error(object.message);
            if (type === "DELETED") known.delete(keyOf(object));
            else known.set(keyOf(object), object);
            onChange(type === "DELETED" ? "gone" : "put", object);
          },
          signal,
        );
      } catch (thrown) {
        if (!signal.aborted) console.error(`following ${path}: ${(thrown as Error).message}`);
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  };
  return { call, follow, close: () => agent.destroy() };
}

/** `namespace/name`. */
export const keyOf = ({ metadata }: Loose): string => `${metadata.namespace ?? ""}/${metadata.name}`;

/** Whether the error is an answer with that status code. */
export const hasStatus = (thrown: unknown, status: number): boolean =>
  (thrown as { status?: number })?.status === status;

/** For `catch`: what is not there, or is another one by now, is undefined. */
export const unlessGone = (thrown: unknown): undefined => {
  if (!hasStatus(thrown, 404) && !hasStatus(thrown, 409)) throw thrown;
  return undefined;
};

function messageOf(text: string): string {
  try {
    return JSON.parse(text).message ?? text;
  } catch {
    return text.slice(0, 200);
  }
}

const withQuery = (path: string, query: string): string => `${path}${path.includes("?") ? "&" : "?"}${query}`;

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
