import { locateAll } from "@sluice/yaml";

export type Position = { file: string; line: number };
export type Positions = Map<string, Position>;

export const pathKey = (path: readonly (string | number)[]): string => JSON.stringify(path);

/** Positions of all nodes of a text that starts after `firstLine` lines of its file. */
export function documentPositions(text: { text: string; file: string; firstLine: number }): Positions {
  const positions: Positions = new Map();
  for (const [key, { line }] of locateAll(text.text))
    positions.set(key, { file: text.file, line: line + text.firstLine });
  return positions;
}
