import { type FieldSet, paths, pathText } from "./fieldset.ts";
import type { Managers } from "./managers.ts";

/** One field that somebody else owns with another value. `text` is the cause's message: `conflict with "kubectl" using v1`. */
export type Conflict = {
  manager: string;
  operation: "Apply" | "Update";
  apiVersion: string;
  subresource?: string;
  time?: string;
  path: string;
  text: string;
};

/** The conflicts for field sets by manager id, in the order of managers' ids and of paths on the wire. */
export function conflictsOf(sets: Map<string, FieldSet>, managers: Managers): Conflict[] {
  const out: Conflict[] = [];
  for (const id of [...sets.keys()].sort()) {
    const owner = managers.get(id);
    if (!owner) continue;
    const { manager, operation, apiVersion, subresource } = owner;
    for (const path of paths(sets.get(id) as FieldSet))
      out.push({
        manager,
        operation,
        apiVersion,
        ...(subresource && { subresource }),
        path: pathText(path),
        text: `conflict with ${describe({ manager, operation, apiVersion, subresource })}`,
      });
  }
  return out;
}

type Owner = Pick<Conflict, "manager" | "operation" | "apiVersion" | "subresource">;

/** `"kubectl" with subresource "scale" using apps/v1`; appliers are told by their name alone. */
function describe({ manager, operation, apiVersion, subresource }: Owner): string {
  const name = subresource
    ? `${JSON.stringify(manager)} with subresource ${JSON.stringify(subresource)}`
    : JSON.stringify(manager);
  return operation === "Update" ? `${name} using ${apiVersion}` : name;
}

/** The message of the 409: one conflict on one line, several grouped by manager. */
export function conflictMessage(conflicts: Conflict[]): string {
  const [only] = conflicts;
  if (only && conflicts.length === 1) return `Apply failed with 1 conflict: ${only.text}: ${only.path}`;
  const lines: string[] = [];
  let current = "";
  for (const { text, path } of conflicts) {
    if (text !== current) lines.push(`${text.replace("conflict with", "conflicts with")}:`);
    current = text;
    lines.push(`- ${path}`);
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`;
}
