import type { Command } from "commander";
import type { Terminal } from "./terminal.ts";

/** What every command gets from the process that runs it. */
export type Shell = {
  terminal: Terminal;
  /** Ends when the user interrupts. */
  signal: AbortSignal;
  now: () => number;
  env: Readonly<Record<string, string | undefined>>;
  /** Whether the words of the command line ask for a subcommand of this name, so that its file has to be read. */
  wants(name: string): boolean;
};

/** What each file of `commands/` exports: it gives the command its arguments, options, examples and action. */
export type Define = (command: Command, shell: Shell) => void | Promise<void>;

/** An error that is reported with nothing but its message, for commands that speak like the tool that they stand for. */
export class Failure extends Error {}

/** Puts examples under the help of `command`: a line that says what for, and one that can be pasted. */
export function examples(command: Command, lines: Record<string, string>): void {
  const text = Object.entries(lines).map(([purpose, line]) => `  # ${purpose}\n  ${line}\n`);
  command.addHelpText("after", `\nExamples:\n${text.join("\n")}`);
}
