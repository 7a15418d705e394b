import type { Kind, KubeObject } from "@sluice/api";
import type { Client } from "@sluice/kube";
import { headerOf, readyOf, rowOf, shortHex } from "../summary.ts";
import { type Cell, table } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** The objects of some kinds as they change, drawn as a live table on a terminal and as lines elsewhere. */
export type Board = {
  /** Resolves when `done` says so of all objects; rejects when `signal` ends. */
  until(done: (objects: KubeObject[]) => boolean, signal: AbortSignal): Promise<void>;
  /** Draws the last state once more and stops drawing over it. */
  settle(): void;
};

type Options = {
  client: Client;
  kinds: Kind<any>[];
  terminal: Terminal;
  signal: AbortSignal;
  now: () => number;
};

/** Watches `kinds` in all namespaces and shows every change until `signal` ends. */
export function openBoard({ client, kinds, terminal, signal, now }: Options): Board {
  const objects = new Map<string, { kind: Kind<any>; object: KubeObject }>();
  const waiting = new Set<() => void>();
  const began = now();
  /** Lines of the table that the next drawing replaces; undefined: nothing is drawn at the moment. */
  let drawn: number | undefined;

  const draw = () => {
    if (drawn === undefined) return;
    const rows = [...objects.values()].map(({ kind, object }) => rowOf(kind, object, { showKind: true }));
    const text = table(terminal, headerOf(kinds[0]!, {}), fitted(rows, terminal.columns));
    terminal.out(`${drawn > 0 ? `\x1b[${drawn}A\x1b[J` : ""}${text}`);
    drawn = text.split("\n").length - 1;
  };
  const say = (kind: Kind<any>, object: KubeObject, before?: KubeObject) => {
    const [is, was] = [readyOf(object), before && readyOf(before)];
    if (is === undefined || (is.status === was?.status && is.message === was?.message)) return;
    const seconds = ((now() - began) / 1000).toFixed(1).padStart(5);
    terminal.out(
      `${seconds}s  ${kind.singular}/${object.metadata.name}  ${is.status}  ${shortHex(is.message)}\n`,
    );
  };
  const see = (kind: Kind<any>, object: KubeObject, removed: boolean) => {
    const key = `${kind.singular}/${object.metadata.namespace}/${object.metadata.name}`;
    const before = objects.get(key)?.object;
    if (removed) objects.delete(key);
    else objects.set(key, { kind, object });
    if (terminal.fancy) draw();
    else if (!removed) say(kind, object, before);
    for (const wake of waiting) wake();
  };
  for (const kind of kinds)
    void follow(client, kind, signal, (object, removed) => see(kind, object, removed));

  return {
    until: (done, limit) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (!done([...objects.values()].map(({ object }) => object))) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        drawn ??= 0;
        if (terminal.fancy) draw();
        limit.addEventListener("abort", () => reject(limit.reason), { once: true });
        check();
      }),
    settle: () => {
      if (terminal.fancy) draw();
      drawn = undefined;
    },
  };
}

/** Cuts the messages, which come last, so that every row fits on a line and the table can be drawn over. */
function fitted(rows: Cell[][], columns: number): Cell[][] {
  const textOf = (cell: Cell) => (typeof cell === "string" ? cell : cell.text);
  const widthOf = (row: Cell[]) => row.slice(0, -1).map((cell) => textOf(cell).length + 3);
  const used = rows
    .map(widthOf)
    .reduce<number[]>((widest, row) => row.map((width, at) => Math.max(width, widest[at] ?? 0)), []);
  // Headers are wider than most values of the short columns.
  const room = Math.max(20, columns - used.reduce((sum, width) => sum + width, 0) - 8);
  return rows.map((row) => {
    const message = textOf(row.at(-1)!).replace(/\s*\n\s*/g, " ");
    return [...row.slice(0, -1), message.length > room ? `${message.slice(0, room - 1)}…` : message];
  });
}

async function follow(
  client: Client,
  kind: Kind<any>,
  signal: AbortSignal,
  see: (object: KubeObject, removed: boolean) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      let { items, resourceVersion } = await client.list(kind, {}, { signal });
      for (const object of items) see(object, false);
      for (;;) {
        for await (const event of client.watch(kind, { resourceVersion }, { signal })) {
          if (event.type === "ERROR") throw new Error(event.object.message);
          resourceVersion = event.object.metadata.resourceVersion!;
          if (event.type !== "BOOKMARK") see(event.object, event.type === "DELETED");
        }
      }
    } catch {
      // The cluster is local: a short pause and a fresh list are enough, and an ended signal leaves the loop.
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
