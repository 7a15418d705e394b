import { type BuildOptions, buildDocuments } from "./build.ts";
import { YamlError } from "./errors.ts";

export type ParseOptions = {
  /** How the text is called in errors. */
  file?: string;
};

const KUBERNETES: BuildOptions = { dialect: "kubernetes", spelling: false, duplicates: "last" };

/**
 * The single document of a text as sigs.k8s.io/yaml reads it: YAML 1.1 booleans, octals, integers beyond 2^53 as bigint,
 * the last of duplicate keys. An empty text is null. A text of several documents is an error.
 */
export function parse(text: string, options: ParseOptions = {}): unknown {
  const documents = parseAll(text, options);
  if (documents.length > 1) {
    throw new YamlError(
      "bad-yaml",
      `${options.file ?? "text"} holds ${documents.length} documents, expected one`,
    );
  }
  return documents[0] ?? null;
}

/** All documents of a text, empty ones as null. Same rules as `parse`. */
export function parseAll(text: string, options: ParseOptions = {}): unknown[] {
  return buildDocuments(stripMark(text), { ...KUBERNETES, file: options.file });
}

/** All documents that hold a mapping, which is what manifests consist of; other documents are dropped. */
export function parseManifests(text: string, options: ParseOptions = {}): Record<string, unknown>[] {
  return parseAll(text, options).filter(
    (document): document is Record<string, unknown> =>
      document !== null && typeof document === "object" && !Array.isArray(document),
  );
}

/** A text up to the end of its first document, which is all that Go's `Unmarshal` reads. */
export function firstDocument(source: string): string {
  const text = stripMark(source);
  const lead = /^(?:(?:%[^\n]*|[ \t\r]*(?:#[^\n]*)?)\n)*(?:---(?=\s|$))?/.exec(text)![0].length;
  const end = text.slice(lead).search(/^(?:---|\.\.\.)(?:\s|$)/m);
  return end === -1 ? text : text.slice(0, lead + end);
}

/** Text without a byte order mark. */
export function stripMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** One document of a multi-document text: its text and the number of lines before it. */
export type Chunk = { text: string; line: number };

/**
 * Splits a text into documents at lines that start with `---`, as kustomize's reader does: `\r\n` counts as `\n`, and a
 * separator with content behind it is an error.
 */
export function splitDocuments(source: string, file?: string): Chunk[] {
  const text = source.includes("\r") ? source.replaceAll("\r\n", "\n") : source;
  const chunks: Chunk[] = [];
  const separator = /\n---.*\n/g;
  let start = 0;
  let line = 0;
  for (let match = separator.exec(text); match; match = separator.exec(text)) {
    const rest = match[0].slice(4).trim();
    const body = text.slice(start, match.index + 1);
    if (rest !== "" && !rest.startsWith("#")) {
      throw new YamlError("bad-yaml", `invalid document separator: ${match[0].trim()}`, {
        file,
        line: line + lines(body) + 1,
        column: 1,
      });
    }
    chunks.push({ text: body, line });
    line += lines(body) + 1;
    start = match.index + match[0].length;
  }
  if (text.length > 0) chunks.push({ text: text.slice(start), line });
  return chunks;
}

function lines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
