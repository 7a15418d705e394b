/** Post-rendering: what is done to manifests between a chart and the cluster. */
import { go } from "@sluice/gotemplate";
import { buildDocuments, compareBytes, parseManifests, stringify, YamlError } from "@sluice/yaml";
import { ChartError } from "../errors.ts";
import { isTable } from "../values/tables.ts";
import type { Warn } from "../values/warn.ts";
import { type Printed, sortManifests } from "./manifests.ts";
import { isBlank, splitManifests } from "./order.ts";
import { baseName } from "./paths.ts";

export type ManifestObject = Record<string, unknown>;

/**
 * Changes, adds or drops objects. Each carries the annotation `POST_RENDER_FILE` with its template, by which it finds back;
 * an object without it gets a file of its own. It may change the objects themselves.
 */
export type PostRenderer = (objects: ManifestObject[]) => ManifestObject[];

/** The annotation by which an object finds back to its template. */
export const POST_RENDER_FILE = "postrenderer.helm.sh/postrender-filename";

/**
 * What a post-renderer is given: all manifests together (Helm 4's default), hooks and other manifests each on their own, or no
 * hooks at all, as in Helm 3.
 */
export type PostRenderStrategy = "combined" | "separate" | "nohooks";

/** A post-renderer that takes and gives YAML, such as a kustomize build. */
export function postRenderText(run: (text: string) => string): PostRenderer {
  return (objects) => parseManifests(run(objects.map(stringify).join("---\n")));
}

/**
 * Post-renders what templates printed; what comes of it is cut and sorted as if templates had printed it.
 * helm/pkg/action/action.go, renderResources.
 * @throws {ChartError} in Helm's words for what is around: the renderer's own error, what is no object
 */
export function postRender(
  files: ReadonlyMap<string, Printed>,
  run: PostRenderer,
  strategy: PostRenderStrategy,
  warn: Warn,
): Map<string, Printed> {
  if (strategy === "combined") return runOn("files", "manifests", "", files, run);
  const { hooks, manifests } = sortManifests(files, warn);
  const hookFiles = gather(hooks.map(({ path, manifest }) => ({ path, text: manifest })));
  const shown = strategy === "separate" ? runOn("hooks", "hooks", "hooks", hookFiles, run) : hookFiles;
  const others = runOn("manifests", "manifests", "manifests", gather(manifests), run);
  return gather([...shown, ...others].map(([path, { text }]) => ({ path, text })));
}

/** Texts by their files. */
function gather(parts: readonly { path: string; text: string }[], between = "\n---\n"): Map<string, Printed> {
  const files = new Map<string, Printed>();
  for (const { path, text } of parts) {
    const before = files.get(path)?.text;
    files.set(path, { text: before === undefined ? text : before + between + text, broken: false });
  }
  return files;
}

function runOn(
  what: string,
  merged: string,
  prefix: string,
  files: ReadonlyMap<string, Printed>,
  run: PostRenderer,
): Map<string, Printed> {
  if (files.size === 0) return new Map();
  const objects = [...files.keys()]
    .sort(compareBytes)
    .flatMap((path) => objectsOf(path, files.get(path)!.text, merged));
  let made: ManifestObject[];
  try {
    made = run(objects);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new ChartError("post-render", `error while running post render on ${what}: ${words}`, { cause });
  }
  const parts = made.map((object, i) => {
    const path = takeFile(object) || `generated-by-postrender-${prefix && `${prefix}-`}${i}.yaml`;
    return { path, text: stringify(object) };
  });
  return gather(parts, "---\n");
}

/** The objects of a file, marked with its name. A lone list is its items, and nothing is nothing. */
function objectsOf(path: string, text: string, merged: string): ManifestObject[] {
  if (baseName(path).startsWith("_") || isBlank(text)) return [];
  return splitManifests(text).flatMap((piece) => {
    const data = read(path, piece.text, merged);
    if (data === null) return [];
    const { kind, items } = data as ManifestObject;
    const isList = (kind === "List" || kind === "ResourceList") && Array.isArray(items);
    return (isList ? items : [data]).map((item) => mark(path, item, merged));
  });
}

/**
 * The object of a manifest as kustomize reads it, which is what Flux's post-renderers are made of: `yes` is a text there, where
 * Helm alone would send a boolean.
 */
function read(path: string, text: string, merged: string): unknown {
  try {
    return (
      buildDocuments(text, { dialect: "node", spelling: false, duplicates: "last", file: path })[0] ?? null
    );
  } catch (thrown) {
    if (!(thrown instanceof YamlError)) throw thrown;
    const words = `error merging ${merged}: parsing ${path}: MalformedYAMLError: ${goWords(text) ?? thrown.reason}`;
    throw new ChartError("bad-manifest", words, { file: path, cause: thrown });
  }
}

/** What Go's YAML reader says against a text. */
function goWords(text: string): string | undefined {
  try {
    go.readYaml(text);
    return undefined;
  } catch (thrown) {
    return (thrown as Error).message.replace("error converting YAML to JSON: ", "");
  }
}

function mark(path: string, object: unknown, merged: string): ManifestObject {
  if (!isTable(object)) {
    const kind = Array.isArray(object) ? "SequenceNode" : "ScalarNode";
    const words = `error merging ${merged}: parsing ${path}: wrong node kind: expected MappingNode but got ${kind}`;
    throw new ChartError("bad-manifest", words, { file: path });
  }
  const metadata = isTable(object.metadata) ? object.metadata : {};
  const annotations = isTable(metadata.annotations) ? metadata.annotations : {};
  return { ...object, metadata: { ...metadata, annotations: { ...annotations, [POST_RENDER_FILE]: path } } };
}

/** Takes the mark off an object, and annotations that hold nothing else. */
function takeFile(object: ManifestObject): string {
  if (!isTable(object.metadata) || !isTable(object.metadata.annotations)) return "";
  const { annotations, ...metadata } = object.metadata;
  const { [POST_RENDER_FILE]: file, ...rest } = annotations as ManifestObject;
  const kept = Object.keys(rest).length > 0 ? { ...metadata, annotations: rest } : metadata;
  if (Object.keys(kept).length > 0) object.metadata = kept;
  else delete object.metadata;
  return typeof file === "string" ? file : "";
}
