import type { KubeObject } from "@sluice/api";
import type { Resource } from "../catalogue.ts";
import { without } from "../plain.ts";
import { columnsFor, hasPlainTable } from "./columns.ts";

/** A column of a Table: what kubectl prints as a heading, and how to fill it. */
export type Column = {
  name: string;
  type: string;
  format?: string;
  description?: string;
  /** 0 is always shown, 1 only with `-o wide` */
  priority: number;
  cell: (object: any, now: number) => unknown;
};

export type TableOptions = {
  /** of meta.k8s.io */
  version: string;
  include: "None" | "Metadata" | "Object";
  now: number;
  /** false leaves the column definitions out: later events of a watch */
  columns?: boolean;
};

/** The objects as a meta.k8s.io Table. */
export function tableOfObjects(
  resource: Resource,
  objects: readonly KubeObject[],
  metadata: Record<string, unknown>,
  { version, include, now, columns: withColumns = true }: TableOptions,
): Record<string, unknown> {
  const columns = columnsFor(resource);
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: withColumns
      ? columns.map(({ name, type, format = "", description = "", priority }) => ({
          name,
          type,
          format,
          description,
          priority,
        }))
      : null,
    rows: rowsOf(resource, objects, (object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      ...(resource.table === "/pods" ? endOf(object) : {}),
      object: included(object, include, version),
    })),
  };
}

/** Kinds without columns of their own have no rows where others have an empty list of them. */
function rowsOf<T>(resource: Resource, objects: readonly KubeObject[], row: (object: KubeObject) => T) {
  return objects.length === 0 && hasPlainTable(resource) ? null : objects.map(row);
}

/** What a row says of a pod that has ended: clients may leave it out. */
function endOf({ status }: KubeObject): object {
  const condition = { type: "Completed", status: "True" };
  switch (status?.phase) {
    case "Succeeded":
      return {
        conditions: [{ ...condition, reason: "Succeeded", message: "The pod has completed successfully." }],
      };
    case "Failed":
      return { conditions: [{ ...condition, reason: "Failed", message: "The pod failed." }] };
    default:
      return {};
  }
}

/** Rows are made of the server's inner form, in which the templates of a DaemonSet are not counted in an annotation. */
function metadataOf({ kind, metadata }: KubeObject): unknown {
  if (kind !== "DaemonSet" || !metadata.annotations) return metadata;
  const annotations = without(metadata.annotations, "deprecated.daemonset.template.generation");
  if (Object.keys(annotations).length > 0) return { ...metadata, annotations };
  return without(metadata, "annotations");
}

function included(object: KubeObject, include: TableOptions["include"], version: string): unknown {
  if (include === "None") return null;
  if (include === "Object") return object;
  return {
    kind: "PartialObjectMetadata",
    apiVersion: `meta.k8s.io/${version}`,
    metadata: metadataOf(object),
  };
}
