import type { Kind, KubeObject } from "@sluice/api";
import type { Query } from "@sluice/kube";
import { stringify } from "@sluice/yaml";
import { Option } from "commander";
import { type Access, withCluster } from "../cluster-access.ts";
import { follow } from "../follow.ts";
import { takeKinds } from "../kinds.ts";
import { listOf, missing } from "../lookup.ts";
import { type Define, examples } from "../shell.ts";
import { headerOf, rowOf, statusFilter } from "../summary.ts";
import { growingTable, table } from "../table.ts";

type GetOptions = {
  allNamespaces?: boolean;
  header: boolean;
  statusSelector?: string;
  labelSelector?: string;
  showSource?: boolean;
  watch?: boolean;
  output?: "json" | "yaml" | "wide" | "name";
};

export const define: Define = (command, shell) => {
  command
    .argument("<kind>", "kind, as in 'ks', 'sources git', 'helmreleases', 'all'")
    .argument("[name...]", "only these objects")
    .option("-A, --all-namespaces", "objects of all namespaces")
    .option("-w, --watch", "go on showing changes")
    .option("-l, --label-selector <selector>", "only objects with these labels")
    .option("--status-selector <selector>", "only objects with this condition: ready=false, ready!=true, …")
    .option("--show-source", "say where the content of each object comes from")
    .option("--no-header", "leave the header out")
    .addOption(
      new Option("-o, --output <format>", "print in another form").choices(["json", "yaml", "wide", "name"]),
    )
    .action((kind: string, names: string[]) => {
      const options = command.optsWithGlobals<GetOptions & Parameters<typeof withCluster>[1]>();
      return withCluster(shell, options, (access) => get(access, [kind, ...names], options));
    });
  examples(command, {
    "everything in all namespaces": "sluice get all -A",
    "Kustomizations that are not ready": "sluice get ks -A --status-selector ready=false",
    "one Git source, as it changes": "sluice get sources git flux-system --watch",
    "the whole object": "sluice get ks apps -o yaml",
    "names for another program": "sluice get ks -o name",
  });
};

/** Objects and how they are. Throws when a kind or an object that was named is not there, as flux does. */
async function get(access: Access, words: string[], options: GetOptions): Promise<void> {
  const { kinds, names } = takeKinds(words);
  if (options.watch) return watch(access, kinds, names, options);
  const matches = statusFilter(options.statusSelector);
  const found: { kind: Kind<any>; objects: KubeObject[] }[] = [];
  for (const kind of kinds) {
    const objects = await list(access, kind, names, options, kinds.length > 1);
    if (objects.length > 0) found.push({ kind, objects });
  }
  const shown = found.map(({ kind, objects }) => ({ kind, objects: objects.filter(matches) }));
  const facts = { single: names.length === 1, several: kinds.length > 1 };
  access.terminal.out(textOf(access, shown, options, facts));
  const known = new Set(found.flatMap(({ objects }) => objects.map(({ metadata }) => metadata.name)));
  const lost = names.find((name) => !known.has(name));
  if (lost !== undefined) throw await absent(access, kinds, lost, options);
  if (found.length > 0) return;
  if (kinds.length === 1)
    throw new Error(`no ${kinds[0]!.kind} objects found in ${placeOf(access, options)}`);
  access.terminal.err(`No objects found in ${placeOf(access, options)}.\n`);
}

const placeOf = ({ namespace }: Access, { allNamespaces }: GetOptions) =>
  allNamespaces ? "any namespace" : `"${namespace}" namespace`;

async function absent(access: Access, kinds: Kind<any>[], name: string, options: GetOptions): Promise<Error> {
  if (kinds.length === 1 && !options.allNamespaces) return missing(access, kinds[0]!, name);
  const what = kinds.length === 1 ? kinds[0]!.kind : "Flux";
  return new Error(`${what} object '${name}' not found in ${placeOf(access, options)}`);
}

const queryOf = ({ namespace }: Access, names: string[], options: GetOptions): Query => ({
  namespace: options.allNamespaces ? undefined : namespace,
  labelSelector: options.labelSelector,
  fieldSelector: names.length === 1 ? `metadata.name=${names[0]}` : undefined,
});

async function list(
  access: Access,
  kind: Kind<any>,
  names: string[],
  options: GetOptions,
  several: boolean,
): Promise<KubeObject[]> {
  const items = await listOf(access, kind, queryOf(access, names, options)).catch((thrown) => {
    // Of all kinds, those that the cluster does not have are not missed.
    if (several && thrown.code === "undefined-kind") return [];
    throw thrown;
  });
  return items
    .filter((object) => names.length === 0 || names.includes(object.metadata.name))
    .sort((a, b) => keyOf(a).localeCompare(keyOf(b)));
}

const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace}/${metadata.name}`;

/** What is printed of `found`, in the form that was asked for. */
function textOf(
  access: Access,
  found: { kind: Kind<any>; objects: KubeObject[] }[],
  options: GetOptions,
  { single, several }: { single: boolean; several: boolean },
): string {
  const all = found.flatMap(({ kind, objects }) => objects.map((object) => ({ kind, object })));
  switch (options.output) {
    case "json":
    case "yaml": {
      const objects = all.map(({ object }) => object);
      return whole(objects, options.output, single);
    }
    case "name":
      return all
        .map(({ kind, object }) => `${kind.singular}.${kind.group}/${object.metadata.name}\n`)
        .join("");
    case "wide":
    case undefined:
      return found
        .filter(({ objects }) => !several || objects.length > 0)
        .map(({ kind, objects }) => tableOf(access, kind, objects, options, several))
        .join("\n");
  }
}

function tableOf(
  access: Access,
  kind: Kind<any>,
  objects: KubeObject[],
  options: GetOptions,
  showKind: boolean,
): string {
  const look = lookOf(access, options, showKind);
  const rows = objects.map((object) => rowOf(kind, object, look));
  return table(access.terminal, options.header ? headerOf(kind, look) : undefined, rows);
}

const lookOf = ({ now }: Access, { allNamespaces, showSource, output }: GetOptions, showKind: boolean) => ({
  namespaced: allNamespaces,
  showKind,
  showSource,
  wide: output === "wide",
  now: now(),
});

/** Whole objects but managedFields: one as itself, several as a List. */
function whole(found: KubeObject[], output: "json" | "yaml", single: boolean): string {
  const items = found.map(({ metadata: { managedFields: _, ...metadata }, ...rest }) => ({
    ...rest,
    metadata,
  }));
  if (single && items.length === 0) return "";
  const value = single && items.length === 1 ? items[0] : { apiVersion: "v1", kind: "List", items };
  if (output === "yaml") return stringify(value);
  return `${JSON.stringify(value, (_, held) => (typeof held === "bigint" ? rawJson(held) : held), 2)}\n`;
}

/** Integers that a double cannot hold, digit for digit. */
const rawJson = (value: bigint) =>
  (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(value));

/** Prints a row for each object now and after each change, until interrupted. */
async function watch(
  access: Access,
  kinds: Kind<any>[],
  names: string[],
  options: GetOptions,
): Promise<void> {
  if (options.output === "json" || options.output === "yaml" || options.output === "name")
    throw new Error(`--watch prints rows; it does not go with -o ${options.output}`);
  const matches = statusFilter(options.statusSelector);
  const isWanted = (object: KubeObject) =>
    (names.length === 0 || names.includes(object.metadata.name)) && matches(object);
  await Promise.all(
    kinds.map((kind) => {
      const look = () => lookOf(access, options, kinds.length > 1);
      const more = growingTable(access.terminal, options.header ? headerOf(kind, look()) : undefined);
      const query = queryOf(access, names, options);
      return follow(access, kind, query, (objects, gone) => {
        const rows = gone ? [] : objects.filter(isWanted).map((object) => rowOf(kind, object, look()));
        if (rows.length > 0) access.terminal.out(more(rows));
      });
    }),
  );
}
