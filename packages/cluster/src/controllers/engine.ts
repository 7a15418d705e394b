/** What all simulated controllers share: a queue that sleeps until something is written, and who is owned by whom. */
import type { KubeObject } from "@sluice/api";
import { isApiError } from "../errors.ts";
import type { NameRef, Store, StoreEvent, TypeRef } from "../store.ts";
import { type News, newRecorder } from "./events.ts";

/** How an object is to fare: as it should (undefined), fail for a reason, or never get anywhere. */
export type Verdict = { kind: "fail"; reason: string } | { kind: "hang" };

export type Context = {
  store: Store;
  /** RFC 3339, whole seconds */
  now(): string;
  /** the live objects of a kind whose controller is `owner`, by name */
  owned(owner: KubeObject, kind: string): KubeObject[];
  /** asks the fate of an object: its own, or that of whoever owns it */
  verdict(object: KubeObject): Verdict | undefined;
  /** writes an event about an object */
  tell(about: KubeObject, news: News): void;
  /** looks at an object again once this many milliseconds have passed */
  later(object: KubeObject, milliseconds: number): void;
};

/** One controller: looks at an object of its kind and writes what is missing. It is called again after each write that concerns it. */
export type Controller = TypeRef & {
  reconcile(context: Context, object: KubeObject): void;
  /** other objects to look at when `object`, of any kind, was written */
  concerns?(context: Context, event: StoreEvent): readonly KubeObject[];
};

export type EngineOptions = {
  verdictOf(object: KubeObject): Verdict | undefined;
  log(line: string): void;
};

/** Objects looked at before others get a turn on the event loop. */
const BATCH = 200;
const MAX_ATTEMPTS = 5;

type Engine = { context: Context; enqueue(object: KubeObject): void; stop(): void };

/** Runs controllers over a store until stopped. */
export function startEngine(
  store: Store,
  controllers: readonly Controller[],
  options: EngineOptions,
): Engine {
  const byType = new Map(controllers.map((controller) => [typeKey(controller), controller]));
  const queue = new Map<string, NameRef & { attempts: number }>();
  const timers = new Set<NodeJS.Timeout>();
  const index = ownerIndex();
  let scheduled: NodeJS.Immediate | undefined;

  const add = (ref: NameRef, attempts = 0) => {
    const key = refKey(ref);
    if (!queue.has(key)) queue.set(key, { ...ref, attempts });
    scheduled ??= setImmediate(drain);
  };
  const enqueue = (object: KubeObject) => {
    if (byType.has(typeKey(object))) add(refOf(object));
  };
  const context: Context = {
    store,
    now: () => `${new Date(store.now()).toISOString().slice(0, 19)}Z`,
    owned: (owner, kind) => index.owned(owner, kind),
    verdict: (object) => verdictIn(store, object, options.verdictOf),
    tell: newRecorder(store),
    later(object, milliseconds) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        enqueue(object);
      }, milliseconds);
      timers.add(timer.unref());
    },
  };
  const drain = () => {
    scheduled = undefined;
    for (const [key, { attempts, ...ref }] of [...queue].slice(0, BATCH)) {
      queue.delete(key);
      const object = store.get(ref);
      if (!object) continue;
      try {
        byType.get(typeKey(ref))?.reconcile(context, object);
      } catch (thrown) {
        if (attempts + 1 < MAX_ATTEMPTS && isTransient(thrown)) add(ref, attempts + 1);
        else
          options.log(
            `simulated ${ref.kind} ${ref.namespace ?? ""}/${ref.name}: ${(thrown as Error).message}`,
          );
      }
    }
    if (queue.size > 0) scheduled ??= setImmediate(drain);
  };
  const hear = (event: StoreEvent) => {
    index.note(event);
    if (event.type !== "DELETED") enqueue(event.object);
    for (const owner of event.object.metadata.ownerReferences ?? []) {
      const ref = { ...owner, namespace: event.object.metadata.namespace };
      if (byType.has(typeKey(ref)))
        add({ apiVersion: ref.apiVersion, kind: ref.kind, namespace: ref.namespace, name: ref.name });
    }
    for (const controller of controllers)
      for (const object of controller.concerns?.(context, event) ?? []) enqueue(object);
  };

  const unsubscribe = store.watch("all", hear);
  for (const type of controllers) for (const object of store.list(type)) hear({ type: "ADDED", object });
  return {
    context,
    enqueue,
    stop() {
      unsubscribe();
      if (scheduled) clearImmediate(scheduled);
      for (const timer of timers) clearTimeout(timer);
      queue.clear();
    },
  };
}

const typeKey = ({ apiVersion, kind }: TypeRef): string => `${apiVersion}/${kind}`;
const refKey = (ref: NameRef): string => `${typeKey(ref)}/${ref.namespace ?? ""}/${ref.name}`;

/** The reference to an object. */
export function refOf({ apiVersion, kind, metadata }: KubeObject): NameRef {
  return {
    apiVersion,
    kind,
    name: metadata.name,
    ...(metadata.namespace && { namespace: metadata.namespace }),
  };
}

/** The world moved on between reading and writing: look again. */
function isTransient(thrown: unknown): boolean {
  return isApiError(thrown) && (thrown.status.code === 409 || thrown.status.code === 404);
}

type Owned = Map<string, KubeObject>;

/** Objects by the uid of their controller, kept from what is written. */
function ownerIndex() {
  const owned = new Map<string, Owned>();
  return {
    note({ type, object }: StoreEvent): void {
      const uid = controllerOf(object)?.uid;
      if (uid === undefined) return;
      const key = refKey(refOf(object));
      const siblings = owned.get(uid) ?? new Map();
      if (type === "DELETED") siblings.delete(key);
      else siblings.set(key, object);
      if (siblings.size > 0) owned.set(uid, siblings);
      else owned.delete(uid);
    },
    owned(owner: KubeObject, kind: string): KubeObject[] {
      const found = [...(owned.get(owner.metadata.uid ?? "")?.values() ?? [])].filter(
        (object) => object.kind === kind,
      );
      return found.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    },
  };
}

/** The owner that controls an object. */
export function controllerOf(object: KubeObject) {
  return object.metadata.ownerReferences?.find(({ controller }) => controller);
}

function verdictIn(
  store: Store,
  object: KubeObject,
  verdictOf: EngineOptions["verdictOf"],
  depth = 0,
): Verdict | undefined {
  const own = verdictOf(object);
  if (own || depth > 4) return own;
  const owner = controllerOf(object);
  const { namespace } = object.metadata;
  const parent =
    owner && store.get({ apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, namespace });
  return parent && verdictIn(store, parent, verdictOf, depth + 1);
}
