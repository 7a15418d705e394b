import { writeSync } from "node:fs";

/** What the commands print with; a test hands in its own. */
export type Terminal = {
  out(text: string): void;
  err(text: string): void;
  /** Whether colours and redrawing make sense in `out`: a terminal, and NO_COLOR is not set. */
  fancy: boolean;
  /** The same of `err`. */
  fancyErr: boolean;
  columns: number;
};

const isFancy = ({ isTTY }: { isTTY?: boolean }) =>
  Boolean(isTTY) && !process.env.NO_COLOR && process.env.TERM !== "dumb";

/** Writes at once, and asks for Node's streams only where colours or columns matter: they take 3 ms of a start. */
export const processTerminal: Terminal = {
  out: (text) => write(1, text),
  err: (text) => write(2, text),
  get fancy() {
    return isFancy(process.stdout);
  },
  get fancyErr() {
    return isFancy(process.stderr);
  },
  get columns() {
    return process.stdout.columns ?? 120;
  },
};

function write(descriptor: number, text: string): void {
  for (let rest: Uint8Array = Buffer.from(text); rest.length > 0; )
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      // `sluice get ks | head -1`: who reads no more has seen enough.
      if (code === "EPIPE") process.exit(0);
      // A pipe that another program made non-blocking is full.
      if (code !== "EAGAIN") throw thrown;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
}

const codes = { red: 31, green: 32, yellow: 33, blue: 34, bold: 1, dim: 2 } as const;
export type Color = keyof typeof codes;

/** `text` in `color` where the terminal shows colours. */
export function paint(terminal: Pick<Terminal, "fancy">, color: Color, text: string): string {
  return terminal.fancy ? `\x1b[${codes[color]}m${text}\x1b[0m` : text;
}

/** The four kinds of progress lines that people know from flux; they go to standard error. */
export function progress(terminal: Terminal) {
  const line = (color: Color, sign: string) => (text: string) =>
    terminal.err(`${paint({ fancy: terminal.fancyErr }, color, sign)} ${text}\n`);
  return {
    action: line("blue", "►"),
    waiting: line("dim", "◎"),
    success: line("green", "✔"),
    failure: line("red", "✗"),
  };
}
