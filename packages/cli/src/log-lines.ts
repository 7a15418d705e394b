import { paint, type Terminal } from "./terminal.ts";

/** A line of a controller's log. */
export type Entry = {
  /** Milliseconds since the epoch; that of the line before where a line tells none. */
  time: number;
  /** The line as it is. */
  text: string;
  /** What it says, when it is JSON. */
  facts?: Record<string, unknown>;
};

/** What has to be true of a line to be shown. */
export type Filter = { level?: string; kind?: string; name?: string; allNamespaces?: boolean };

/** Reads a line; `before` is the time of the one before. */
export function entryOf(text: string, before: number): Entry {
  const facts = factsOf(text);
  const time = Date.parse(String(facts?.ts ?? ""));
  return { time: Number.isNaN(time) ? before : time, text, facts };
}

function factsOf(text: string): Entry["facts"] {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Lines that say nothing about an object, or are no JSON (a crash, say), are shown unless something is asked for. */
export function isWanted(
  { facts }: Entry,
  { level, kind, name, allNamespaces }: Filter,
  namespace: string,
): boolean {
  if (facts === undefined) return level === undefined && kind === undefined && name === undefined;
  const same = (wanted: string | undefined, is: unknown) =>
    wanted === undefined || wanted.toLowerCase() === String(is ?? "").toLowerCase();
  return (
    same(level, facts.level) &&
    same(kind, facts.controllerKind) &&
    same(name, facts.name) &&
    (Boolean(allNamespaces) || facts.namespace === undefined || facts.namespace === namespace)
  );
}

/** `2026-01-01T00:00:00.000Z info Kustomization/apps.flux-system - message`, as the flux CLI prints. */
export function readable(terminal: Pick<Terminal, "fancy">, { text, facts }: Entry): string {
  if (facts === undefined) return text;
  const { ts, level, controllerKind, name, namespace, msg, error } = facts;
  const about = controllerKind ? `${controllerKind}/${name}.${namespace} - ` : "";
  const shade = level === "error" ? paint(terminal, "red", "error") : String(level ?? "");
  return `${ts} ${shade} ${about}${msg}${error ? ` ${error}` : ""}`;
}

/** One stream out of several that are each in the order of their times. */
export async function* inOrder(streams: AsyncIterable<Entry>[]): AsyncGenerator<Entry> {
  const sources = streams.map((stream) => stream[Symbol.asyncIterator]());
  const heads = await Promise.all(sources.map((source) => source.next()));
  for (;;) {
    let first = -1;
    for (const [at, head] of heads.entries())
      if (!head.done && (first < 0 || head.value.time < heads[first]!.value.time)) first = at;
    if (first < 0) return;
    yield heads[first]!.value;
    heads[first] = await sources[first]!.next();
  }
}
