import { buildDocuments, splitDocuments, stripMark, YamlError } from "@sluice/yaml";
import { codeOf, fail, KustomizeError, yamlWords } from "../errors.ts";
import { get, isEmpty, isList, isMap, isNull, type Node, type NodeMap } from "../node.ts";
import { appendAll, emptyResMap } from "../resmap.ts";
import {
  currentId,
  idString,
  kindOf,
  metadataProblem,
  newResource,
  previousFrom,
  type Resource,
  stringMap,
} from "../resource.ts";

type Document = { node: Node; line: number };

/**
 * The resources of a manifest text: documents that are objects with kind and name; lists are unfolded, empty documents
 * dropped. No two may have the same id. `file` names the text in errors, `given` is how the kustomization does.
 */
export function readResources(text: string, file: string, given = file): Resource[] {
  const map = emptyResMap();
  appendAll(map, read(text, { file, given, duplicates: "error" }));
  return map.list;
}

/** The same for patches, of which several may be for one object. Of a key that is given twice, the first counts. */
export const readPatches = (text: string, file: string): Resource[] =>
  read(text, { file, given: file, duplicates: "first" });

type Reading = { file: string; given: string; duplicates: "error" | "first" };

function read(text: string, reading: Reading): Resource[] {
  const { file } = reading;
  const documents = unfoldLists(unwrapSingle(readDocuments(text, reading)), file);
  const noted = text.includes(NOTES);
  return documents.map(({ node, line }) => {
    const res = newResource(node, { file, line });
    if (noted) readNotes(res);
    return res;
  });
}

const NOTES = "internal.config.kubernetes.io/";

/** Takes up what an earlier run of kustomize noted in annotations about names. */
function readNotes(res: Resource): void {
  const annotations = stringMap(res.node, "annotations");
  const list = (name: string): string[] => annotations.get(NOTES + name)?.split(",") ?? [];
  res.previous = previousFrom(
    list("previousNames"),
    list("previousNamespaces"),
    list("previousKinds"),
    res.source,
  );
  res.prefixes = list("prefixes");
  res.suffixes = list("suffixes");
  res.needsHash = annotations.get(`${NOTES}needsHashSuffix`) === "enabled";
}

/** All documents of a text that are not null, with the line they start at. */
export function readDocuments(text: string, { file, given, duplicates }: Reading): Document[] {
  const documents: Document[] = [];
  try {
    for (const chunk of splitDocuments(stripMark(text), file)) {
      const [node] = buildDocuments(chunk.text, {
        file,
        dialect: "node",
        spelling: true,
        duplicates,
        lineOffset: chunk.line,
      }) as [Node | undefined];
      if (node !== undefined && !isNull(node))
        documents.push({ node, line: chunk.line + firstLine(chunk.text) });
    }
  } catch (thrown) {
    throw malformed(thrown, file, given);
  }
  return documents;
}

function malformed(thrown: unknown, file: string, given: string): unknown {
  if (!(thrown instanceof YamlError)) return thrown;
  const at = thrown.at ? { file, line: thrown.at.line, column: thrown.at.column } : { file };
  const words = yamlWords(thrown, ` in File: ${given}`);
  return new KustomizeError(codeOf(thrown), `MalformedYAMLError: ${words}`, at, thrown);
}

/** The line of the first content of a chunk, from 1. */
function firstLine(text: string): number {
  const match = /^(?:[ \t]*(?:#.*|---.*)?\n)*/.exec(text);
  return (match?.[0].match(/\n/g)?.length ?? 0) + 1;
}

/** A text of one document that is a List stands for its items. */
function unwrapSingle(documents: Document[]): Document[] {
  const [only] = documents;
  if (documents.length !== 1 || !only || !isMap(only.node)) return documents;
  const kind = kindOf(only.node);
  if (kind !== "List" && kind !== "ResourceList") return documents;
  const items = get(only.node, "items");
  if (items === undefined) return documents;
  // kustomize takes whatever hangs below `items`, a map's keys and values too, and nothing below a scalar.
  const below = isList(items) ? items : isMap(items) ? Object.entries(items).flat() : [];
  return below.map((node) => ({ node, line: only.line }));
}

function unfoldLists(documents: Document[], file: string): { node: NodeMap; line: number }[] {
  const result: { node: NodeMap; line: number }[] = [];
  const queue = validate(documents, file);
  for (let i = 0; i < queue.length; i++) {
    const { node, line } = queue[i]!;
    const items = kindOf(node).endsWith("List") ? get(node, "items") : undefined;
    if (items === undefined) result.push({ node, line });
    else if (isList(items)) {
      // Items come after everything else in the text, as kustomize has it.
      queue.push(
        ...validate(
          items.map((item) => ({ node: item, line })),
          file,
        ),
      );
    } else if (!isNull(items)) {
      fail("invalid-resource", `expected array in ${kindOf(node)}/items, but found ${goTypeOf(items)}`, {
        file,
        line,
      });
    }
  }
  return result;
}

function goTypeOf(node: Node): string {
  return isMap(node) ? "map[string]interface {}" : typeof node;
}

function validate(documents: Document[], file: string): { node: NodeMap; line: number }[] {
  const result: { node: NodeMap; line: number }[] = [];
  for (const { node, line } of documents) {
    if (isEmpty(node)) continue;
    const problem = isMap(node) ? metadataProblem(node) : "missing Resource metadata";
    if (problem || !isMap(node)) {
      const what =
        isMap(node) && problem !== "missing Resource metadata"
          ? ` ${idString(currentId(newResource(node)))}`
          : "";
      fail("invalid-resource", `${file}:${line}: ${problem}${what}`, { file, line });
    }
    result.push({ node, line });
  }
  return result;
}
