import type { Entry } from "./fields.ts";
import type { ChartVersion } from "./index.ts";
import type { Sink } from "./scan.ts";

/** What separates entries, fields and URLs; and what stands for a text that is the one of the entry before. */
const [ENTRY, FIELD, URL, SAME] = ["\x1d", "\x1f", "\x1e", "\x02"];

const TEXTS = [
  "name",
  "version",
  "apiVersion",
  "appVersion",
  "description",
  "type",
  "kubeVersion",
  "created",
  "digest",
  "problem",
] as const;

type Texts = readonly (string | undefined)[];

/**
 * Entries of an index in few bytes: the fields that are kept, as UTF-8 in one buffer per chart, outside of the heap. Objects and
 * strings of their own would take three times as much.
 */
export class Packed implements Sink {
  apiVersion?: string;
  generated?: string;
  readonly charts = new Map<string, Buffer>();
  #name: string | undefined;
  /** What the present chart has so far. Strings would wait in the heap until its end. */
  #room = Buffer.allocUnsafe(64 * 1024);
  #used = 0;
  #before: Texts = [];

  /** Begins a chart; `name` is a byte string. */
  chart(name: string): void {
    this.finish();
    this.#name = name;
  }

  entry(_: string, entry: Entry | null): void {
    if (entry === null) {
      this.#write(ENTRY);
      return;
    }
    const texts = TEXTS.map((field) => entry[field]);
    const same = texts.map((text, index) =>
      text && text === this.#before[index] ? SAME : clean(text ?? ""),
    );
    const flags = `${entry.deprecated ? "d" : ""}${entry.removed ? "r" : ""}`;
    this.#write([...same, flags, (entry.urls ?? []).map(clean).join(URL)].join(FIELD) + ENTRY);
    this.#before = texts;
  }

  #write(record: string): void {
    while (this.#used + record.length > this.#room.length)
      this.#room = Buffer.concat([this.#room], this.#room.length * 2);
    this.#used += this.#room.write(record, this.#used, "latin1");
  }

  /** Ends the last chart. */
  finish(): void {
    if (this.#name === undefined) return;
    const name = Buffer.from(this.#name, "latin1").toString();
    this.charts.set(name, Buffer.from(this.#room.subarray(0, this.#used)));
    this.#name = undefined;
    this.#used = 0;
    this.#before = [];
  }

  /** The entries of a chart as they come in the index; null for one that is nothing. */
  entries(name: string): ((ChartVersion & { problem?: string }) | null)[] | undefined {
    const packed = this.charts.get(name);
    if (!packed) return undefined;
    if (packed.length === 0) return [];
    let before: string[] = [];
    return packed
      .toString()
      .split(ENTRY)
      .slice(0, -1)
      .map((record) => {
        if (record === "") return null;
        const fields = record.split(FIELD).map((text, index) => (text === SAME ? before[index]! : text));
        before = fields;
        return unpack(fields);
      });
  }
}

/** None of the texts that are kept may have these characters; Helm takes them out of most as well. */
const clean = (text: string): string =>
  /[\x02\x1d-\x1f]/.test(text) ? text.replace(/[\x02\x1d-\x1f]/g, "") : text;

function unpack(fields: readonly string[]): ChartVersion & { problem?: string } {
  const texts = Object.fromEntries(
    TEXTS.map((field, index) => [field, fields[index]!]).filter(([, text]) => text !== ""),
  );
  const [flags = "", urls = ""] = fields.slice(TEXTS.length);
  return {
    name: "",
    version: "",
    ...texts,
    apiVersion: texts.apiVersion || "v1",
    deprecated: flags.includes("d"),
    removed: flags.includes("r"),
    urls: urls === "" ? [] : urls.split(URL),
  };
}
