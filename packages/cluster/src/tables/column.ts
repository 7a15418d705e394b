import { since } from "./duration.ts";
import type { Column } from "./table.ts";

type Cell = Column["cell"];

export const column = (name: string, type: string, cell: Cell, priority = 0): Column => ({
  name,
  type,
  priority,
  cell,
});
export const text = (name: string, cell: Cell) => column(name, "string", cell);
export const integer = (name: string, cell: Cell) => column(name, "integer", cell);
export const wide = (name: string, cell: Cell) => column(name, "string", cell, 1);

export const NAME: Column = { ...text("Name", (object) => object.metadata.name), format: "name" };
/** How old an object is, as kubectl shows it. */
export const age: Cell = (object, now) => since(object.metadata.creationTimestamp, now);
