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
