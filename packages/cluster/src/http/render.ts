import type { KubeObject } from "@sluice/api";
import { apiVersionOfResource, type Resource } from "../catalogue.ts";
import { apiError, badRequest } from "../errors.ts";
import { without } from "../plain.ts";
import { toServed } from "../registry/convert.ts";
import { bytesOf, type Entry } from "../storage/table.ts";
import { type TableOptions, tableOfObjects } from "../tables/table.ts";
import type { Exchange } from "./exchange.ts";
import type { Format } from "./negotiate.ts";
import { sendJson, sendValue } from "./respond.ts";

const COMMA = Buffer.from(",");
const BRACE = Buffer.from("{");

/** The entry's JSON in the version that `resource` serves; shared bytes where that is the stored one. */
export function servedBytes(resource: Resource, entry: Entry): Buffer {
  if (resource.storedAs === apiVersionOfResource(resource)) return bytesOf(entry);
  const { kind, apiVersion, ...rest } = toServed(resource, entry.object);
  return Buffer.from(JSON.stringify({ kind, apiVersion, ...rest }));
}

/** The object alone, as metadata-only clients want it. */
export function partial(object: KubeObject, version: string): KubeObject {
  return {
    kind: "PartialObjectMetadata",
    apiVersion: `meta.k8s.io/${version}`,
    metadata: object.metadata,
  } as KubeObject;
}

/** Answers with one object in the asked format. */
export function sendEntry(
  exchange: Exchange,
  resource: Resource,
  code: number,
  object: KubeObject,
  entry: Entry | undefined,
  format: Format,
): void {
  if (entry && !format.as) sendJson(exchange, code, servedBytes(resource, entry), format);
  else sendValue(exchange, code, shapeOne(exchange, resource, toServed(resource, object), format), format);
}

function shapeOne(exchange: Exchange, resource: Resource, object: KubeObject, format: Format): unknown {
  if (format.as === "PartialObjectMetadata") {
    requireShape(resource, format, false);
    return partial(object, format.asVersion!);
  }
  if (format.as !== "Table") return object;
  const metadata = { resourceVersion: object.metadata.resourceVersion ?? "" };
  return tableOfObjects(resource, [object], metadata, tableOptions(exchange, format));
}

/** Metadata of a list must be asked for as a list, and only there. */
function requireShape(resource: Resource, { asList }: Format, isList: boolean): void {
  if (asList === isList) return;
  const unstructured = isList ? "*unstructured.UnstructuredList" : "*unstructured.Unstructured";
  const type = resource.custom
    ? unstructured
    : `*${resource.group.split(".")[0] || "core"}.${isList ? resource.listKind : resource.kind}`;
  const asked = asList ? "PartialObjectMetadataList" : "PartialObjectMetadata";
  throw apiError(
    406,
    "NotAcceptable",
    `you requested ${asked}, but the requested object is ${isList ? "a list" : "not a list"} (${type})`,
  );
}

/** How a Table for this request is to be made. */
export function tableOptions({ query, world }: Exchange, format: Format): TableOptions {
  return { version: format.asVersion!, include: includeOf(query), now: world.now() };
}

/** Answers with a list in the asked format. `metadata` is the list's own: resourceVersion, continue, remainingItemCount. */
export function sendList(
  exchange: Exchange,
  resource: Resource,
  entries: readonly Entry[],
  metadata: Record<string, unknown>,
  format: Format,
): void {
  if (!format.as) {
    sendJson(exchange, 200, listBytes(resource, entries, metadata), format);
    return;
  }
  if (format.as === "PartialObjectMetadata") requireShape(resource, format, true);
  const objects = entries.map(({ object }) => toServed(resource, object));
  const told = metadata["continue"] ? metadata : without(metadata, "continue");
  const value =
    format.as === "Table"
      ? tableOfObjects(resource, objects, told, tableOptions(exchange, format))
      : {
          kind: "PartialObjectMetadataList",
          apiVersion: `meta.k8s.io/${format.asVersion}`,
          metadata: told,
          items: objects.map((object) => partial(object, format.asVersion!)),
        };
  sendValue(exchange, 200, value, format);
}

/** The list as JSON, put together from the items' own bytes. */
function listBytes(resource: Resource, entries: readonly Entry[], metadata: Record<string, unknown>): Buffer {
  const head = { kind: resource.listKind, apiVersion: apiVersionOfResource(resource), metadata };
  const parts: Buffer[] = [Buffer.from(`${JSON.stringify(head).slice(0, -1)},"items":[`)];
  // items of a built-in kind go without the kind and version that the list's own say
  const skipped = resource.custom
    ? 0
    : JSON.stringify({ kind: resource.kind, apiVersion: apiVersionOfResource(resource) }).length;
  entries.forEach((entry, index) => {
    if (index > 0) parts.push(COMMA);
    const bytes = servedBytes(resource, entry);
    if (skipped > 0) parts.push(BRACE, bytes.subarray(skipped));
    else parts.push(bytes);
  });
  parts.push(Buffer.from("]}"));
  return Buffer.concat(parts);
}

/** What a Table row carries of its object. */
function includeOf(query: URLSearchParams): "None" | "Metadata" | "Object" {
  const asked = query.get("includeObject");
  if (asked === "None" || asked === "Object") return asked;
  if (asked === null || asked === "" || asked === "Metadata") return "Metadata";
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(asked)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}
