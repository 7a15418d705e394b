import type { Resource } from "../catalogue.ts";
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

/** The columns of a resource. */
export function columnsFor(_resource: Resource): Column[] {
  return [NAME, CREATED];
}
