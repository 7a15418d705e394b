/** The elements of Go's layouts: parts of the reference time Mon Jan 2 15:04:05 MST 2006. */

export type Element =
  | "January"
  | "Jan"
  | "Monday"
  | "Mon"
  | "MST"
  | "01"
  | "02"
  | "03"
  | "04"
  | "05"
  | "06"
  | "002"
  | "1"
  | "2"
  | "2006"
  | "_2"
  | "__2"
  | "3"
  | "4"
  | "5"
  | "15"
  | "PM"
  | "pm"
  | "-070000"
  | "-07:00:00"
  | "-0700"
  | "-07:00"
  | "-07"
  | "Z070000"
  | "Z07:00:00"
  | "Z0700"
  | "Z07:00"
  | "Z07"
  /** Fractions of a second, all digits or without trailing zeros. */
  | "fraction0"
  | "fraction9";

/** What comes before an element, the element, its spelling, and what follows. */
export type Chunk = { prefix: string; element?: Element; text: string; rest: string };

/** Elements that begin alike, longest first. */
const STARTS: Record<string, readonly Element[]> = {
  J: ["January", "Jan"],
  M: ["Monday", "Mon", "MST"],
  "0": ["002", "01", "02", "03", "04", "05", "06"],
  "1": ["15", "1"],
  "2": ["2006", "2"],
  _: ["__2", "_2"],
  "3": ["3"],
  "4": ["4"],
  "5": ["5"],
  P: ["PM"],
  p: ["pm"],
  "-": ["-070000", "-07:00:00", "-0700", "-07:00", "-07"],
  Z: ["Z070000", "Z07:00:00", "Z0700", "Z07:00", "Z07"],
};

/** The first element of a layout. */
export function nextChunk(layout: string): Chunk {
  for (let at = 0; at < layout.length; at++) {
    const found = elementAt(layout, at);
    if (!found) continue;
    const start = at + found.skip;
    const end = start + found.text.length;
    return {
      prefix: layout.slice(0, start),
      element: found.element,
      text: found.text,
      rest: layout.slice(end),
    };
  }
  return { prefix: layout, text: "", rest: "" };
}

type Found = { element: Element; text: string; skip: number };

function elementAt(layout: string, at: number): Found | undefined {
  const ch = layout[at]!;
  if (ch === "." || ch === ",") return fractionAt(layout, at);
  for (const element of STARTS[ch] ?? []) {
    if (!layout.startsWith(element, at)) continue;
    // Janet and Money are no elements.
    const small = /[a-z]/.test(layout[at + element.length] ?? "");
    if ((element === "Jan" || element === "Mon") && small) continue;
    // _2006 is an underscore and a year.
    if (element === "_2" && layout.startsWith("_2006", at)) return { element: "2006", text: "2006", skip: 1 };
    return { element, text: element, skip: 0 };
  }
  return undefined;
}

function fractionAt(layout: string, at: number): Found | undefined {
  const match = /^[.,](0+|9+)(?![0-9])/.exec(layout.slice(at));
  if (!match) return undefined;
  return { element: match[1]![0] === "0" ? "fraction0" : "fraction9", text: match[0], skip: 0 };
}
