/** Where schemas are: documents, the resources with an `$id` within them, their drafts and anchors, and what `$ref` means. */
import { go } from "@sluice/gotemplate";
import { ChartError } from "../errors.ts";
import { isObject } from "./schema-json.ts";
import { metaschemaAt } from "./schema-meta.ts";
import { escapeStep } from "./schema-words.ts";
import { logLine, type Warn } from "./warn.ts";

/** A draft of JSON Schema: its number or year, its own schema, and where it has schemas within schemas. */
export type Draft = { version: number; url: string; places: readonly { name: string; each: Each }[] };

/** Whether a schema is the value of a keyword, or each item or entry of it is one. */
type Each = "" | "[]" | "*";

const PLACES_4 =
  "definitions/* not allOf/[] anyOf/[] oneOf/[] properties/* additionalProperties patternProperties/* items items/[] " +
  "additionalItems dependencies/*";
const PLACES_6 = `${PLACES_4} propertyNames contains`;
const PLACES_7 = `${PLACES_6} if then else`;
const PLACES_2019 = `${PLACES_7} $defs/* dependentSchemas/* unevaluatedProperties unevaluatedItems contentSchema`;
const PLACES_2020 = `${PLACES_2019} prefixItems/[]`;

const draft = (version: number, path: string, places: string): Draft => ({
  version,
  url: `http${version < 2019 ? "" : "s"}://json-schema.org/${path}`,
  places: places.split(" ").map((place) => {
    const [name = "", each = ""] = place.split("/");
    return { name, each: each as Each };
  }),
});

const DRAFTS: readonly Draft[] = [
  draft(4, "draft-04/schema", PLACES_4),
  draft(6, "draft-06/schema", PLACES_6),
  draft(7, "draft-07/schema", PLACES_7),
  draft(2019, "draft/2019-09/schema", PLACES_2019),
  draft(2020, "draft/2020-12/schema", PLACES_2020),
];
const LATEST = DRAFTS[4]!;

/** A schema with an `$id`, or a whole document: what anchors and relative references go by. */
export type Resource = {
  pointer: string;
  id: string;
  draft: Draft;
  anchors: Map<string, string>;
  dynamic: string[];
};

export type Document = {
  url: string;
  value: unknown;
  /** By their pointers; that of the whole document is "". */
  resources: Map<string, Resource>;
  /** Pointers to schemas that were looked through. */
  seen: Set<string>;
};

/** A place of a document. */
export type Place = { document: Document; pointer: string };

/** Checks a schema against that of its draft; throws what is wrong with it. */
type CheckSchema = (document: Document, pointer: string, value: unknown) => void;

const bad = (message: string): ChartError => new ChartError("bad-schema", message);

/** The documents that a schema refers to: itself and the published ones. Nothing is fetched. */
export class Library {
  readonly #documents = new Map<string, Document>();
  readonly #check: CheckSchema;
  readonly #warn: Warn;

  constructor(check: CheckSchema, warn: Warn) {
    this.#check = check;
    this.#warn = warn;
  }

  /** Takes a document in. @throws {ChartError} `bad-schema` */
  add(url: string, value: unknown): Document {
    const document: Document = { url, value, resources: new Map(), seen: new Set() };
    this.#collect(document, value, url, "", LATEST);
    if (!/^https?:\/\/json-schema\.org\//.test(url)) this.#check(document, "", value);
    this.#documents.set(url, document);
    return document;
  }

  #load(url: string): Document {
    const known = this.#documents.get(url);
    if (known) return known;
    const published = metaschemaAt(url);
    if (published !== undefined) return this.add(url, published);
    if (/^urn:/i.test(url)) {
      this.#warn(logLine("WARN", "unresolved URN reference ignored; using permissive schema", { urn: url }));
      return this.add(url, true);
    }
    // Helm would fetch it, or read the file. A chart must not choose what a controller reads.
    throw bad(
      `failing loading ${go.quote(url)}: schemas are not loaded from elsewhere; put it into "$defs" of values.schema.json`,
    );
  }

  /** The document at a URL. @throws {ChartError} `bad-schema` if it would have to be fetched */
  resolveUrl(url: string): Place {
    return { document: this.#load(url), pointer: "" };
  }

  /** Makes sure that the schema at a place was looked through, wherever a reference found it. */
  visit({ document, pointer }: Place): void {
    if (document.seen.has(pointer)) return;
    const value = lookUp(document, pointer);
    const { id, draft } = resourceAt(document, pointer);
    this.#collect(document, value, id, pointer, draft);
    if (!document.resources.has(pointer))
      collectAnchors(document, value, pointer, resourceAt(document, pointer));
    this.#check(document, pointer, value);
  }

  /** What a reference in a document means. @throws {ChartError} `bad-schema` if it leads nowhere */
  resolve(from: Document, base: string, reference: string): Place {
    const { url, fragment } = joined(base, reference);
    const inside = url === from.url ? from.resources.get("")! : byId(from, url);
    const document = inside ? from : this.#load(url);
    const resource = inside ?? document.resources.get("")!;
    if (fragment === "" || fragment.startsWith("/"))
      return { document, pointer: resource.pointer + fragment };
    const pointer = resource.anchors.get(fragment);
    if (pointer !== undefined) return { document, pointer };
    const wanted = `${resource.id}#${encodePointer(fragment)}`;
    throw bad(`anchor in ${go.quote(wanted)} not found in schema ${go.quote(document.url)}`);
  }

  #draftOf(schema: unknown, place: string, url: string, fallback: Draft): Draft {
    if (!isObject(schema) || typeof schema.$schema !== "string") return fallback;
    const name = schema.$schema;
    const known = draftAt(name);
    if (known) return known;
    const [bare = ""] = name.split("#");
    try {
      go.url(bare);
    } catch (thrown) {
      if (!(thrown instanceof go.GoError)) throw thrown;
      throw bad(`invalid $schema in ${go.quote(place)}: ${thrown.message}`);
    }
    if (bare === url) throw bad(`draft ${go.quote(bare)} is not supported`);
    return this.#draftOf(this.#load(bare).value, bare, bare, fallback);
  }

  #collect(document: Document, schema: unknown, base: string, pointer: string, fallback: Draft): void {
    if (document.seen.has(pointer)) return;
    document.seen.add(pointer);
    if (!isObject(schema)) {
      if (pointer === "") addResource(document, { pointer, id: base, draft: fallback });
      return;
    }
    let draft = fallback;
    if (Object.hasOwn(schema, "$schema")) {
      const url = pointer === "" ? document.url : "";
      draft = this.#draftOf(schema, `${document.url}#${encodePointer(pointer)}`, url, fallback);
    }
    let id = idOf(schema, draft);
    if (id === "" && pointer !== "") {
      draft = fallback; // `$schema` means nothing without an id
      id = idOf(schema, draft);
    }
    const own = id === "" ? base : joined(base, id).url;
    if (id !== "" || pointer === "") addResource(document, { pointer, id: own, draft });
    const resource = byId(document, own)!;
    collectAnchors(document, schema, pointer, resource);
    for (const { step, value } of schemasIn(schema, draft)) {
      this.#collect(document, value, own, pointer + step, resource.draft);
    }
  }
}

function draftAt(name: string): Draft | undefined {
  const [url = "", fragment = ""] = name.split("#");
  if (fragment !== "") return undefined;
  const bare = url.replace(/^https?:\/\//, "");
  if (bare === "json-schema.org/schema") return LATEST;
  return DRAFTS.find((one) => one.url.replace(/^https?:\/\//, "") === bare);
}

function idOf(schema: Record<string, unknown>, { version }: Draft): string {
  if (version < 2019 && Object.hasOwn(schema, "$ref")) return ""; // all beside a `$ref` is ignored
  const id = schema[version === 4 ? "id" : "$id"];
  return typeof id === "string" ? id.split("#")[0]! : "";
}

function addResource(
  document: Document,
  { pointer, id, draft }: Omit<Resource, "anchors" | "dynamic">,
): void {
  const twin = byId(document, id);
  if (twin && twin.pointer !== pointer) {
    const where = `${go.quote(document.url)} at ${go.quote(pointer)} and ${go.quote(twin.pointer)}`;
    throw bad(`duplicate id ${go.quote(id)} in ${where}`);
  }
  if (!twin) document.resources.set(pointer, { pointer, id, draft, anchors: new Map(), dynamic: [] });
}

function byId(document: Document, id: string): Resource | undefined {
  for (const resource of document.resources.values()) if (resource.id === id) return resource;
  return undefined;
}

/** The innermost resource that a place is in. */
export function resourceAt({ resources }: Document, pointer: string): Resource {
  if (resources.size === 1) return resources.get("")!;
  for (let at = pointer; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
    const resource = resources.get(at);
    if (resource) return resource;
  }
  return resources.get("")!;
}

function collectAnchors(document: Document, schema: unknown, pointer: string, resource: Resource): void {
  if (!isObject(schema)) return;
  const add = (anchor: string) => {
    const other = resource.anchors.get(anchor);
    if (other !== undefined && other !== pointer) {
      const where = `${go.quote(document.url)} at ${go.quote(other)} and ${go.quote(pointer)}`;
      throw bad(`duplicate anchor ${go.quote(anchor)} in ${where}`);
    }
    resource.anchors.set(anchor, pointer);
  };
  const { version } = resource.draft;
  if (version < 2019) {
    const id = schema[version === 4 ? "id" : "$id"];
    if (Object.hasOwn(schema, "$ref") || typeof id !== "string") return;
    const fragment = decoded(id.slice(id.indexOf("#") + 1));
    if (id.includes("#") && fragment !== "" && !fragment.startsWith("/")) add(fragment);
    return;
  }
  if (typeof schema.$anchor === "string") add(schema.$anchor);
  if (version < 2020 || typeof schema.$dynamicAnchor !== "string") return;
  add(schema.$dynamicAnchor);
  resource.dynamic.push(schema.$dynamicAnchor);
}

/** The schemas directly within one, with the steps to them. */
function schemasIn(schema: Record<string, unknown>, { places }: Draft): { step: string; value: unknown }[] {
  const found: { step: string; value: unknown }[] = [];
  for (const { name, each } of places) {
    if (!Object.hasOwn(schema, name)) continue;
    const value = schema[name];
    if (each === "") found.push({ step: `/${name}`, value });
    else if (each === "[]" ? Array.isArray(value) : isObject(value)) {
      for (const [key, one] of Object.entries(value as object)) {
        found.push({ step: `/${name}/${escapeStep(key)}`, value: one });
      }
    }
  }
  return found;
}

/** The value at a place. @throws {ChartError} `bad-schema` if there is none */
export function lookUp({ url, value }: Document, pointer: string): unknown {
  let at = value;
  const place = () => go.quote(`${url}#${encodePointer(pointer)}`);
  for (const step of pointer.split("/").slice(1)) {
    if (/~(?![01])/.test(step)) throw bad(`invalid json-pointer ${place()}`);
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    const index = Array.isArray(at) && /^[0-9]+$/.test(key) ? String(Number(key)) : key;
    const holds = isObject(at) || (Array.isArray(at) && index !== "length");
    if (!holds || !Object.hasOwn(at as object, index)) throw bad(`json-pointer in ${place()} not found`);
    at = (at as Record<string, unknown>)[index];
  }
  return at;
}

/** A pointer as the fragment of a URL. Go's url.PathEscape of each step. */
export function encodePointer(pointer: string): string {
  if (/^[A-Za-z0-9\-._~$&+=:@/]*$/.test(pointer)) return pointer;
  const encode = (step: string) =>
    encodeURIComponent(step.toWellFormed())
      .replace(/%(?:24|26|2B|3D|3A|40)/g, decodeURIComponent)
      .replace(/[!'()*]/g, (ch) => `%${ch.charCodeAt(0).toString(16).toUpperCase()}`);
  return pointer.split("/").map(encode).join("/");
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    const odd = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(fragment)?.[0] ?? fragment;
    throw bad(`error in parsing ${go.quote(fragment)}: invalid URL escape ${go.quote(odd)}`);
  }
}

/** A reference seen from a base: the URL without its fragment, and the fragment, decoded. */
function joined(base: string, reference: string): { url: string; fragment: string } {
  const hash = reference.indexOf("#");
  const bare = hash === -1 ? reference : reference.slice(0, hash);
  const fragment = hash === -1 ? "" : decoded(reference.slice(hash + 1));
  if (bare === "") return { url: base, fragment };
  try {
    const { scheme } = go.url(bare);
    return { url: scheme === "" ? new URL(bare, base).href : bare, fragment };
  } catch (thrown) {
    if (thrown instanceof go.GoError) throw bad(`error in parsing ${go.quote(bare)}: ${thrown.message}`);
    // A base such as urn:… that nothing can be relative to.
    return { url: base, fragment };
  }
}
