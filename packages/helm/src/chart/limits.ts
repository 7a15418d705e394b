import { ChartError } from "../errors.ts";

const MiB = 1024 * 1024;

/** Bounds of a chart. Helm has the two sizes and no others. */
export const limits = {
  /** Contents of all files, those of packed subcharts included. */
  maxBytes: 100 * MiB,
  /** One file, a packed subchart too. */
  maxFileBytes: 5 * MiB,
  /** Files of a chart and its packed subcharts, those included that end up nowhere. */
  maxFiles: 20_000,
  /** Directories and links that a walk enters. */
  maxDirectories: 20_000,
  /** Charts within charts. */
  maxDepth: 32,
  /** One pax record block or GNU long name. */
  maxExtendedHeaderBytes: MiB,
  /** One `.helmignore`, and its rules. */
  maxIgnoreBytes: MiB,
  maxIgnoreRules: 1_000,
  /** Comparisons that the rules of one `.helmignore` may take: about two seconds. */
  maxIgnoreSteps: 200_000_000,
} as const;

export type SizeLimits = { maxBytes?: number; maxFileBytes?: number };

/** What a chart may still take. One budget is shared by a chart and all the archives within it. */
export class Budget {
  readonly maxBytes: number;
  readonly maxFileBytes: number;
  #bytes = 0;
  #files = 0;
  #unpacked = 0;

  constructor({ maxBytes = limits.maxBytes, maxFileBytes = limits.maxFileBytes }: SizeLimits = {}) {
    this.maxBytes = maxBytes;
    this.maxFileBytes = maxFileBytes;
  }

  /** Bytes that the next archive may unfold to: what is left of the contents that are allowed and the headers of all files. */
  get unpackable(): number {
    return this.maxBytes + limits.maxFiles * 1024 - this.#unpacked;
  }

  /** Takes an archive into account: nothing in it but zeros is work, too. */
  takeUnpacked(bytes: number): void {
    this.#unpacked += bytes;
  }

  /** Takes a file of an archive or a directory into account. @throws {ChartError} `limit`, in Helm's words where it has any */
  take(file: string, bytes: number): void {
    if (++this.#files > limits.maxFiles)
      throw new ChartError("limit", `chart has more than ${limits.maxFiles} files`);
    this.#bytes += bytes;
    if (this.#bytes >= this.maxBytes) throw this.tooLarge();
    if (bytes > this.maxFileBytes) {
      const words = `decompressed chart file ${JSON.stringify(file)} is larger than the maximum file size`;
      throw new ChartError("limit", `${words} ${this.maxFileBytes}`, { file });
    }
  }

  tooLarge(): ChartError {
    return new ChartError("limit", `decompressed chart is larger than the maximum size ${this.maxBytes}`);
  }
}
