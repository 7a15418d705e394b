/** Which line of a template made a manifest, and from which values. Known only of what was rendered with `provenance`. */
import { decode, encode, GoList, GoMap, type Trace, type Value } from "@sluice/gotemplate";
import type { ChartFile } from "../chart.ts";

/** Where a manifest, or a line of one, comes from. */
export type Origin = {
  /** The template: `web/templates/service.yaml`. */
  file: string;
  /** Its line, from 1. Of what an `include` printed, the line of the `include`. */
  line: number;
  /** Paths of values that were read for the whole manifest, sorted: `db.image.tag`, `hosts[0].name`. */
  values: string[];
};

/** A statement of a template: where what it printed begins, where it stands, both in bytes, and what it read. */
type Statement = { printed: number; pos: number; isText: boolean; read?: Set<string> };

/** What was noted while one template was rendered. */
export type Notes = { file: string; source: ChartFile; statements: Statement[] };

/** A manifest in the text that a template printed: where it begins, and where the manifest before it ends. */
type Place = { notes: Notes; printed: string; reach: number; offset: number; text: string };

const places = new WeakMap<object, Place>();

/**
 * Where a manifest or hook comes from.
 * @param line a line of the manifest, from 1
 * @returns undefined if it was rendered without `provenance`, or rewritten since
 */
export function originOf(manifest: object, line = 1): Origin | undefined {
  const place = places.get(manifest);
  if (!place) return undefined;
  const { notes, printed, reach, offset, text } = place;
  const bytes = (end: number): number => encode(printed.slice(0, end)).length;
  const before = text.split("\n").slice(0, line - 1);
  const at = bytes(offset) + encode(before.map((one) => `${one}\n`).join("")).length;
  const end = offset + text.length;
  // What printed nothing behind the last manifest is part of it.
  const to = end === printed.length ? Number.POSITIVE_INFINITY : bytes(end);
  const read = statementsIn(notes, bytes(reach), to).flatMap((one) => [...(one.read ?? [])]);
  return { file: notes.file, line: lineAt(notes, at), values: leaves([...new Set(read)]) };
}

/** The statements that printed a part, and those within it that printed nothing. */
function statementsIn({ statements }: Notes, from: number, to: number): Statement[] {
  return statements.filter(({ printed }, i) => {
    const end = statements[i + 1]?.printed ?? Number.POSITIVE_INFINITY;
    return printed < to && (end > from || printed >= from);
  });
}

function lineAt({ statements, source }: Notes, at: number): number {
  // Of several that begin at one place, all but the last printed nothing.
  const found = statements.findLast(({ printed }) => printed <= at);
  if (!found) return 1;
  const pos = found.isText ? found.pos + at - found.printed : found.pos;
  let line = 1;
  for (let i = 0; i < pos; i++) if (source.data[i] === 10) line++;
  return line;
}

/** Paths without those that lead to others. */
function leaves(paths: readonly string[]): string[] {
  return paths
    .filter((path) => !paths.some((other) => other.startsWith(`${path}.`) || other.startsWith(`${path}[`)))
    .sort();
}

/** Notes what templates do, one after the other. */
export class Recorder implements Trace {
  private readonly paths = new Map<Map<string, Value>, string>();
  private statements: Statement[] = [];

  /** @param values `.Values` of the outermost chart */
  constructor(values: GoMap) {
    this.name(values, "");
  }

  private name(value: Value, path: string): void {
    if (value instanceof GoList)
      for (const [i, item] of value.items.entries()) this.name(item, `${path}[${i}]`);
    if (!(value instanceof GoMap) || this.paths.has(value.m)) return;
    this.paths.set(value.m, path);
    for (const [key, item] of value.m) this.name(item, join(path, key));
  }

  statement(printed: number, pos: number, isText: boolean): void {
    this.statements.push({ printed, pos, isText });
  }

  deleted(size: number, places: readonly number[]): void {
    let gone = 0;
    for (const statement of this.statements) {
      while (gone < places.length && places[gone]! < statement.printed) gone++;
      statement.printed -= gone * size;
    }
  }

  read(map: GoMap, key: string): void {
    const path = this.paths.get(map.m);
    const last = this.statements.at(-1);
    if (path === undefined || !last) return;
    last.read ??= new Set();
    last.read.add(join(path, key));
  }

  /** The notes of the template that was rendered last. */
  take(file: string, source: ChartFile): Notes {
    const { statements } = this;
    this.statements = [];
    return { file, source, statements };
  }
}

function join(path: string, key: string): string {
  const name = decode(key);
  return path === "" ? name : `${path}.${name}`;
}

/** Remembers where a manifest or hook was printed. Bytes are counted when somebody asks: a text may hold a great many of them. */
export function remember(manifest: object, place: Place): void {
  places.set(manifest, place);
}
