// The client of the benchmark, a process of its own: `node load.ts '{"url":…,"ca":…,"token":…,"objects":20000}'`. Tells each
// phase as a line of JSON when it begins and ends, and waits for a line on stdin before it begins one.
import { createInterface } from "node:readline";
import { openWire, type Target, type Wire } from "./wire.ts";

/** What one phase came to; times in milliseconds. */
export type Phase = {
  name: string;
  count: number;
  seconds: number;
  p50: number;
  p99: number;
  clientCpu: number;
};

const CONNECTIONS = 8;
const WATCHERS = 50;
const PATH = "/api/v1/namespaces/default/configmaps";

const { objects, ...target }: Target & { objects: number } = JSON.parse(process.argv[2]!);
const orders = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const wires = await Promise.all(Array.from({ length: CONNECTIONS }, () => openWire(target)));

await phase("create", () => each(objects, (wire, index) => wire.ask("POST", PATH, object(index))));
await phase("get", () => each(10_000, (wire, index) => wire.ask("GET", `${PATH}/bench-${index % objects}`)));
await phase("list 1,000", () => each(100, (wire) => wire.ask("GET", `${PATH}?limit=1000`)));
await phase("server-side apply", () => each(3_000, apply));
await phase("change → 50 watchers", fanOut);
for (const wire of wires) wire.close();
process.exit(0);

async function phase(name: string, work: () => Promise<number[]>): Promise<void> {
  await orders.next();
  const cpu = process.cpuUsage();
  const began = performance.now();
  const spent = (await work()).sort((a, b) => a - b);
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const at = (share: number) => spent[Math.floor(spent.length * share)]!;
  const told: Phase = {
    name,
    count: spent.length,
    seconds,
    p50: at(0.5),
    p99: at(0.99),
    clientCpu: (user + system) / 1e6 / seconds,
  };
  console.log(JSON.stringify(told));
}

/** Does `work` so many times, one request at a time on each connection; how long each took. */
async function each(count: number, work: (wire: Wire, index: number) => Promise<unknown>): Promise<number[]> {
  const spent: number[] = [];
  let next = 0;
  const worker = async (wire: Wire) => {
    while (next < count) {
      const index = next++;
      const start = performance.now();
      await work(wire, index);
      spent.push(performance.now() - start);
    }
  };
  await Promise.all(wires.map(worker));
  return spent;
}

function apply(wire: Wire, index: number) {
  const path = `${PATH}/bench-${index % objects}?fieldManager=bench&force=true`;
  return wire.ask(
    "PATCH",
    path,
    object(index % objects, { applied: String(index) }),
    "application/apply-patch+yaml",
  );
}

/** How long a change takes until the last of many watchers has heard of it. */
async function fanOut(): Promise<number[]> {
  const [writer] = wires as [Wire];
  const { text } = await writer.ask("GET", `${PATH}?limit=1`);
  const version = /"resourceVersion":"(\d+)"/.exec(text)![1];
  let missing = 0;
  let heard = () => {};
  const watchers = await Promise.all(Array.from({ length: WATCHERS }, () => openWire(target)));
  const begun = watchers.map((wire) =>
    wire.watch(`${PATH}?watch=true&resourceVersion=${version}`, () => {
      if (--missing === 0) heard();
    }),
  );
  const spent: number[] = [];
  for (let index = 0; index < 300; index++) {
    const start = performance.now();
    missing = WATCHERS;
    const all = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const body = JSON.stringify({ data: { n: String(index) } });
    await writer.ask("PATCH", `${PATH}/bench-${index % objects}`, body, "application/merge-patch+json");
    await all;
    spent.push(performance.now() - start);
  }
  await Promise.all(begun);
  for (const wire of watchers) wire.close();
  return spent;
}

function object(index: number, more: Record<string, string> = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `bench-${index}`, labels: { app: `app-${index % 100}` } },
    data: { key: "value", text: "x".repeat(200), ...more },
  });
}
