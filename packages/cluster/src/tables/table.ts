import type { KubeObject } from "@sluice/api";
import type { Resource } from "../catalogue.ts";
import { columnsFor } from "./columns.ts";

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
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      object: included(object, include, version),
    })),
  };
}

function included(object: KubeObject, include: TableOptions["include"], version: string): unknown {
  if (include === "None") return null;
  if (include === "Object") return object;
  return { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata };
}
