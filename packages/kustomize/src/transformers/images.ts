import { fail } from "../errors.ts";
import { applyFieldSpec, type FieldSpec } from "../fieldspec.ts";
import type { Image } from "../load/kustomization.ts";
import {
  get,
  isList,
  isMap,
  isNull,
  isScalar,
  kindName,
  type Node,
  type NodeMap,
  setRetyped,
  textOf,
} from "../node.ts";
import { isValidPattern, matches } from "../regex.ts";
import type { ResMap } from "../resmap.ts";
import { kindOf } from "../resource.ts";

/** A place that holds an image reference. */
type Place = { owner: NodeMap; key: string };

/**
 * Rewrites image references. All entries are applied to one place before the next: each place is found once, so that many
 * entries stay cheap.
 */
export function applyImages(map: ResMap, images: readonly Image[], fieldSpecs: readonly FieldSpec[]): void {
  if (images.length === 0) return;
  const matchers = images.map((image) => ({ image, isMatch: imageMatcher(image.name ?? "") }));
  for (const res of map.list) {
    if (!res.node || kindOf(res.node) === "CustomResourceDefinition") continue;
    const found: Place[] = [];
    collectContainers(res.node, found);
    const byPath: Place[] = [];
    for (const spec of fieldSpecs) collectPath(res.node, spec, byPath);
    // kustomize goes over both sets one after the other for each entry, and so must we: a tag suffix adds up.
    for (const { image, isMatch } of matchers) {
      for (const place of found) update(place, image, isMatch);
      for (const place of byPath) update(place, image, isMatch);
    }
  }
}

function update({ owner, key }: Place, image: Image, isMatch: (reference: string) => boolean): void {
  const reference = textOf(get(owner, key));
  if (!isMatch(reference)) return;
  setRetyped(owner, key, rewriteImage(reference, image));
}

/** Images of lists called containers or initContainers, wherever they are. */
function collectContainers(node: Node, places: Place[]): void {
  if (isList(node)) {
    for (const item of node) if (isMap(item) || isList(item)) collectContainers(item, places);
    return;
  }
  if (!isMap(node)) return;
  for (const key of Object.keys(node)) {
    const child = node[key]!;
    if (!isMap(child) && !isList(child)) continue;
    collectContainers(child, places);
    if (!isList(child) || (key !== "containers" && key !== "initContainers")) continue;
    for (const item of child) {
      if (isNull(item)) continue;
      if (!isMap(item))
        fail("invalid-config", `wrong node kind: expected MappingNode but got ${kindName(item)}`);
      else if (isImage(get(item, "image"))) places.push({ owner: item, key: "image" });
    }
  }
}

function collectPath(node: NodeMap, spec: FieldSpec, places: Place[]): void {
  applyFieldSpec(node, spec, (value, owner, key) => {
    if (isImage(value)) places.push({ owner: owner!, key: key! });
    return undefined;
  });
}

function isImage(value: Node | undefined): boolean {
  if (isNull(value)) return false;
  return (
    isScalar(value) ||
    fail("invalid-config", `wrong node kind: expected ScalarNode but got ${kindName(value!)}`)
  );
}

const REST = /^(?::[a-zA-Z0-9_.{}-]*)?(?:@[a-zA-Z0-9]+(?:[.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?$/;
const REST_TEXT = "(:[a-zA-Z0-9_.{}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?$";

/** Whether a reference is of an image. The name is a regular expression, for better or worse. */
function imageMatcher(name: string): (reference: string) => boolean {
  if (/^[\w/:-]*$/.test(name)) {
    return (reference) => reference.startsWith(name) && REST.test(reference.slice(name.length));
  }
  const pattern = `^${name}${REST_TEXT}`;
  return isValidPattern(pattern) ? (reference) => matches(pattern, reference) : () => false;
}

/** An image reference after an entry of `images`; a new tag or digest replaces both. */
export function rewriteImage(reference: string, image: Image): string {
  const parts = splitImage(reference);
  const name = image.newName || parts.name;
  let { tag, digest } = parts;
  if (image.newTag || image.digest) {
    tag = image.newTag ?? "";
    digest = image.digest ?? "";
  } else if (image.tagSuffix) {
    tag += image.tagSuffix;
    digest = "";
  }
  return name + (tag ? `:${tag}` : "") + (digest ? `@${digest}` : "");
}

function splitImage(reference: string): { name: string; tag: string; digest: string } {
  const slash = Math.max(reference.indexOf("/"), 0);
  const at = reference.indexOf("@", slash);
  const colon = reference.indexOf(":", slash);
  if (colon !== -1 && (at === -1 || colon < at)) {
    const end = at === -1 ? reference.length : at;
    return {
      name: reference.slice(0, colon),
      tag: reference.slice(colon + 1, end),
      digest: at === -1 ? "" : reference.slice(at + 1),
    };
  }
  if (at === -1) return { name: reference, tag: "", digest: "" };
  return { name: reference.slice(0, at), tag: "", digest: reference.slice(at + 1) };
}
