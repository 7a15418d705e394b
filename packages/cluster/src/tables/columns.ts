import type { PrinterColumn, Resource } from "../catalogue.ts";
import { BUILTIN } from "./builtin.ts";
import { since } from "./duration.ts";
import { compileJsonPath } from "./jsonpath.ts";
import type { Column } from "./table.ts";

const NAME: Column = {
  name: "Name",
  type: "string",
  format: "name",
  priority: 0,
  cell: (object) => object.metadata.name,
};

const CREATED: Column = {
  name: "Created At",
  type: "date",
  priority: 0,
  cell: (object) => object.metadata.creationTimestamp ?? "",
};

/** True for kinds whose tables show name and creation time only. */
export const hasPlainTable = ({ custom, table }: Resource): boolean => !custom && !BUILTIN[table];

const custom = new WeakMap<Resource, Column[]>();

/** The columns of a resource: its own, those of its definition, or name and creation time. */
export function columnsFor(resource: Resource): Column[] {
  if (!resource.custom) return BUILTIN[resource.table] ?? [NAME, CREATED];
  let columns = custom.get(resource);
  if (!columns) custom.set(resource, (columns = [NAME, ...resource.custom.columns.map(printerColumn)]));
  return columns;
}

function printerColumn({ name, type, format, description, priority = 0, jsonPath }: PrinterColumn): Column {
  const path = compileJsonPath(jsonPath);
  return {
    name,
    type,
    ...(format ? { format } : {}),
    ...(description ? { description } : {}),
    priority,
    cell: (object, now) => cellOf(path(object), type, now),
  };
}

/** The first value found, in the type of the column; null when there is none or it does not fit. */
function cellOf(values: unknown[], type: string, now: number): unknown {
  const [value] = values;
  if (value === undefined || value === null) return null;
  switch (type) {
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value === "string" && !Number.isNaN(Date.parse(value)) ? since(value, now) : "<invalid>";
    default:
      return values.map(shown).join(",");
  }
}

function shown(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
