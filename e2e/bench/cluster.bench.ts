// What the embedded cluster does in a second, and in how much memory: get, list of 1,000, create, server-side apply, and one
// change told to 50 watchers, among 20,000 ConfigMaps. `-- real` measures kube-apiserver beside it; `-- 2000` takes fewer objects.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startReferenceServer } from "../differential/server.ts";

const args = process.argv.slice(2);
const objects = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 20_000);
const workers = 8;
const watchers = 50;
const token = "bench";
type Target = { url: string; token?: string; ca?: string };

await measureEmbedded();
if (args.includes("real")) await measureReal();

async function measureEmbedded(): Promise<void> {
  // a process of its own, so that the client's memory and time are not counted
  const main = join(import.meta.dirname, "../../packages/cluster/src/main.ts");
  const child = spawn(process.execPath, [main, "--no-simulate", "--token", token], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [url] = await once(createInterface({ input: child.stdout }), "line");
    await measure("embedded", { url, token }, () => rssMiB(child.pid!));
  } finally {
    child.kill();
  }
}

async function measureReal(): Promise<void> {
  const server = await startReferenceServer();
  try {
    await measure("kube-apiserver", server, () => undefined);
  } finally {
    await server.stop();
  }
}

async function measure(name: string, target: Target, rss: () => number | undefined): Promise<void> {
  const call = callerOf(target);
  const path = "/api/v1/namespaces/default/configmaps";
  const before = rss();
  const created = await timed(objects, (index) => call("POST", path, object(index)));
  const grown = rss();
  report(`${name}: create`, created);
  if (before !== undefined && grown !== undefined)
    console.log(
      `${name}: ${(((grown - before) / objects) * 10_000).toFixed(0)} MiB per 10,000 objects (${before.toFixed(0)} → ${grown.toFixed(0)} MiB)`,
    );
  report(`${name}: get`, await timed(2_000, (index) => call("GET", `${path}/bench-${index % objects}`)));
  report(`${name}: list of 1,000`, await timed(50, () => call("GET", `${path}?limit=1000`)));
  const applied = (index: number) => ({ ...object(index % objects), data: { applied: String(index) } });
  report(
    `${name}: server-side apply`,
    await timed(1_000, (index) =>
      call(
        "PATCH",
        `${path}/bench-${index % objects}?fieldManager=bench&force=true`,
        applied(index),
        "application/apply-patch+yaml",
      ),
    ),
  );
  await fanOut(name, call, path);
}

type Caller = ReturnType<typeof callerOf>;

/** How long a change takes until the last of many watchers has heard of it. */
async function fanOut(name: string, call: Caller, path: string): Promise<void> {
  const { metadata } = JSON.parse(await textOf(await call.open("GET", `${path}?limit=1`)));
  const streams = await Promise.all(
    Array.from({ length: watchers }, () =>
      call.open("GET", `${path}?watch=true&resourceVersion=${metadata.resourceVersion}`),
    ),
  );
  const lines = streams.map((input) => createInterface({ input })[Symbol.asyncIterator]());
  const spent: number[] = [];
  const began = performance.now();
  for (let index = 0; index < 100; index++) {
    const start = performance.now();
    const heard = Promise.all(lines.map((each) => each.next()));
    await call(
      "PATCH",
      `${path}/bench-${index}`,
      { data: { n: String(index) } },
      "application/merge-patch+json",
    );
    await heard;
    spent.push(performance.now() - start);
  }
  report(`${name}: change heard by ${watchers} watchers`, {
    spent,
    seconds: (performance.now() - began) / 1000,
  });
  for (const stream of streams) stream.destroy();
}

type Times = { spent: number[]; seconds: number };

/** Runs `work` so many times, a few at once. */
async function timed(count: number, work: (index: number) => Promise<unknown>): Promise<Times> {
  const spent: number[] = [];
  let next = 0;
  const began = performance.now();
  const worker = async () => {
    while (next < count) {
      const index = next++;
      const start = performance.now();
      await work(index);
      spent.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return { spent, seconds: (performance.now() - began) / 1000 };
}

function report(title: string, { spent, seconds }: Times): void {
  const sorted = spent.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)]!.toFixed(1);
  console.log(
    `${title}: ${(spent.length / seconds).toFixed(0)} a second, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
  );
}

function callerOf({ url, token, ca }: Target) {
  const secure = url.startsWith("https:");
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, ...(ca && { ca }) })
    : new HttpAgent({ keepAlive: true });
  const open = (method: string, path: string, body?: object, type = "application/json") =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const text = body && JSON.stringify(body);
      const headers = {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(text && { "content-type": type, "content-length": String(Buffer.byteLength(text)) }),
      };
      const start = secure ? httpsRequest : httpRequest;
      start(new URL(path, url), { method, agent, headers }, resolve).once("error", reject).end(text);
    });
  const call = async (...request: Parameters<typeof open>): Promise<void> => {
    const response = await open(...request);
    const text = await textOf(response);
    if (response.statusCode! >= 300)
      throw new Error(`${request[0]} ${request[1]}: ${response.statusCode} ${text}`);
  };
  return Object.assign(call, { open });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function object(index: number) {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `bench-${index}`, labels: { app: `app-${index % 100}` } },
    data: { key: "value", text: "x".repeat(200) },
  };
}

function rssMiB(pid: number): number {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}
