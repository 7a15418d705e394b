import { groups, type Kustomization, kinds, type ObjectRef, refOfEntry } from "@sluice/api";
import { stringify } from "@sluice/yaml";
import type { Access } from "../cluster-access.ts";

export type TreeOptions = { compact?: boolean; output?: "json" | "yaml" };

/** An object and what it applied. */
export type Node = { ref: ObjectRef; resources: Node[] };

/** `sluice tree kustomization NAME`: the objects that a Kustomization applied, and those that they applied. */
export async function tree(access: Access, words: string[], options: TreeOptions): Promise<void> {
  const name =
    words[0] !== undefined && kinds.kustomization.matches({ apiVersion: groups.kustomize, kind: words[0] })
      ? words[1]
      : words.at(-1);
  if (name === undefined) throw new Error("kustomization name is required");
  const root = await treeOf(access, { namespace: access.namespace, name }, options, new Set());
  if (root === undefined)
    throw new Error(`Kustomization '${name}' not found in "${access.namespace}" namespace`);
  if (options.output === "json") access.terminal.out(`${JSON.stringify(root, null, 2)}\n`);
  else if (options.output === "yaml") access.terminal.out(stringify(root));
  else access.terminal.out(draw(root));
}

async function treeOf(
  access: Access,
  key: { namespace: string; name: string },
  options: TreeOptions,
  above: Set<string>,
): Promise<Node | undefined> {
  const ks = await access.client.get<Kustomization>(kinds.kustomization, key, { signal: access.signal });
  if (ks === undefined) return undefined;
  const path = new Set([...above, `${key.namespace}/${key.name}`]);
  const node: Node = { ref: kinds.kustomization.ref(key.namespace, key.name), resources: [] };
  for (const ref of (ks.status?.inventory?.entries ?? []).map(refOfEntry)) {
    if (options.compact && !ref.group.endsWith("toolkit.fluxcd.io")) continue;
    const isKustomization = ref.group === groups.kustomize && ref.kind === "Kustomization";
    // A Kustomization may apply itself (bootstrap does); it is not drawn below itself.
    if (isKustomization && path.has(`${ref.namespace}/${ref.name}`)) continue;
    const below = isKustomization
      ? await treeOf(access, { namespace: ref.namespace!, name: ref.name }, options, path)
      : undefined;
    node.resources.push(below ?? { ref, resources: [] });
  }
  return node;
}

const label = ({ kind, namespace, name }: ObjectRef) => [kind, namespace, name].filter(Boolean).join("/");

function draw({ ref, resources }: Node, indent = ""): string {
  const lines = resources.map((node, index) => {
    const last = index === resources.length - 1;
    return `${indent}${last ? "└── " : "├── "}${draw(node, indent + (last ? "    " : "│   "))}`;
  });
  return `${label(ref)}\n${lines.join("")}`;
}
