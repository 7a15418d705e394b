import { resolvePlain } from "@sluice/yaml";
import { ChartError } from "../errors.ts";
import {
  type Entry,
  type Field,
  isTime,
  KINDS,
  readEntry,
  readField,
  simpleScalar,
  Unusual,
} from "./fields.ts";

/** Takes what is found. `entry` is null where the index has nothing. */
export type Sink = {
  apiVersion?: string;
  generated?: string;
  chart(name: string): void;
  entry(name: string, entry: Entry | null): void;
};

/** Fewer than 32. */
const FIELDS = Object.keys(KINDS);
const TOP = new Set(["serverInfo", "apiVersion", "generated", "entries", "publicKeys", "annotations"]);
const maxLineBytes = 4 * 1024 * 1024;
const maxFieldLines = 20_000;

const [TAB, CR, SPACE, HASH, DASH, DOT] = [9, 13, 32, 35, 45, 46];

/**
 * Reads the YAML of an index line by line, as Helm, chartmuseum and the like write it: charts, their entries and the fields of
 * those are found by indentation, and what is not asked for is passed over unread. Holds one entry at a time.
 *
 * Whatever it does not understand is `Unusual`; it never guesses.
 */
export class IndexScanner {
  readonly #sink: Sink;
  readonly #only?: string;
  #rest: Buffer | undefined;
  #line = 0;
  #top: "none" | "entries" | "passed" | "scalar" = "none";
  #seenTop = new Set<string>();
  #ended = false;

  #nameIndent = -1;
  readonly #names = new Set<string>();
  #chart: string | undefined;
  #skipping = false;
  #dashIndent = -1;
  #fieldIndent = -1;
  #entry: Entry | undefined;
  /** The fields of the present entry, by their bits. A Set that is cleared over and over keeps its past alive in V8. */
  #seen = 0;
  #field: Field | undefined;
  /** The lines of an entry that only the parser can read. */
  #whole: string[] | undefined;

  constructor(sink: Sink, only?: string) {
    this.#sink = sink;
    this.#only = only;
  }

  /** Takes the next bytes. @throws {Unusual} */
  feed(chunk: Buffer): void {
    let start = 0;
    if (this.#rest) {
      const end = chunk.indexOf(10);
      const rest = Buffer.concat([this.#rest, end < 0 ? chunk : chunk.subarray(0, end)]);
      if (rest.length > maxLineBytes)
        throw new ChartError("limit", `index: a line of more than ${maxLineBytes} bytes`);
      this.#rest = end < 0 ? rest : undefined;
      if (end < 0) return;
      this.#take(rest, 0, rest.length);
      start = end + 1;
    }
    for (let end = chunk.indexOf(10, start); end >= 0; end = chunk.indexOf(10, start)) {
      this.#take(chunk, start, end);
      start = end + 1;
    }
    if (start < chunk.length) this.#rest = Buffer.from(chunk.subarray(start));
  }

  /** The end of the bytes. @throws {Unusual} */
  end(): void {
    if (this.#rest) this.#take(this.#rest, 0, this.#rest.length);
    this.#endChart();
  }

  #take(bytes: Buffer, start: number, lineEnd: number): void {
    this.#line++;
    const end = lineEnd > start && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
    let at = start;
    while (at < end && bytes[at] === SPACE) at++;
    const indent = at - start;
    if (at === end) {
      this.#keep("");
      return;
    }
    const first = bytes[at]!;
    if (this.#ended) return;
    if (this.#chart !== undefined) {
      if (this.#skipping && (indent > this.#nameIndent || (first === DASH && indent === this.#nameIndent)))
        return;
      // Deeper than the fields, or an item of a list: a part of the field before.
      const deeper = this.#fieldIndent >= 0 && indent > this.#fieldIndent;
      if (deeper || (first === DASH && this.#entry && indent === this.#fieldIndent)) {
        if (this.#field || this.#whole) this.#keep(bytes.toString("latin1", start, end));
        return;
      }
    }
    if (first === HASH) return;
    if (first === TAB) throw this.#unusual("a tab");
    const text = bytes.toString("latin1", at, end).trimEnd();
    if (indent === 0 && (first === DASH || first === DOT) && /^(?:---|\.\.\.)(?:\s|$)/.test(text))
      this.#marker(text);
    else if (indent === 0 && first !== DASH) this.#topLevel(text);
    else if (this.#top === "entries") this.#within(indent, text);
    else if (this.#top !== "passed") throw this.#unusual("something that belongs to no field");
  }

  #keep(line: string): void {
    const lines = this.#whole ?? this.#field?.lines;
    if (!lines) return;
    lines.push(line);
    if (lines.length > maxFieldLines)
      throw new ChartError("limit", `index: a field of more than ${maxFieldLines} lines`);
  }

  #marker(text: string): void {
    if (text !== "---" && text !== "...") throw this.#unusual("content behind a document marker");
    if (this.#top !== "none") this.#ended = true;
  }

  #topLevel(line: string): void {
    this.#endChart();
    const { key, value } = this.#pair(line);
    if (!TOP.has(key) || this.#seenTop.has(key)) throw this.#unusual(`field ${key}`);
    this.#seenTop.add(key);
    this.#top = "passed";
    const scalar = value === "" ? undefined : simpleScalar(value);
    switch (key) {
      case "apiVersion":
      case "generated":
        if (value !== "" && (scalar === undefined || (key === "generated" && !isTime(scalar))))
          throw this.#unusual(key);
        this.#sink[key] = scalar;
        this.#top = "scalar";
        break;
      case "entries":
        if (value === "") this.#top = "entries";
        else if (value !== "{}" && value !== "null") throw this.#unusual("entries");
        this.#nameIndent = -1;
    }
  }

  /** A line below `entries` that is no deeper than the fields. */
  #within(indent: number, text: string): void {
    const isItem = text === "-" || text.startsWith("- ");
    if (this.#nameIndent < 0 && !isItem) this.#nameIndent = indent;
    const isField = this.#fieldIndent < 0 ? indent > this.#dashIndent : indent === this.#fieldIndent;
    if (isItem && this.#chart !== undefined && indent >= this.#nameIndent) this.#item(indent, text);
    else if (indent === this.#nameIndent && !isItem) this.#name(text);
    else if (this.#entry && isField && !isItem) {
      this.#fieldIndent = indent;
      this.#beginField(text);
    } else throw this.#unusual("indentation");
  }

  #name(text: string): void {
    this.#endChart();
    const { key, value } = this.#pair(text);
    if (value !== "" && value !== "[]" && value !== "null") throw this.#unusual("the entries of a chart");
    // A name that reads as a number or comes twice is rare enough for the parser.
    const odd = this.#names.has(key) || typeof resolvePlain(key, "kubernetes") !== "string";
    if (odd) throw this.#unusual(`chart ${key}`);
    this.#names.add(key);
    this.#chart = key;
    this.#skipping = this.#only !== undefined && Buffer.from(key, "latin1").toString() !== this.#only;
    this.#dashIndent = -1;
    if (!this.#skipping) this.#sink.chart(key);
  }

  #item(indent: number, text: string): void {
    this.#endEntry();
    if (this.#dashIndent < 0) this.#dashIndent = indent;
    if (indent !== this.#dashIndent) throw this.#unusual("indentation");
    const rest = text.slice(1).trimStart();
    if (rest === "" || rest.startsWith("#")) {
      // What follows is deeper, or there is nothing.
      this.#entry = {};
    } else if (/^(?:~|null|Null|NULL)\s*(?:#|$)/.test(rest)) {
      this.#sink.entry(this.#chart!, null);
    } else if (/^[{"'!&*|>[]/.test(rest)) {
      this.#whole = [" ".repeat(indent) + text];
      this.#fieldIndent = indent;
    } else {
      this.#entry = {};
      this.#fieldIndent = indent + text.length - rest.length;
      this.#beginField(rest);
    }
  }

  #beginField(text: string): void {
    this.#endField();
    const { key, value } = this.#pair(text);
    const kind = KINDS[key];
    const bit = 1 << FIELDS.indexOf(key);
    if (kind === undefined || (this.#seen & bit) !== 0) throw this.#unusual(`field ${key}`);
    this.#seen |= bit;
    if (/^[&*]/.test(value)) throw this.#unusual("an anchor");
    this.#field =
      kind === "skipped" ? undefined : { key, value, lines: [], indent: this.#fieldIndent, line: this.#line };
  }

  #pair(text: string): { key: string; value: string } {
    const colon = text.indexOf(":");
    const next = text.charCodeAt(colon + 1);
    const isPlain = colon > 0 && (Number.isNaN(next) || next === SPACE) && /^[\w./-]/.test(text);
    const key = isPlain ? text.slice(0, colon).trimEnd() : undefined;
    const value = text.slice(colon + 1).trimStart();
    if (key !== undefined && /^[\w./-]+$/.test(key))
      return { key, value: value.startsWith("#") ? "" : value };
    const quoted = /^(?:"([^"\\]+)"|'([^']+)')\s*:(?:\s+(?!#)(.*))?/.exec(text);
    if (!quoted) throw this.#unusual("something that is no field");
    return { key: (quoted[1] ?? quoted[2])!, value: quoted[3] ?? "" };
  }

  #endField(): void {
    const field = this.#field;
    if (!field) return;
    this.#field = undefined;
    while (field.lines.at(-1) === "") field.lines.pop();
    readField(this.#entry!, field);
  }

  #endEntry(): void {
    if (this.#whole) this.#sink.entry(this.#chart!, readEntry(`${this.#whole.join("\n")}\n`, this.#line));
    this.#endField();
    if (this.#entry) this.#sink.entry(this.#chart!, this.#seen === 0 ? null : this.#entry);
    this.#whole = undefined;
    this.#entry = undefined;
    this.#fieldIndent = -1;
    this.#seen = 0;
  }

  #endChart(): void {
    this.#endEntry();
    this.#chart = undefined;
  }

  #unusual(words: string): Unusual {
    return new Unusual(`unexpected: ${words}`, this.#line);
  }
}
