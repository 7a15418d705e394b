import type { KubeObject } from "@sluice/api";
import { AUTHENTICATED, accountGroups, accountOf } from "./auth/user.ts";
import { apiVersionOfResource, type Resource, resourceOfKind } from "./catalogue.ts";
import { apiError } from "./errors.ts";
import { clone } from "./plain.ts";
import { bindPod } from "./registry/bind.ts";
import { toServed } from "./registry/convert.ts";
import { deleteObject } from "./registry/delete.ts";
import { patch } from "./registry/patch.ts";
import { filterOf, getEntry } from "./registry/read.ts";
import { create, update, type Write, type Written } from "./registry/write.ts";
import { subscribe, tableOf } from "./storage/storage.ts";
import { type Change, entriesOf, entryIn } from "./storage/table.ts";
import type { Store, StoreEvent, TypeRef, WriteOptions } from "./store.ts";
import type { World } from "./world.ts";

/** The Store over a world. */
export function localStore(world: World): Store {
  const resourceFor = ({ apiVersion, kind }: TypeRef): Resource => {
    const found = resourceOfKind(world.catalogue, apiVersion, kind);
    if (found) return found;
    throw apiError(
      404,
      "NotFound",
      `no resource serves ${apiVersion} ${kind}: create its CustomResourceDefinition first`,
    );
  };
  const placed = (object: KubeObject, resource: Resource): KubeObject => {
    const copy = clone(object);
    if (resource.namespaced) copy.metadata.namespace ??= "default";
    return copy;
  };
  const served = (resource: Resource, { object }: Written) => toServed(resource, object);
  return {
    now: world.now,
    get({ apiVersion, kind, namespace, name }) {
      const resource = resourceOfKind(world.catalogue, apiVersion, kind);
      if (!resource) return undefined;
      const entry = entryIn(
        tableOf(world.storage, resource.table),
        resource.namespaced ? (namespace ?? "default") : "",
        name,
      );
      return entry && toServed(resource, entry.object);
    },
    list(type, options = {}) {
      const resource = resourceOfKind(world.catalogue, type.apiVersion, type.kind);
      if (!resource) return [];
      const matches = filterOf(resource, options);
      const found: KubeObject[] = [];
      for (const { object } of entriesOf(tableOf(world.storage, resource.table), options.namespace))
        if (!matches || matches(object)) found.push(toServed(resource, object));
      return found;
    },
    create(object, options = {}) {
      const resource = resourceFor(object);
      return served(resource, create(world, resource, placed(object, resource), writeOf(options)));
    },
    update(object, options = {}) {
      const resource = resourceFor(object);
      const next = placed(object, resource);
      // unlike a client on the wire, a caller in the process may leave the resourceVersion out for any kind
      next.metadata.resourceVersion ??= getEntry(
        world,
        resource,
        next.metadata.namespace ?? "",
        next.metadata.name,
      ).object.metadata.resourceVersion!;
      return served(resource, update(world, resource, next, writeOf(options)));
    },
    patch(ref, document, options = {}) {
      const resource = resourceFor(ref);
      const at = { namespace: resource.namespaced ? (ref.namespace ?? "default") : "", name: ref.name };
      return served(
        resource,
        patch(world, resource, at, "merge", document, { ...writeOf(options), force: false }),
      );
    },
    apply(object, options = {}) {
      const resource = resourceFor(object);
      const copy = placed(object, resource);
      const at = { namespace: copy.metadata.namespace ?? "", name: copy.metadata.name };
      const write = { ...writeOf(options), force: options.force ?? false };
      return served(resource, patch(world, resource, at, "apply", copy, write));
    },
    bind(pod, node) {
      bindPod(world, pod, node);
    },
    delete(ref, options = {}) {
      const resource = resourceFor(ref);
      const namespace = resource.namespaced ? (ref.namespace ?? "default") : "";
      return toServed(resource, deleteObject(world, resource, namespace, ref.name, options).object);
    },
    watch(types, listener) {
      if (types === "all") return subscribe(world.storage, undefined, (change) => listener(eventOf(change)));
      const ends = types.map((type) => {
        const resource = resourceFor(type);
        return subscribe(world.storage, resource.table, (change) => listener(servedEvent(resource, change)));
      });
      return () => {
        for (const end of ends) end();
      };
    },
  };
}

function writeOf({ manager = "sluice-cluster", subresource = "", dryRun = false, as }: WriteOptions): Write {
  const write: Write = { manager, subresource, dryRun, fieldValidation: "Ignore", warnings: [] };
  if (as === undefined) return write;
  const namespace = accountOf(as)?.namespace;
  const groups = [...(namespace === undefined ? [] : accountGroups(namespace)), AUTHENTICATED];
  return { ...write, admission: { user: { username: as, groups }, options: { fieldManager: manager } } };
}

function eventOf({ type, entry, previous }: Change): StoreEvent {
  return { type, object: entry.object, ...(previous ? { previous: previous.object } : {}) };
}

function servedEvent(resource: Resource, change: Change): StoreEvent {
  const event = eventOf(change);
  if (event.object.apiVersion === apiVersionOfResource(resource)) return event;
  const previous = event.previous && toServed(resource, event.previous);
  return { ...event, object: toServed(resource, event.object), ...(previous ? { previous } : {}) };
}
