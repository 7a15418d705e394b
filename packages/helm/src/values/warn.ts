import { go } from "@sluice/gotemplate";

/** Takes a warning: a line as Helm prints it to stderr, without the time, such as `level=WARN msg="…" chart=web`. */
export type Warn = (line: string) => void;

/**
 * A line of Helm's log.
 * @param level WARN for Helm's own warnings, INFO for what it writes with Go's older `log`
 * @param attributes names and texts that follow the message
 */
export function logLine(
  level: "WARN" | "INFO" | "ERROR",
  message: string,
  attributes: Record<string, string> = {},
): string {
  const pairs = Object.entries({ level, msg: message, ...attributes });
  return pairs.map(([name, text]) => `${name}=${bare.test(text) ? text : go.quote(text)}`).join(" ");
}

/** What slog's TextHandler leaves without quotes: of ASCII all but spaces, `"` and `=`, else what is printed. */
const bare = /^(?:[\x21\x23-\x3c\x3e-\x7f]|(?![\0-\x7f\ufffd])[\p{L}\p{M}\p{N}\p{P}\p{S}])+$/u;
