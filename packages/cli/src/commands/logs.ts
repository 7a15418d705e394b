import { builtin, defaultNamespace, type KubeObject, labels, parseDuration, partOfFlux } from "@sluice/api";
import type { LogQuery } from "@sluice/kube";
import { InvalidArgumentError, Option } from "commander";
import { type Access, type ClusterOptions, withCluster } from "../cluster-access.ts";
import { type Entry, entryOf, type Filter, inOrder, isWanted, readable } from "../log-lines.ts";
import { type Define, examples } from "../shell.ts";

type LogsOptions = Filter & {
  follow?: boolean;
  tail?: number;
  since?: string;
  sinceTime?: string;
  fluxNamespace: string;
};

export const define: Define = (command, shell) => {
  command
    .addOption(new Option("--level <level>", "only lines of this level").choices(["debug", "info", "error"]))
    .option("--kind <kind>", "only lines about objects of this kind")
    .option("--name <name>", "only lines about objects of this name")
    .option("--since <duration>", "only lines newer than this")
    .addOption(new Option("--since-time <time>", "only lines after this time (RFC 3339)").conflicts("since"))
    .option("--tail <lines>", "only so many of the last lines of each controller", countOf)
    .option("--flux-namespace <name>", "namespace of the controllers", defaultNamespace)
    .option("-A, --all-namespaces", "lines about objects of all namespaces")
    .option("-f, --follow", "go on showing new lines")
    .action(() => {
      const options = command.optsWithGlobals<LogsOptions & ClusterOptions>();
      return withCluster(shell, options, (access) => logs(access, options));
    });
  examples(command, {
    "what the controllers do": "sluice logs --follow --tail 20",
    "what went wrong in the last hour": "sluice logs -A --level error --since 1h",
    "one object": "sluice logs --kind Kustomization --name apps",
  });
};

function countOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("it takes a number of lines.");
}

/** The JSON logs of the controllers as lines that people can read, in the order of their times. */
async function logs(access: Access, options: LogsOptions): Promise<void> {
  const pods = await controllerPods(access, options.fluxNamespace);
  if (pods.length === 0)
    throw new Error(
      `no controllers found in namespace "${options.fluxNamespace}" (Deployments with the label ${labels.partOf}=${partOfFlux}); see --flux-namespace`,
    );
  const streams = pods.map((pod) => read(access, pod, options));
  const show = (entry: Entry) => {
    if (isWanted(entry, options, access.namespace))
      access.terminal.out(`${readable(access.terminal, entry)}\n`);
  };
  if (!options.follow) {
    for await (const entry of inOrder(streams)) show(entry);
    return;
  }
  await Promise.all(
    streams.map(async (stream) => {
      for await (const entry of stream) show(entry);
    }),
  );
}

async function* read(
  { client, signal, now }: Access,
  { metadata, spec }: KubeObject,
  { follow, tail, since, sinceTime }: LogsOptions,
): AsyncGenerator<Entry> {
  const begin = sinceTime === undefined ? undefined : Date.parse(sinceTime);
  if (Number.isNaN(begin))
    throw new Error(`--since-time takes a time like 2026-01-31T12:00:00Z, not '${sinceTime}'`);
  const ms = begin === undefined ? since && parseDuration(since) : now() - begin;
  const query: LogQuery = {
    follow,
    tailLines: tail,
    sinceSeconds: ms ? Math.max(1, Math.ceil(ms / 1000)) : undefined,
    container: spec.containers.length > 1 ? "manager" : undefined,
  };
  let time = 0;
  for await (const line of client.podLog({ namespace: metadata.namespace!, name: metadata.name }, query, {
    signal,
  })) {
    const entry = entryOf(line, time);
    time = entry.time;
    yield entry;
  }
}

/** The pods of the installation's Deployments, found as the flux CLI finds them. */
async function controllerPods({ client, signal }: Access, namespace: string): Promise<KubeObject[]> {
  const installed = { namespace, labelSelector: `${labels.partOf}=${partOfFlux}` };
  const { items } = await client.list(builtin.deployments, installed, { signal });
  const found = await Promise.all(
    items.map(({ spec }) => {
      const labelSelector = Object.entries(spec.selector.matchLabels ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .join(",");
      return client.list(builtin.pods, { namespace, labelSelector }, { signal });
    }),
  );
  return found.flatMap((list) => list.items);
}
