/** Where something was found: a file as its reader names it, a line and a column, both counted from 1. */
export type Position = { file?: string; line: number; column: number };

/**
 * A YAML text that cannot be read or a value that cannot be written. The message starts with the position and never
 * quotes the text around it, which may be secret.
 */
export class YamlError extends Error {
  readonly code: "bad-yaml" | "duplicate-key" | "too-large" | "unprintable";
  readonly at?: Position;
  readonly reason: string;
  /** What Go's reader says, which counts lines in its own way: `line 3: did not find expected key`. */
  readonly go?: string;

  constructor(code: YamlError["code"], reason: string, at?: Position, go?: string) {
    super(at ? `${at.file ? `${at.file}:` : ""}${at.line}:${at.column}: ${reason}` : reason);
    this.name = "YamlError";
    this.code = code;
    this.reason = reason;
    this.at = at;
    this.go = go;
  }
}

/** Line and column of an offset into a text, both from 1; `\r\n`, `\n` and `\r` end a line. */
export function positionOf(text: string, offset: number, file?: string): Position {
  let line = 1;
  let start = 0;
  const end = Math.min(offset, text.length);
  for (let i = 0; i < end; i++) {
    if (!endsLine(text, i)) continue;
    line++;
    start = i + 1;
  }
  return { file, line, column: end - start + 1 };
}

function endsLine(text: string, at: number): boolean {
  const ch = text.charCodeAt(at);
  return ch === 10 || (ch === 13 && text.charCodeAt(at + 1) !== 10);
}

/** What tells lines of offsets, from 1, counting from the offset before: for many offsets that are nearly in order. */
export function lineCounter(text: string): (offset: number) => number {
  let at = 0;
  let line = 1;
  return (offset) => {
    for (; at < offset; at++) if (endsLine(text, at)) line++;
    while (at > offset) if (endsLine(text, --at)) line--;
    return line;
  };
}
