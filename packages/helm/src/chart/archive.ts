import { gunzipSync } from "node:zlib";
import { go } from "@sluice/gotemplate";
import type { ChartFile } from "../chart.ts";
import { ChartError } from "../errors.ts";
import type { Budget } from "./limits.ts";
import { readTar } from "./tar.ts";

/**
 * The files of a packed chart by their paths within it, in the order of the archive. Nothing is written, so links and devices,
 * which are files without content, can do no harm.
 * @throws {ChartError} `bad-archive` in the words of LoadArchiveFiles in Helm's pkg/chart/loader/archive, or `limit`
 */
export function readArchive(bytes: Uint8Array, budget: Budget): ChartFile[] {
  const files: ChartFile[] = [];
  for (const entry of readTar(decompress(bytes, budget))) {
    if (entry.isDirectory) continue;
    const name = pathWithin(entry.name);
    budget.take(entry.name, entry.data.length);
    files.push({ name, data: withoutMark(entry.data), modTime: entry.modTime });
  }
  if (files.length === 0) throw new ChartError("bad-archive", "no files in chart archive");
  return files;
}

/** Stops where the budget ends: a bomb is never held as a whole. */
function decompress(bytes: Uint8Array, budget: Budget): Buffer {
  if (bytes.length === 0) throw new ChartError("bad-archive", "EOF");
  if (budget.unpackable <= 0) throw budget.tooLarge();
  try {
    const unpacked = gunzipSync(bytes, { maxOutputLength: budget.unpackable });
    budget.takeUnpacked(unpacked.length);
    return unpacked;
  } catch (thrown) {
    switch ((thrown as NodeJS.ErrnoException).code) {
      case "ERR_BUFFER_TOO_LARGE":
        throw budget.tooLarge();
      case "Z_BUF_ERROR":
        throw new ChartError("bad-archive", "unexpected EOF", { cause: thrown });
      case "Z_DATA_ERROR":
        throw new ChartError("bad-archive", gzipWords(thrown as Error), { cause: thrown });
      default:
        throw thrown;
    }
  }
}

function gzipWords({ message }: Error): string {
  if (message === "incorrect data check" || message === "incorrect length check")
    return "gzip: invalid checksum";
  return /header|unknown compression method/.test(message)
    ? "gzip: invalid header"
    : `flate: corrupt input (${message})`;
}

/** A path without its first part, which is the name of the chart by convention. */
function pathWithin(entry: string): string {
  // Archives of Windows have backslashes.
  const delimiter = entry.includes("\\") ? "\\" : "/";
  const [first, ...rest] = entry.split(delimiter);
  const written = rest.join("/");
  if (written.startsWith("/")) throw bad("chart illegally contains absolute paths");
  const name = go.cleanPath(written);
  if (name === ".")
    throw bad(`chart illegally contains content outside the base directory: ${go.quote(entry)}`);
  if (name.startsWith("..")) throw bad("chart illegally references parent directory");
  if (/^[a-zA-Z]:\//.test(name)) throw bad("chart contains illegally named files");
  if (first === "Chart.yaml") throw bad("chart yaml not in base directory");
  return name;
}

const bad = (words: string) => new ChartError("bad-archive", words);

/** Content without a byte order mark. */
export function withoutMark(data: Uint8Array): Uint8Array {
  return data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf ? data.subarray(3) : data;
}
