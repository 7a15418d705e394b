import { defaultNamespace, labels, parseDuration, partOfFlux } from "@sluice/api";
import type { Kind } from "@sluice/kube";
import type { Access } from "../cluster-access.ts";
import { paint, type Terminal } from "../terminal.ts";

export type LogsOptions = {
  level?: string;
  follow?: boolean;
  tail?: string;
  since?: string;
  kind?: string;
  name?: string;
  fluxNamespace?: string;
  allNamespaces?: boolean;
};

const podKind: Kind = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };

/** `sluice logs`: the JSON logs of the controllers as lines that people can read, filtered. */
export async function logs(access: Access, options: LogsOptions): Promise<void> {
  const namespace = options.fluxNamespace ?? defaultNamespace;
  const query = { namespace, labelSelector: `${labels.partOf}=${partOfFlux}` };
  const { items } = await access.client.list(podKind, query, { signal: access.signal });
  if (items.length === 0)
    throw new Error(`no controller pods found in "${namespace}" namespace (label ${query.labelSelector})`);
  const shown = linesOf(access, options);
  await Promise.all(items.map(({ metadata }) => stream(access, namespace, metadata.name, options, shown)));
}

async function stream(
  { client, signal }: Access,
  namespace: string,
  pod: string,
  options: LogsOptions,
  show: (line: string) => void,
): Promise<void> {
  const query = {
    follow: options.follow,
    tailLines: options.tail === undefined ? undefined : Number(options.tail),
    sinceSeconds: options.since === undefined ? undefined : Math.ceil(parseDuration(options.since) / 1000),
  };
  for await (const line of client.podLog({ namespace, name: pod }, query, { signal })) show(line);
}

function linesOf({ terminal, namespace }: Access, options: LogsOptions): (line: string) => void {
  return (text) => {
    const entry = parsed(text);
    if (entry === undefined) return;
    if (options.level !== undefined && entry.level !== options.level) return;
    if (
      options.kind !== undefined &&
      String(entry.controllerKind).toLowerCase() !== options.kind.toLowerCase()
    )
      return;
    if (options.name !== undefined && entry.name !== options.name) return;
    if (!options.allNamespaces && entry.namespace !== undefined && entry.namespace !== namespace) return;
    terminal.out(`${readable(terminal, entry)}\n`);
  };
}

type Entry = Record<string, unknown> & { ts?: string; level?: string; msg?: string };

function parsed(text: string): Entry | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `2026-01-01T00:00:00Z info Kustomization/apps.flux-system - message`, as the flux CLI prints. */
function readable(
  terminal: Terminal,
  { ts, level, msg, controllerKind, name, namespace, error }: Entry,
): string {
  const about = controllerKind ? `${controllerKind}/${name}.${namespace} - ` : "";
  const shade = level === "error" ? paint(terminal, "red", "error") : String(level ?? "");
  return `${ts} ${shade} ${about}${msg}${error ? ` ${error}` : ""}`;
}
