import type { KubeObject } from "@sluice/api";
import type { Kind } from "@sluice/kube";
import type { Access } from "../cluster-access.ts";
import { everyKind, takeKinds } from "../kinds.ts";
import { age, type Cell, table } from "../table.ts";

export type EventsOptions = { allNamespaces?: boolean; watch?: boolean; for?: string; types?: string[] };

const eventKind: Kind = { group: "", version: "v1", kind: "Event", plural: "events", namespaced: true };

/** `sluice events [--for KIND[/NAME]]`: what the controllers had to say about their objects, oldest first. */
export async function events(access: Access, options: EventsOptions): Promise<void> {
  const { client, signal, terminal } = access;
  const query = { namespace: options.allNamespaces ? undefined : access.namespace };
  const matches = filterOf(options);
  const { items, resourceVersion } = await client.list(eventKind, query, { signal });
  const seen = items.filter(matches).sort((a, b) => lastSeen(a) - lastSeen(b));
  if (seen.length === 0 && !options.watch) {
    terminal.err(`No events found${options.allNamespaces ? "" : ` in ${access.namespace} namespace`}.\n`);
    return;
  }
  terminal.out(
    table(
      terminal,
      header(options),
      seen.map((event) => row(access, event, options)),
    ),
  );
  if (!options.watch) return;
  let from = resourceVersion;
  while (!signal.aborted) {
    for await (const event of client.watch(eventKind, { ...query, resourceVersion: from }, { signal })) {
      if (event.type === "ERROR") throw new Error(`watch of events ended: ${event.object.message}`);
      from = event.object.metadata.resourceVersion!;
      if ((event.type === "ADDED" || event.type === "MODIFIED") && matches(event.object))
        terminal.out(table(terminal, undefined, [row(access, event.object, options)]));
    }
  }
}

function filterOf(options: EventsOptions): (event: KubeObject) => boolean {
  const types = options.types?.map((type) => type.toLowerCase());
  const { kinds, names } = options.for
    ? takeKinds(options.for.split(/[/ ]/))
    : { kinds: everyKind, names: [] };
  return (event) => {
    const about = event.involvedObject as { kind: string; name: string; apiVersion?: string };
    return (
      kinds.some((kind) => kind.kind === about.kind && about.apiVersion?.startsWith(`${kind.group}/`)) &&
      (names.length === 0 || names.includes(about.name)) &&
      (types === undefined || types.includes(String(event.type).toLowerCase()))
    );
  };
}

const header = ({ allNamespaces }: EventsOptions) => [
  ...(allNamespaces ? ["Namespace"] : []),
  "Last seen",
  "Type",
  "Reason",
  "Object",
  "Message",
];

function row({ now }: Access, event: KubeObject, { allNamespaces }: EventsOptions): Cell[] {
  const about = event.involvedObject as { kind: string; name: string };
  const type = String(event.type);
  return [
    ...(allNamespaces ? [event.metadata.namespace!] : []),
    `${age(now() - lastSeen(event))}${Number(event.count) > 1 ? ` (x${event.count})` : ""}`,
    type === "Warning" ? { text: type, color: "yellow" } : type,
    String(event.reason),
    `${about.kind}/${about.name}`,
    String(event.message),
  ];
}

function lastSeen(event: KubeObject): number {
  return Date.parse(String(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp));
}
