import type { Person } from "./types.ts";

export type CommitInfo = { message: string; author: Person; committer: Person };

/** Reads a commit object, as `git cat-file` prints it: headers, an empty line, the message. */
export function parseCommit(content: Buffer): CommitInfo {
  const end = content.indexOf("\n\n");
  const head = content.subarray(0, end < 0 ? content.length : end);
  const decode = decoderFor(/^encoding (.+)$/m.exec(head.toString("latin1"))?.[1]);
  const headers = decode(head);
  return {
    message: end < 0 ? "" : decode(content.subarray(end + 2)),
    author: person(/^author (.*)$/m.exec(headers)?.[1] ?? ""),
    committer: person(/^committer (.*)$/m.exec(headers)?.[1] ?? ""),
  };
}

function decoderFor(encoding = "utf-8"): (bytes: Buffer) => string {
  try {
    const decoder = new TextDecoder(encoding);
    return (bytes) => decoder.decode(bytes);
  } catch {
    return (bytes) => bytes.toString("latin1");
  }
}

/** `Ada Lovelace <ada@example.com> 1767225600 +0100` */
function person(line: string): Person {
  const match = /^(.*?) ?<([^>]*)> ?(-?\d+)?/.exec(line);
  const seconds = Number(match?.[3] ?? 0);
  // beyond the year 9999 there is no RFC 3339; git stores whatever a client claims
  const at = new Date(Math.abs(seconds) < 253_402_300_800 ? seconds * 1000 : 0);
  return { name: match?.[1] ?? line, email: match?.[2] ?? "", at: at.toISOString().replace(".000Z", "Z") };
}
