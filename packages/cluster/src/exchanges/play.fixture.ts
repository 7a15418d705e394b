import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { type Mask, newMask } from "./mask.fixture.ts";
import type { Answer, Loose, Scenarios, Seen, Step } from "./scenario.fixture.ts";
import { startWebhooks, type WebhookServer } from "./webhook.fixture.ts";

/** Where requests go. */
export type Target = { url: string; token?: string; ca?: string };

/** A request and its answer, both masked. */
export type Exchange = {
  request: { method: string; path: string; headers: Record<string, string>; body?: Loose };
  status: number;
  headers: Record<string, string | string[]>;
  body?: Loose;
  events?: Loose[];
  /** what webhooks were asked meanwhile */
  asked?: Loose[];
};

export type Player = { play(name: string, steps: Step[]): Promise<Exchange[]>; close(): void };

/** The real server looks for new kinds of params every half minute. */
const PATIENCE_MS = 120_000;
/** What a watch may still say after the last expected event. */
const GRACE_MS = 60;
const TOLD = ["content-type", "warning", "retry-after", "allow"];

/** Plays scenarios against a server. `play` rejects when a server does not answer, or a waited-for state does not come. */
export function playerOf(target: Target): Player {
  const secure = target.url.startsWith("https:");
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, ...(target.ca === undefined ? {} : { ca: target.ca }) })
    : new HttpAgent({ keepAlive: true });
  const open = (step: Step, path: string, body: Loose, signal: AbortSignal): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
      const headers: Record<string, string> = { accept: "application/json", ...step.headers };
      if (target.token !== undefined) headers["authorization"] = `Bearer ${target.token}`;
      // Node leaves it out of a DELETE, and the server would take the body for the next request
      if (text !== undefined) headers["content-length"] = String(Buffer.byteLength(text));
      const start = secure ? httpsRequest : httpRequest;
      const request = start(
        new URL(path, target.url),
        { method: step.method, agent, headers, signal },
        resolve,
      );
      request.once("error", reject);
      request.end(text);
    });
  const webhooks = startWebhooks();
  return {
    async play(name, steps) {
      const hooks = await webhooks;
      const scene = { ...sceneOf(name), hook: hooks.url, ca: hooks.ca };
      const namespace = post("/api/v1/namespaces", { metadata: { name: scene.ns } });
      const made = await answerOf(await open(namespace, "/api/v1/namespaces", namespace.body, patience()));
      if (made.status !== 201) throw new Error(`namespace ${scene.ns}: ${made.status} ${made.body?.message}`);
      const run: Run = { scene, open, hooks, mask: newMask(), seen: [], exchanges: [] };
      // the account and the root certificate of the namespace are there before anything is counted
      await perform(run, untilMade(`/api/v1/namespaces/${scene.ns}/serviceaccounts/default`));
      await perform(run, untilMade(`/api/v1/namespaces/${scene.ns}/configmaps/kube-root-ca.crt`));
      run.seen.length = 0;
      for (const step of steps) await perform(run, step);
      return run.exchanges;
    },
    close: () => {
      agent.destroy();
      void webhooks.then((hooks) => hooks.close());
    },
  };
}

const patience = () => AbortSignal.timeout(PATIENCE_MS);
const post = (path: string, body: Loose): Step => ({
  method: "POST",
  path,
  headers: { "content-type": "application/json" },
  body,
});
const untilMade = (path: string): Step => ({
  method: "GET",
  path,
  headers: {},
  quiet: true,
  until: ({ status }) => status === 200,
});

type Scene = { ns: string; group: string };
type Run = {
  scene: Scene & { hook: string; ca: string };
  hooks: WebhookServer;
  open: (step: Step, path: string, body: Loose, signal: AbortSignal) => Promise<IncomingMessage>;
  mask: Mask;
  seen: Answer[];
  exchanges: Exchange[];
};

/** The names that belong to a scenario alone, made from its sentence. */
function sceneOf(sentence: string): Scene {
  const ns = sentence
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 50)
    .replace(/^-|-$/g, "");
  return { ns, group: `${ns}.example.com` };
}

/** Throws when two sentences would share their names. */
export function requireOwnScenes(suites: Record<string, Scenarios>): void {
  const taken = new Map<string, string>();
  for (const scenarios of Object.values(suites))
    for (const sentence of Object.keys(scenarios)) {
      const { ns } = sceneOf(sentence);
      if (taken.has(ns)) throw new Error(`"${sentence}" and "${taken.get(ns)}" begin too alike`);
      taken.set(ns, sentence);
    }
}

async function perform(run: Run, step: Step): Promise<void> {
  const path = filled(given(step.path, run.seen), run.scene);
  const body = filled(given(step.body, run.seen), run.scene);
  const request = {
    method: step.method,
    path:
      typeof step.path === "string" ? path : path.replaceAll(/(resourceVersion|continue)=[^&]+/g, "$1=<$1>"),
    headers: Object.fromEntries(Object.entries(step.headers).filter(([key]) => key !== "user-agent")),
    ...(body === undefined ? {} : { body: shortened(body) }),
  };
  // numbers are given in the order in which things are told: the request first
  const told = run.mask(request);
  const answer = step.watch ? await watched(run, step, path) : await answered(run, step, path, body);
  run.seen.push(answer);
  const asked = run.hooks.taken();
  if (step.quiet) return;
  const { status, headers, events } = answer;
  const part = step.pick && status < 300 ? step.pick(answer.body) : answer.body;
  run.exchanges.push({
    request: told,
    status,
    headers: run.mask(headers),
    ...(part === undefined ? {} : { body: run.mask(JSON.parse(JSON.stringify(part))) }),
    ...(events === undefined ? {} : { events: events.map(run.mask) }),
    ...(asked.length === 0 ? {} : { asked: asked.map(run.mask) }),
  });
}

const given = <T>(value: T | ((seen: Seen) => T), seen: Seen): T =>
  typeof value === "function" ? (value as (seen: Seen) => T)(seen) : value;

function filled<T>(value: T, scene: Run["scene"]): T {
  if (value === undefined) return value;
  const fill = (text: string) =>
    text.replaceAll(/\{(ns|group|hook|ca)\}/g, (_, name: keyof typeof scene) => scene[name]);
  return typeof value === "string" ? (fill(value) as T) : JSON.parse(fill(JSON.stringify(value)));
}

/** Large bodies are told by their beginning and size. */
function shortened(body: Loose): Loose {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return text.length > 20_000 ? `${text.slice(0, 80)}… (${text.length} characters)` : body;
}

async function answered({ open }: Run, step: Step, path: string, body: Loose): Promise<Answer> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await answerOf(await open(step, path, body, patience()));
    if (!step.until || step.until(answer)) return answer;
    if (performance.now() > deadline)
      throw new Error(
        `${step.method} ${path} did not come to what was waited for: ${JSON.stringify(answer)}`,
      );
    await sleep(20);
  }
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { ...headOf(response), body: parsed(Buffer.concat(chunks).toString()) };
}

function headOf({ statusCode, headers, rawHeaders }: IncomingMessage): Answer {
  const told: Answer["headers"] = {};
  for (const key of TOLD) if (headers[key] !== undefined) told[key] = headers[key] as string;
  // Node joins what came as several lines
  const warnings = rawHeaders.filter(
    (_, index) => rawHeaders[index - 1]?.toLowerCase() === "warning" && index % 2 === 1,
  );
  if (warnings.length > 0) told["warning"] = warnings;
  return { status: statusCode!, headers: told };
}

function parsed(text: string): Loose {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function watched(run: Run, step: Step, path: string): Promise<Answer> {
  const { events: wanted, during } = step.watch!;
  const ended = new AbortController();
  const response = await run.open(step, path, undefined, AbortSignal.any([ended.signal, patience()]));
  const head = headOf(response);
  if (head.status !== 200) return answerOf(response);
  const events: Loose[] = [];
  const reading = readEvents(response, events, wanted, ended);
  try {
    for (const each of during) await perform(run, each);
    await reading;
  } finally {
    ended.abort();
  }
  return { ...head, events };
}

async function readEvents(
  response: IncomingMessage,
  events: Loose[],
  wanted: number,
  ended: AbortController,
): Promise<void> {
  try {
    for await (const line of createInterface({ input: response })) {
      events.push(parsed(line));
      if (events.length === wanted) void sleep(GRACE_MS).then(() => ended.abort());
    }
  } catch (thrown) {
    if (!ended.signal.aborted && (thrown as Error).name !== "TimeoutError") throw thrown;
  }
}
