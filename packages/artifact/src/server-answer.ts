import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

/** The file that was asked for. */
type Served = { path: string; digest: string; size: number; modified: Date };

/** What to say; `body` is the part of the file to send, both ends included, absent if there is nothing to send. */
export type Answer = {
  status: 200 | 206 | 304 | 404 | 405 | 416;
  headers: OutgoingHttpHeaders;
  body?: { start: number; end: number };
};

/** Decides the answer to a GET of an existing file by RFC 9110: preconditions first, then the range. */
export function answerOf(request: IncomingHttpHeaders, file: Served): Answer {
  const etag = `"${file.digest}"`;
  const headers: OutgoingHttpHeaders = {
    etag,
    "last-modified": file.modified.toUTCString(),
    "accept-ranges": "bytes",
    // latest.tar.gz and its like change their content.
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
  };
  if (isUnchanged(request, etag, file.modified)) return { status: 304, headers };

  const range = rangeAllowed(request, etag, file.modified)
    ? parseRange(request.range, file.size)
    : { kind: "whole" as const };
  const typed = { ...headers, "content-type": contentTypeOf(file.path) };
  switch (range.kind) {
    case "unsatisfiable":
      return { status: 416, headers: { ...headers, "content-range": `bytes */${file.size}` } };
    case "part": {
      const { start, end } = range;
      return {
        status: 206,
        headers: {
          ...typed,
          "content-range": `bytes ${start}-${end}/${file.size}`,
          "content-length": end - start + 1,
        },
        body: { start, end },
      };
    }
    case "whole": {
      const whole = { ...typed, "content-length": file.size };
      return file.size === 0
        ? { status: 200, headers: whole }
        : { status: 200, headers: whole, body: { start: 0, end: file.size - 1 } };
    }
  }
}

function isUnchanged(request: IncomingHttpHeaders, etag: string, modified: Date): boolean {
  const known = request["if-none-match"];
  if (known !== undefined) {
    const tags = known.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
    return tags.includes("*") || tags.includes(etag);
  }
  return isNotNewer(request["if-modified-since"], modified);
}

/** HTTP dates have whole seconds. */
const isNotNewer = (date: string | undefined, modified: Date): boolean =>
  date !== undefined && Math.floor(modified.getTime() / 1000) <= Date.parse(date) / 1000;

/** A range that goes on with an older version (`If-Range`) must not be joined to a newer one. */
function rangeAllowed(request: IncomingHttpHeaders, etag: string, modified: Date): boolean {
  if (request["if-range"] === undefined) return true;
  const condition = String(request["if-range"]);
  return /^(W\/)?"/.test(condition) ? condition === etag : condition === modified.toUTCString();
}

type Range = { kind: "whole" } | { kind: "unsatisfiable" } | { kind: "part"; start: number; end: number };

/** One byte range. Several at once, other units and nonsense are ignored, as the RFC allows. */
function parseRange(header: string | undefined, size: number): Range {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return { kind: "whole" };
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? { kind: "unsatisfiable" } : { kind: "part", start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < start) return { kind: "whole" };
  return start >= size ? { kind: "unsatisfiable" } : { kind: "part", start, end };
}

function contentTypeOf(path: string): string {
  if (/\.(tar\.gz|tgz)$/.test(path)) return "application/gzip";
  return /\.ya?ml$/.test(path) ? "application/yaml" : "application/octet-stream";
}
