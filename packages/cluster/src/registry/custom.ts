import type { KubeObject } from "@sluice/api";
import {
  addResource,
  type PrinterColumn,
  type Resource,
  removeResources,
  type Subresource,
} from "../catalogue.ts";
import { type Schema, schemaOfCrd } from "../schema/index.ts";
import { put, subscribe, tableOf } from "../storage/storage.ts";
import { type Entry, entryIn } from "../storage/table.ts";
import { timestamp, type World } from "../world.ts";
import { DEFINITIONS } from "./definitions.ts";

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
    .map((version: Data) => customResource(crd, version, storage["name"]));
}

function customResource(crd: KubeObject, version: Data, storage: string): Resource {
  const { group, names, scope }: Data = crd.spec;
  const { kind, plural } = names;
  let schema: Schema | undefined;
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
    storedAs: `${group}/${storage}`,
    // compiled at first use: a start with a hundred CRDs should not pay for all of them
    get schema() {
      schema ??= schemaOfCrd(version["schema"].openAPIV3Schema);
      return schema;
    },
    custom: {
      crdName: crd.metadata.name,
      columns: version["additionalPrinterColumns"] ?? [AGE],
      selectableFields: (version["selectableFields"] ?? []).map((field: Data) =>
        String(field["jsonPath"]).slice(1),
      ),
      openapi: version["schema"].openAPIV3Schema,
      ...(version["deprecated"]
        ? {
            deprecation: version["deprecationWarning"] ?? `${group}/${version["name"]} ${kind} is deprecated`,
          }
        : {}),
      ...(version["subresources"]?.scale ? { scale: version["subresources"].scale } : {}),
    },
  };
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
  return subscribe(world.storage, DEFINITIONS, ({ type, entry }) => {
    const { group, names }: Data = entry.object.spec;
    removeResources(world.catalogue, group, names.plural);
    if (type === "DELETED") return;
    for (const resource of resourcesOf(entry.object)) addResource(world.catalogue, resource);
    if (type === "ADDED") establish(world, entry);
  });
}

function establish(world: World, { name }: Entry): void {
  const table = tableOf(world.storage, DEFINITIONS);
  const entry = entryIn(table, "", name);
  if (!entry || entry.object.status?.conditions?.length > 0) return;
  const lastTransitionTime = timestamp(world.now());
  const conditions = [
    {
      type: "NamesAccepted",
      status: "True",
      lastTransitionTime,
      reason: "NoConflicts",
      message: "no conflicts found",
    },
    {
      type: "Established",
      status: "True",
      lastTransitionTime,
      reason: "InitialNamesAccepted",
      message: "the initial names have been accepted",
    },
  ];
  const status = { ...entry.object.status, conditions, acceptedNames: entry.object.spec.names };
  put(world.storage, table, { ...entry.object, status });
}
