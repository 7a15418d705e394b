import {
  type InventoryEntry,
  type Kind,
  type KubeObject,
  kinds,
  type ObjectRef,
  refOfEntry,
} from "@sluice/api";
import { stringify } from "@sluice/yaml";
import { Option } from "commander";
import { type Access, type ClusterOptions, withCluster } from "../cluster-access.ts";
import { takeKind } from "../kinds.ts";
import { find } from "../lookup.ts";
import { type Define, examples } from "../shell.ts";
import { draw, type Node, plain } from "../tree-nodes.ts";

type TreeOptions = { compact?: boolean; output?: "json" | "yaml" };

export const define: Define = (command, shell) => {
  command
    .argument("<words...>", "kustomization NAME, or only the name")
    .option("--compact", "only objects of Flux's own kinds")
    .addOption(new Option("-o, --output <format>", "print in another form").choices(["json", "yaml"]))
    .action((words: string[]) => {
      const options = command.optsWithGlobals<TreeOptions & ClusterOptions>();
      return withCluster(shell, options, (access) => tree(access, words, options));
    });
  examples(command, {
    "everything that follows from one Kustomization": "sluice tree ks flux-system",
    "sources and appliers only": "sluice tree ks flux-system --compact",
  });
};

/** The objects that a Kustomization applied, and those that they applied. */
async function tree(access: Access, words: string[], options: TreeOptions): Promise<void> {
  const name = nameOf(words);
  const ks = await find(access, kinds.kustomization, name);
  const root = await nodeOf(access, kinds.kustomization, ks, options, new Set());
  const { terminal } = access;
  if (options.output === "json") terminal.out(`${JSON.stringify(plain(root), null, 2)}\n`);
  else if (options.output === "yaml") terminal.out(stringify(plain(root)));
  else terminal.out(draw(root));
}

/** `ks NAME`, `kustomization/NAME`, or only `NAME`. */
function nameOf(words: string[]): string {
  const isKind = [
    kinds.kustomization.singular,
    kinds.kustomization.plural,
    ...kinds.kustomization.shortNames,
  ].includes(words[0]!.toLowerCase());
  if (words.length === 1 && !isKind && !words[0]!.includes("/")) return words[0]!;
  const { kind, names } = takeKind(words);
  if (kind !== kinds.kustomization) throw new Error(`tree is of a Kustomization, not of a ${kind.kind}`);
  if (names[0] === undefined) throw new Error("kustomization name is required");
  return names[0];
}

const appliers: readonly Kind<any>[] = [kinds.kustomization, kinds.helmRelease];

async function nodeOf(
  access: Access,
  kind: Kind<any>,
  { metadata, spec, status }: KubeObject,
  options: TreeOptions,
  above: Set<string>,
): Promise<Node> {
  const { namespace = "", name } = metadata;
  const path = new Set([...above, `${kind.kind}/${namespace}/${name}`]);
  const entries: InventoryEntry[] = status?.inventory?.entries ?? [];
  const resources: Node[] = [];
  for (const ref of entries.map(refOfEntry)) {
    if (options.compact && !ref.group.endsWith("toolkit.fluxcd.io")) continue;
    // A Kustomization may apply itself (bootstrap does); it is not drawn below itself.
    if (path.has(`${ref.kind}/${ref.namespace}/${ref.name}`)) continue;
    // What was applied to another cluster cannot be read in this one.
    const object = spec?.kubeConfig ? undefined : await applierAt(access, ref);
    resources.push(
      object ? await nodeOf(access, object.kind, object.object, options, path) : { ref, resources: [] },
    );
  }
  return { ref: kind.ref(namespace, name), resources };
}

async function applierAt(
  { client, signal }: Access,
  { group, kind: name, namespace, name: objectName }: ObjectRef,
): Promise<{ kind: Kind<any>; object: KubeObject } | undefined> {
  const kind = appliers.find((applier) => applier.group === group && applier.kind === name);
  const object = kind && (await client.get(kind, { namespace, name: objectName }, { signal }));
  return object && { kind: kind!, object };
}
