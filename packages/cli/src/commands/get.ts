import type { Kind, KubeObject } from "@sluice/api";
import { isApiError } from "@sluice/kube";
import { stringify } from "@sluice/yaml";
import type { Access } from "../cluster-access.ts";
import { takeKinds } from "../kinds.ts";
import { headerOf, rowOf, statusFilter } from "../summary.ts";
import { type Cell, table } from "../table.ts";

export type GetOptions = {
  allNamespaces?: boolean;
  noHeader?: boolean;
  statusSelector?: string;
  labelSelector?: string;
  watch?: boolean;
  output?: "json" | "yaml" | "wide" | "name";
};

/** `sluice get KIND [NAME]`: objects and how they are. Throws when nothing is found, as flux does. */
export async function get(access: Access, words: string[], options: GetOptions): Promise<void> {
  const { kinds, names } = takeKinds(words);
  if (options.watch) return watch(access, kinds, names, options);
  const several = kinds.length > 1;
  const found: { kind: Kind<any>; objects: KubeObject[] }[] = [];
  for (const kind of kinds) {
    const objects = await list(access, kind, names, options, several);
    if (objects.length > 0) found.push({ kind, objects });
  }
  if (options.output === "json" || options.output === "yaml")
    return print(
      access,
      found.flatMap(({ objects }) => objects),
      options.output,
      names,
    );
  if (options.output === "name") {
    for (const { kind, objects } of found)
      for (const { metadata } of objects)
        access.terminal.out(`${kind.singular}.${kind.group}/${metadata.name}\n`);
    return;
  }
  if (found.length === 0) {
    const where = options.allNamespaces ? "any" : `"${access.namespace}"`;
    const what = several ? "Flux" : kinds[0]!.kind;
    throw new Error(
      names[0]
        ? `${what} object '${names[0]}' not found in ${where} namespace`
        : `no ${what} objects found in ${where} namespace`,
    );
  }
  const tables = found.map(({ kind, objects }) => tableOf(access, kind, objects, options, several));
  access.terminal.out(tables.join("\n"));
}

async function list(
  { client, namespace, signal }: Access,
  kind: Kind<any>,
  names: string[],
  options: GetOptions,
  several: boolean,
): Promise<KubeObject[]> {
  const query = {
    namespace: options.allNamespaces ? undefined : namespace,
    labelSelector: options.labelSelector,
    fieldSelector: names.length === 1 ? `metadata.name=${names[0]}` : undefined,
  };
  const matches = statusFilter(options.statusSelector);
  const { items } = await client.list(kind, query, { signal }).catch((thrown) => {
    if (!isApiError(thrown) || thrown.status !== 404) throw thrown;
    if (several) return { items: [] };
    throw new Error(
      `the cluster has no ${kind.plural}.${kind.group}: its custom resource definitions are not installed (kubectl apply -k deploy/crds)`,
    );
  });
  return items
    .filter((object) => names.length === 0 || names.includes(object.metadata.name))
    .filter(matches)
    .sort((a, b) => keyOf(a).localeCompare(keyOf(b)));
}

const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace}/${metadata.name}`;

function tableOf(
  access: Access,
  kind: Kind<any>,
  objects: KubeObject[],
  options: GetOptions,
  several: boolean,
): string {
  const namespaced = Boolean(options.allNamespaces);
  const rows: Cell[][] = objects.map((object) => rowOf(kind, object, namespaced, several));
  return table(access.terminal, options.noHeader ? undefined : headerOf(kind, namespaced), rows);
}

function print({ terminal }: Access, objects: KubeObject[], output: "json" | "yaml", names: string[]): void {
  const clean = objects.map(({ metadata: { managedFields: _, ...metadata }, ...rest }) => ({
    ...rest,
    metadata,
  }));
  const value =
    names.length === 1 && clean.length === 1 ? clean[0] : { apiVersion: "v1", kind: "List", items: clean };
  terminal.out(output === "json" ? `${JSON.stringify(value, null, 2)}\n` : stringify(value));
}

/** Prints a row for each object now and after each change, until interrupted. */
async function watch(
  access: Access,
  kinds: Kind<any>[],
  names: string[],
  options: GetOptions,
): Promise<void> {
  const matches = statusFilter(options.statusSelector);
  let header = !options.noHeader;
  const show = (kind: Kind<any>, object: KubeObject) => {
    if (names.length > 0 && !names.includes(object.metadata.name)) return;
    if (!matches(object)) return;
    access.terminal.out(tableOf(access, kind, [object], { ...options, noHeader: !header }, kinds.length > 1));
    header = false;
  };
  await Promise.all(
    kinds.map(async (kind) => {
      const query = {
        namespace: options.allNamespaces ? undefined : access.namespace,
        labelSelector: options.labelSelector,
      };
      let { items, resourceVersion } = await access.client.list(kind, query, { signal: access.signal });
      for (const object of items) show(kind, object);
      while (!access.signal.aborted) {
        for await (const event of access.client.watch(
          kind,
          { ...query, resourceVersion },
          { signal: access.signal },
        )) {
          if (event.type === "ERROR")
            throw new Error(`watch of ${kind.plural} ended: ${event.object.message}`);
          resourceVersion = event.object.metadata.resourceVersion!;
          if (event.type === "ADDED" || event.type === "MODIFIED") show(kind, event.object);
        }
      }
    }),
  );
}
