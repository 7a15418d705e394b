import type { KubeObject } from "@sluice/api";
import { trackUpdate } from "../apply/index.ts";
import {
  addResource,
  compareVersions,
  type PrinterColumn,
  type Resource,
  removeResources,
  type Subresource,
} from "../catalogue.ts";
import { same } from "../plain.ts";
import { type Schema, schemaOfBuiltin, schemaOfCrd } from "../schema/index.ts";
import { put, subscribe, tableOf } from "../storage/storage.ts";
import { type Entry, entriesOf, entryIn } from "../storage/table.ts";
import { timestamp, type World } from "../world.ts";
import { approvalCondition } from "./approval.ts";
import { CLEANUP, DEFINITIONS } from "./definitions.ts";
import { nameDefinition } from "./naming.ts";

type Data = Record<string, any>;

const CRUD = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const AGE: PrinterColumn = {
  name: "Age",
  type: "date",
  description: "",
  jsonPath: ".metadata.creationTimestamp",
};

/** The served versions of a definition, as resources. */
export function resourcesOf(crd: KubeObject): Resource[] {
  const spec: Data = crd.spec;
  const storage = spec["versions"].find((version: Data) => version["storage"]);
  return spec["versions"]
    .filter((version: Data) => version["served"])
    .map((version: Data) => customResource(crd, version, storage));
}

/** The schema of a version, compiled at first use: a start with a hundred CRDs should not pay for all of them. */
function lazySchema(version: Data): { readonly schema: Schema } {
  let schema: Schema | undefined;
  return {
    get schema() {
      schema ??= schemaOfCrd(version["schema"].openAPIV3Schema);
      return schema;
    },
  };
}

function customResource(crd: KubeObject, version: Data, storage: Data): Resource {
  const { group, names, scope }: Data = crd.spec;
  const { kind, plural } = names;
  const own = lazySchema(version);
  return {
    group,
    version: version["name"],
    plural,
    singular: names.singular ?? kind.toLowerCase(),
    kind,
    listKind: names.listKind ?? `${kind}List`,
    namespaced: scope === "Namespaced",
    verbs: CRUD,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    subresources: subresourcesOf(version["subresources"] ?? {}, kind),
    table: `${group}/${plural}`,
    storedAs: `${group}/${storage["name"]}`,
    get schema() {
      return own.schema;
    },
    custom: {
      crdName: crd.metadata.name,
      terminating: crd.metadata.deletionTimestamp !== undefined,
      columns: version["additionalPrinterColumns"] ?? [AGE],
      selectableFields: (version["selectableFields"] ?? []).map((field: Data) =>
        String(field["jsonPath"]).slice(1),
      ),
      ...(version === storage ? {} : { stored: lazySchema(storage) }),
      openapi: version["schema"].openAPIV3Schema,
      ...(version["deprecated"]
        ? {
            deprecation: version["deprecationWarning"] ?? deprecation(crd.spec, version),
          }
        : {}),
      ...(version["subresources"]?.scale ? { scale: version["subresources"].scale } : {}),
    },
  };
}

/** What the server warns of when the definition has no words of its own: the version, and a better one if there is one. */
function deprecation({ group, names, versions }: Data, { name }: Data): string {
  const better = versions
    .filter((each: Data) => each["served"] && !each["deprecated"] && compareVersions(each["name"], name) < 0)
    .sort((a: Data, b: Data) => compareVersions(a["name"], b["name"]))[0];
  const advice = better ? `; use ${group}/${better["name"]} ${names.kind}` : "";
  return `${group}/${name} ${names.kind} is deprecated${advice}`;
}

function subresourcesOf(declared: Data, kind: string): Subresource[] {
  const verbs = ["get", "patch", "update"];
  return [
    ...(declared["status"] ? [{ name: "status", group: "", version: "", kind, verbs }] : []),
    ...(declared["scale"]
      ? [{ name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs }]
      : []),
  ];
}

/** Serves custom resources as their definitions come, change and go, and says so in the definitions' status. */
export function followDefinitions(world: World): () => void {
  for (const { object } of entriesOf(tableOf(world.storage, DEFINITIONS))) serve(world, object);
  return subscribe(world.storage, DEFINITIONS, ({ type, entry, previous }) => {
    const { group, names }: Data = entry.object.spec;
    removeResources(world.catalogue, group, names.plural);
    if (type !== "DELETED") serve(world, entry.object);
    const { deletionTimestamp, finalizers } = entry.object.metadata;
    const renamed = !same(previous?.object.spec.names, names);
    if (type !== "DELETED" && renamed) establish(world, entry);
    else if (previous && !same(previous.object.metadata.annotations, entry.object.metadata.annotations))
      tellApproval(world, entry);
    else if (deletionTimestamp && finalizers?.includes(CLEANUP)) announceRemoval(world, entry);
    // names that are free again may be what another definition waits for
    if (type === "DELETED" || (previous && renamed))
      for (const other of definitionsOf(world, group))
        if (!is(other.object, "NamesAccepted")) establish(world, other);
  });
}

const definitionsOf = (world: World, group: string): Entry[] =>
  entriesOf(tableOf(world.storage, DEFINITIONS)).filter(({ object }) => object.spec.group === group);

const is = ({ status }: KubeObject, type: string): boolean =>
  (status?.conditions ?? []).some((each: Data) => each["type"] === type && each["status"] === "True");

function serve(world: World, crd: KubeObject): void {
  if (!is(crd, "Established")) return;
  for (const resource of resourcesOf(crd)) addResource(world.catalogue, resource);
}

/** Grants a definition its names, as the API server's own controllers do. Once established it stays so. */
function establish(world: World, { name }: Entry): void {
  const entry = entryIn(tableOf(world.storage, DEFINITIONS), "", name);
  if (!entry) return;
  const others = definitionsOf(world, entry.object.spec.group).map(({ object }) => object);
  const { acceptedNames, condition } = nameDefinition(entry.object, others);
  const accepted = condition["status"] === "True";
  const established = accepted
    ? { status: "True", reason: "InitialNamesAccepted", message: "the initial names have been accepted" }
    : { status: "False", reason: "NotAccepted", message: "not all names are accepted" };
  const conditions = [
    ...[approvalCondition(entry.object) ?? []].flat(),
    condition,
    ...(is(entry.object, "Established") ? [] : [{ type: "Established", ...established }]),
  ];
  writeStatus(world, entry, conditions, { acceptedNames });
}

function tellApproval(world: World, entry: Entry): void {
  const condition = approvalCondition(entry.object);
  const told = (entry.object.status?.conditions ?? []).find((each: Data) => each["type"] === condition?.type);
  if (condition && told?.reason !== condition.reason) writeStatus(world, entry, [condition]);
}

/** What the cleanup says once it has begun to delete the objects of a definition. */
function announceRemoval(world: World, entry: Entry): void {
  const reason = "InstanceDeletionInProgress";
  const before: Data[] = entry.object.status?.conditions ?? [];
  if (before.some((each) => each["type"] === "Terminating" && each["reason"] === reason)) return;
  const message = "CustomResource deletion is in progress";
  writeStatus(world, entry, [{ type: "Terminating", status: "True", reason, message }]);
}

/** Writes conditions in place of those of the same type, and other fields of the status. */
function writeStatus(world: World, { object }: Entry, conditions: Data[], status: Data = {}): void {
  const now = timestamp(world.now());
  const all: Data[] = [...(object.status?.conditions ?? [])];
  for (const condition of conditions) {
    const told = all.findIndex(({ type }) => type === condition["type"]);
    const since = all[told]?.["status"] === condition["status"] ? all[told]!["lastTransitionTime"] : now;
    all.splice(told < 0 ? all.length : told, 1, { ...condition, lastTransitionTime: since });
  }
  const next = { ...object, status: { ...object.status, conditions: all, ...status } };
  const tracked = trackUpdate({
    before: object,
    after: next,
    manager: "kube-apiserver",
    subresource: "status",
    now,
    schema: schemaOfBuiltin({
      group: "apiextensions.k8s.io",
      version: "v1",
      kind: "CustomResourceDefinition",
    })!,
  }) as KubeObject;
  put(world.storage, tableOf(world.storage, DEFINITIONS), tracked);
}
