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

export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  fancy: isFancy(process.stdout),
  fancyErr: isFancy(process.stderr),
  columns: process.stdout.columns ?? 120,
};

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
