import { type Color, paint, type Terminal } from "./terminal.ts";

export type Cell = string | { text: string; color: Color };

/** Rows under a header, as `growingTable` has them. */
export function table(
  terminal: Pick<Terminal, "fancy">,
  header: string[] | undefined,
  rows: Cell[][],
  options: { tall?: boolean } = {},
): string {
  return growingTable(terminal, header, options)(rows);
}

/**
 * A table that grows: each call gives the text of more rows, the first call that of the header too. Columns are padded as
 * kubectl does (three spaces between, none after the last), and never become narrower.
 * Cells of several lines are joined to one, or with `tall` go on in rows of their own.
 */
export function growingTable(
  terminal: Pick<Terminal, "fancy">,
  header: string[] | undefined,
  { tall = false } = {},
): (rows: Cell[][]) => string {
  let titles: Cell[][] = header === undefined ? [] : [header.map((title) => title.toUpperCase())];
  let widths: number[] = [];
  return (rows) => {
    const all = [...titles, ...(tall ? rows.flatMap(spread) : rows)];
    titles = [];
    widths = (all[0] ?? []).map((_, column) =>
      Math.max(widths[column] ?? 0, ...all.map((row) => width(textOf(row[column]!)))),
    );
    return all
      .map((row) => `${row.map((cell, column) => padded(terminal, cell, widths, column)).join("   ")}\n`)
      .join("");
  };
}

function padded(terminal: Pick<Terminal, "fancy">, cell: Cell, widths: number[], column: number): string {
  const text = textOf(cell);
  const gap = column === widths.length - 1 ? "" : " ".repeat(widths[column]! - width(text));
  return (typeof cell === "string" ? text : paint(terminal, cell.color, text)) + gap;
}

/** A row for each line of its tallest cell. */
function spread(row: Cell[]): Cell[][] {
  const lines = row.map((cell) => (typeof cell === "string" ? cell : cell.text).trim().split("\n"));
  const height = Math.max(...lines.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    row.map((cell, column) => {
      const text = lines[column]![line] ?? "";
      return typeof cell === "string" ? text : { ...cell, text };
    }),
  );
}

/** Line breaks would tear a table apart; messages of several lines show their first ones joined. */
const textOf = (cell: Cell) => (typeof cell === "string" ? cell : cell.text).replace(/\s*\n\s*/g, " ");
const width = (text: string) => [...text].length;

/** How long ago, as kubectl writes ages: 45s, 12m, 3h20m, 5h, 2d3h, 9d. `ms` is a duration. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return `${minutes}m${seconds % 60 ? `${seconds % 60}s` : ""}`;
  if (hours < 3) return `${minutes}m`;
  if (hours < 8) return `${hours}h${minutes % 60 ? `${minutes % 60}m` : ""}`;
  if (hours < 48) return `${hours}h`;
  if (days < 8) return `${days}d${hours % 24 ? `${hours % 24}h` : ""}`;
  return `${days}d`;
}
