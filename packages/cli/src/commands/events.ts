import { builtin, type KubeObject, kinds } from "@sluice/api";
import { isApiError } from "@sluice/kube";
import { type Access, type ClusterOptions, withCluster } from "../cluster-access.ts";
import { follow } from "../follow.ts";
import { everyKind, takeKinds } from "../kinds.ts";
import { missing } from "../lookup.ts";
import { type Define, examples } from "../shell.ts";
import { sourceRefOf } from "../summary.ts";
import { age, type Cell, growingTable, table } from "../table.ts";

type EventsOptions = { allNamespaces?: boolean; watch?: boolean; for?: string; types?: string[] };

export const define: Define = (command, shell) => {
  command
    .option("--for <kind/name>", "only events about this object and its source, or about this kind")
    .option("--types <types>", "only these types: Normal, Warning", typesOf)
    .option("-A, --all-namespaces", "events of all namespaces")
    .option("-w, --watch", "go on showing new ones")
    .action(() => {
      const options = command.optsWithGlobals<EventsOptions & ClusterOptions>();
      return withCluster(shell, options, (access) => events(access, options));
    });
  examples(command, {
    "what happened to a Kustomization": "sluice events --for ks/apps",
    "what went wrong anywhere": "sluice events -A --types Warning",
    "what happens now": "sluice events --watch",
  });
};

function typesOf(text: string): string[] {
  const types = text.split(",").map((type) => type.trim().toLowerCase());
  const wrong = types.find((type) => !["normal", "warning"].includes(type));
  if (wrong !== undefined) throw new Error(`--types takes Normal and Warning, not '${wrong}'`);
  return types;
}

/** What the controllers had to say about their objects, oldest first. */
async function events(access: Access, options: EventsOptions): Promise<void> {
  const { client, signal, terminal, namespace } = access;
  const query = { namespace: options.allNamespaces ? undefined : namespace };
  const isWanted = filterOf(options, await subjectsOf(access, options));
  if (options.watch) return watch(access, query, isWanted, options);
  const { items } = await client.list(builtin.events, query, { signal });
  const seen = items.filter(isWanted).sort((a, b) => lastSeen(a) - lastSeen(b));
  if (seen.length === 0)
    return terminal.err(`No events found${options.allNamespaces ? "" : ` in ${namespace} namespace`}.\n`);
  const rows = seen.map((event) => row(access, event, options));
  terminal.out(table(terminal, header(options), rows, { tall: true }));
}

/** What there is first, then what comes; an event that comes again is a new line. */
function watch(
  access: Access,
  query: { namespace?: string },
  isWanted: (event: KubeObject) => boolean,
  options: EventsOptions,
): Promise<void> {
  const more = growingTable(access.terminal, header(options), { tall: true });
  return follow(access, builtin.events, query, (found, gone) => {
    const news = gone ? [] : found.filter(isWanted).sort((a, b) => lastSeen(a) - lastSeen(b));
    if (news.length > 0) access.terminal.out(more(news.map((event) => row(access, event, options))));
  });
}

type Subject = { kind: string; group: string; name?: string };

/** The objects that `--for` names: what is named, and where its content comes from. */
async function subjectsOf(access: Access, options: EventsOptions): Promise<Subject[]> {
  if (options.for === undefined) return everyKind.map(({ kind, group }) => ({ kind, group }));
  const taken = takeKinds(options.for.split(/[/ ]/));
  const [name] = taken.names;
  const named = taken.kinds.map(({ kind, group }): Subject => ({ kind, group, name }));
  const [kind] = taken.kinds;
  if (name === undefined || taken.kinds.length !== 1 || options.allNamespaces) return named;
  const { client, namespace, signal } = access;
  const object = await client.get(kind!, { namespace, name }, { signal }).catch((thrown) => {
    if (isApiError(thrown, 403)) return undefined; // events may be allowed all the same
    throw thrown;
  });
  if (object === undefined && !(await isRemembered(access, named[0]!)))
    throw await missing(access, kind!, name);
  const ref = object && sourceRefOf(object);
  const source = everyKind.find((other) => other.kind === ref?.kind);
  if (ref === undefined || source === undefined) return named;
  const chart = kind === kinds.helmRelease && !object?.spec?.chartRef ? [chartOf(object!)] : [];
  return [...named, { kind: source.kind, group: source.group, name: ref.name }, ...chart];
}

/** helm-controller's name for the HelmChart of a HelmRelease. */
const chartOf = ({ metadata: { namespace, name } }: KubeObject): Subject => ({
  kind: kinds.helmChart.kind,
  group: kinds.helmChart.group,
  name: `${namespace}-${name}`,
});

/** Objects that are gone have events still. */
async function isRemembered({ client, namespace, signal }: Access, { name }: Subject): Promise<boolean> {
  const { items } = await client.list(
    builtin.events,
    { namespace, fieldSelector: `involvedObject.name=${name}` },
    { signal },
  );
  return items.length > 0;
}

function filterOf({ types }: EventsOptions, subjects: Subject[]): (event: KubeObject) => boolean {
  return (event) => {
    const about = event.involvedObject as { kind: string; name: string; apiVersion?: string };
    return (
      subjects.some(
        ({ kind, group, name }) =>
          kind === about.kind &&
          about.apiVersion?.startsWith(`${group}/`) &&
          (name === undefined || name === about.name),
      ) &&
      (types === undefined || types.includes(String(event.type).toLowerCase()))
    );
  };
}

const header = ({ allNamespaces }: EventsOptions) => [
  ...(allNamespaces ? ["Namespace"] : []),
  ...["Last seen", "Type", "Reason", "Object", "Message"],
];

function row({ now }: Access, event: KubeObject, { allNamespaces }: EventsOptions): Cell[] {
  const about = event.involvedObject as { kind: string; name: string };
  const type = String(event.type);
  const times = Number(event.count) > 1 ? ` (x${event.count} over ${age(now() - firstSeen(event))})` : "";
  return [
    ...(allNamespaces ? [event.metadata.namespace!] : []),
    `${age(now() - lastSeen(event))}${times}`,
    type === "Warning" ? { text: type, color: "yellow" } : type,
    String(event.reason),
    `${about.kind}/${about.name}`,
    String(event.message),
  ];
}

const lastSeen = (event: KubeObject) =>
  Date.parse(String(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp));
const firstSeen = (event: KubeObject) =>
  Date.parse(String(event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp));
