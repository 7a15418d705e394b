import { type Color, paint, type Terminal } from "./terminal.ts";

export type Cell = string | { text: string; color: Color };

/** Rows under a header, columns padded as kubectl does (three spaces between); the last column is not padded. */
export function table(
  terminal: Pick<Terminal, "fancy">,
  header: string[] | undefined,
  rows: Cell[][],
): string {
  const all: Cell[][] = header === undefined ? rows : [header.map((title) => title.toUpperCase()), ...rows];
  const widths = (all[0] ?? []).map((_, column) =>
    Math.max(...all.map((row) => width(textOf(row[column]!)))),
  );
  return all
    .map((row) => `${row.map((cell, column) => padded(terminal, cell, widths, column)).join("   ")}\n`)
    .join("");
}

function padded(terminal: Pick<Terminal, "fancy">, cell: Cell, widths: number[], column: number): string {
  const text = textOf(cell);
  const gap = column === widths.length - 1 ? "" : " ".repeat(widths[column]! - width(text));
  return (typeof cell === "string" ? text : paint(terminal, cell.color, text)) + gap;
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
