import { fail } from "./errors.ts";
import { isList, isMap, type Node } from "./node.ts";

/** What one step of a build may copy, in nodes: some hundred megabytes. Manifests by the thousand stay far below. */
const MAX_NODES = 5_000_000;
/** What one text may grow to, in characters. */
const MAX_TEXT = 32 * 1024 * 1024;

/** Counts copies, since a copy of a copy doubles with every line that asks for one. */
export type Copies = { nodes: number };
export const noCopies = (): Copies => ({ nodes: 0 });

/** Notes that a node is copied so many times; a step that copies too much ends here, before memory does. */
export function noteCopies(copies: Copies, node: Node | undefined, times = 1): void {
  if (node === undefined || times === 0) return;
  copies.nodes += times * nodesOf(node, (MAX_NODES - copies.nodes) / times);
  if (copies.nodes > MAX_NODES)
    fail("too-large", `copies more than ${MAX_NODES.toLocaleString("en")} values; split the kustomization`);
}

/** The number of nodes at and below a node, counted up to a limit. */
function nodesOf(node: Node, limit: number): number {
  if (!isMap(node) && !isList(node)) return 1;
  let count = 1;
  for (const item of isList(node) ? node : Object.values(node)) {
    if (count > limit) return count;
    count += nodesOf(item, limit - count);
  }
  return count;
}

/** The text, unless it has grown too long. */
export function boundedText(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  return fail("too-large", `a text grows beyond ${MAX_TEXT / 1024 / 1024} MiB`);
}
