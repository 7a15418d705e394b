/** Reads a log file as the kubelet reads a container's: the last lines, the lines since, and those to come. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

export type LogQuery = {
  follow: boolean;
  /** only so many of the last lines */
  tailLines?: number;
  /** only lines from this time on, in milliseconds since the epoch */
  since?: number;
  /** put the time of each line before it */
  timestamps: boolean;
};

const BLOCK = 64 * 1024;
/** A line longer than this is passed on in pieces, so that no file can fill the memory. */
const LONGEST = 1024 * 1024;
const NEWLINE = 10;

/**
 * The lines of `path` that `query` asks for, each with its newline. A file that is not there (yet) is empty, and waited for when
 * following. With `follow` it goes on until `signal` ends or `isOver` says that nothing more will come, looking every `pollMs`.
 */
export async function* readLog(
  path: string,
  query: LogQuery,
  {
    signal,
    isOver = () => false,
    pollMs = 200,
  }: { signal: AbortSignal; isOver?: () => boolean; pollMs?: number },
): AsyncGenerator<Buffer> {
  const file = await openWhenThere(path, query.follow, signal, isOver, pollMs);
  if (file === undefined) return;
  try {
    const { size } = await file.stat();
    const shape = shapeOf(query);
    let at = query.tailLines === undefined ? 0 : await startOfTail(file, size, query.tailLines);
    let rest: Buffer = Buffer.alloc(0);
    while (!signal.aborted) {
      const block = await readAt(file, at);
      if (block.length > 0) {
        at += block.length;
        const cut = splitLines(Buffer.concat([rest, block]));
        rest = cut.rest;
        for (const line of cut.lines) yield* shape(line);
        continue;
      }
      if (!query.follow || isOver()) break;
      await pause(pollMs, undefined, { signal }).catch(() => {});
      // A file that became shorter was begun anew.
      if ((await file.stat()).size < at) [at, rest] = [0, Buffer.alloc(0)];
    }
    if (rest.length > 0) yield* shape(rest);
  } finally {
    await file.close();
  }
}

async function openWhenThere(
  path: string,
  follow: boolean,
  signal: AbortSignal,
  isOver: () => boolean,
  pollMs: number,
): Promise<FileHandle | undefined> {
  while (!signal.aborted) {
    try {
      // a link could lead out of the directory
      return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
      if (!follow || isOver()) return undefined;
      await pause(pollMs, undefined, { signal }).catch(() => {});
    }
  }
  return undefined;
}

async function readAt(file: FileHandle, position: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(BLOCK), position });
  return buffer.subarray(0, bytesRead);
}

/** Where the last `count` lines begin: looks from the end backwards, a block at a time. */
async function startOfTail(file: FileHandle, size: number, count: number): Promise<number> {
  if (count === 0) return size;
  let found = 0;
  for (let end = size; end > 0; ) {
    const begin = Math.max(0, end - BLOCK);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(end - begin), position: begin });
    for (let index = bytesRead - 1; index >= 0; index--) {
      const isLast = begin + index === size - 1; // the newline that ends the last line begins none
      if (buffer[index] === NEWLINE && !isLast && ++found === count) return begin + index + 1;
    }
    end = begin;
  }
  return 0;
}

function splitLines(bytes: Buffer): { lines: Buffer[]; rest: Buffer } {
  const lines: Buffer[] = [];
  let begin = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, begin)) {
    lines.push(bytes.subarray(begin, end + 1));
    begin = end + 1;
  }
  const rest = bytes.subarray(begin);
  if (rest.length < LONGEST) return { lines, rest };
  return { lines: [...lines, rest], rest: Buffer.alloc(0) };
}

/** What a line becomes: nothing when it is older than asked for, else itself, with its time when asked for. */
function shapeOf({ since, timestamps }: LogQuery): (line: Buffer) => Iterable<Buffer> {
  if (since === undefined && !timestamps) return (line) => [line];
  let time = 0; // of the last line that told one: lines without belong to the one before, as stack traces do
  return (line) => {
    time = timeOf(line.toString()) ?? time;
    if (since !== undefined && time < since) return [];
    return [timestamps ? Buffer.concat([Buffer.from(`${new Date(time).toISOString()} `), line]) : line];
  };
}

/** When a line was written: `ts` of a JSON line (text, or seconds since the epoch), else a time at its beginning. */
export function timeOf(line: string): number | undefined {
  const [, ts] = /"ts":\s*("[^"]*"|[\d.e+]+)/.exec(line) ?? [];
  const [, start] = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))/.exec(line) ?? [];
  const time =
    ts === undefined
      ? Date.parse(start ?? "")
      : ts.startsWith('"')
        ? Date.parse(ts.slice(1, -1))
        : Number(ts) * 1000;
  return Number.isNaN(time) ? undefined : time;
}
