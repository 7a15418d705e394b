import { EVENT_ID, type Event, getScalarValue } from "js-yaml";
import { type Position, positionOf } from "./errors.ts";
import { eventsOf } from "./events.ts";

/**
 * Where a node of a text stands, for errors: the text is parsed again, so that reading costs nothing for positions.
 * For a mapping entry it is the key, for a list item the item. Undefined if there is no such node.
 */
export function locate(
  source: string,
  documentIndex: number,
  path: readonly (string | number)[],
): { line: number; column: number } | undefined {
  const { events, text } = eventsOf(source);
  const start = startOf(events, documentIndex);
  if (start === undefined) return undefined;
  let at = start;
  let offset = offsetOf(events[at]!);
  for (const part of path) {
    const event: Event = events[at]!;
    const next: { value: number; offset: number } | undefined =
      event.type === EVENT_ID.MAPPING && typeof part === "string"
        ? entryAt(text, events, at, part)
        : event.type === EVENT_ID.SEQUENCE && typeof part === "number"
          ? itemAt(events, at, part)
          : undefined;
    if (next === undefined) return undefined;
    offset = next.offset;
    at = next.value;
  }
  const { line, column }: Position = positionOf(text, offset);
  return { line, column };
}

function startOf(events: Event[], documentIndex: number): number | undefined {
  let seen = -1;
  for (let i = 0; i < events.length; i++) {
    if (events[i]!.type === EVENT_ID.DOCUMENT && ++seen === documentIndex) {
      return events[i + 1]?.type === EVENT_ID.POP ? undefined : i + 1;
    }
  }
  return undefined;
}

function entryAt(text: string, events: Event[], map: number, key: string) {
  for (let i = map + 1; events[i]!.type !== EVENT_ID.POP; ) {
    const event = events[i]!;
    const value = skip(events, i);
    if (event.type === EVENT_ID.SCALAR && getScalarValue(text, event) === key) {
      return { value, offset: offsetOf(event) };
    }
    i = skip(events, value);
  }
  return undefined;
}

function itemAt(events: Event[], list: number, index: number) {
  let i = list + 1;
  for (let n = 0; events[i]!.type !== EVENT_ID.POP; n++) {
    if (n === index) return { value: i, offset: offsetOf(events[i]!) };
    i = skip(events, i);
  }
  return undefined;
}

/** The index after the node that starts at `i`. */
function skip(events: Event[], i: number): number {
  let depth = 0;
  for (let at = i; at < events.length; at++) {
    const type = events[at]!.type;
    if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth++;
    else if (type === EVENT_ID.POP) depth--;
    if (depth === 0) return at + 1;
  }
  return events.length;
}

function offsetOf(event: Event): number {
  if (event.type === EVENT_ID.SCALAR) return Math.max(event.valueStart, 0);
  if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) return event.start;
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart;
  return 0;
}

/**
 * Where every node of a text's first document stands, keyed by the JSON text of its path: what `locate` says, for all of
 * them in one pass.
 */
export function locateAll(source: string): Map<string, { line: number; column: number }> {
  const { events, text } = eventsOf(source);
  const found = new Map<string, { line: number; column: number }>();
  const lineOf = lineCounter(text);
  const start = startOf(events, 0);
  const visit = (i: number, path: (string | number)[], offset: number): number => {
    const event = events[i]!;
    found.set(JSON.stringify(path), lineOf(offset));
    let at = i + 1;
    if (event.type === EVENT_ID.MAPPING) {
      while (events[at]!.type !== EVENT_ID.POP) {
        const key = events[at]!;
        const value = skip(events, at);
        at =
          key.type === EVENT_ID.SCALAR
            ? visit(value, [...path, getScalarValue(text, key)], offsetOf(key))
            : skip(events, value);
      }
      return at + 1;
    }
    if (event.type === EVENT_ID.SEQUENCE) {
      for (let n = 0; events[at]!.type !== EVENT_ID.POP; n++)
        at = visit(at, [...path, n], offsetOf(events[at]!));
      return at + 1;
    }
    return at;
  };
  if (start !== undefined) visit(start, [], offsetOf(events[start]!));
  return found;
}

/** Line and column of offsets; each search starts from a list of line starts. */
function lineCounter(text: string): (offset: number) => { line: number; column: number } {
  const starts = [0];
  for (let at = 0; at < text.length; at++) {
    const ch = text.charCodeAt(at);
    if (ch === 10 || (ch === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1);
  }
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  };
}
