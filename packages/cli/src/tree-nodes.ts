import type { ObjectRef } from "@sluice/api";

/** An object and what it applied. */
export type Node = { ref: ObjectRef; resources: Node[] };

/** The tree as text, a line an object. */
export function draw({ ref, resources }: Node, indent = ""): string {
  const lines = resources.map((node, index) => {
    const last = index === resources.length - 1;
    return `${indent}${last ? "└── " : "├── "}${draw(node, indent + (last ? "    " : "│   "))}`;
  });
  const { kind, namespace, name } = ref;
  return `${[kind, namespace, name].filter(Boolean).join("/")}\n${lines.join("")}`;
}

/** The tree as data, with the field names of `flux tree -o json`. */
export function plain({ ref, resources }: Node): object {
  const { group, kind, namespace = "", name } = ref;
  return {
    resource: { Namespace: namespace, Name: name, GroupKind: { Group: group, Kind: kind } },
    ...(resources.length > 0 && { resources: resources.map(plain) }),
  };
}
