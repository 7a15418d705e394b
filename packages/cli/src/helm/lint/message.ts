type Severity = "INFO" | "WARNING" | "ERROR";

/** What a rule found; `path` is where, from the chart's directory. */
export type Message = { severity: Severity; path: string; text: string };

/** Takes what a rule says; nothing is no complaint. Returns whether there was none. */
export type Tell = (severity: Severity, path: string, text: string | undefined) => boolean;
