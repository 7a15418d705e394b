import { createLogger, format, transports } from "winston";
import { messageOf } from "./problem.ts";
import { isSensitiveKey, maskText, type Secrets } from "./redact.ts";
import type { Flags, Log } from "./types.ts";

export type LogOptions = {
  level: Flags["logLevel"];
  encoding: Flags["logEncoding"];
  /** Where the lines go, each with its newline. */
  write: NodeJS.WritableStream;
  now: () => number;
  secrets: Secrets;
};

// Smaller is more urgent, as winston counts.
const levels = { error: 0, info: 1, debug: 2, trace: 3 };

/**
 * A log with the keys of Flux's controllers, which `flux logs` reads: `level`, `ts`, `msg`, `error`, and the facts.
 * Secrets are masked: remembered values, what looks like a credential, and what stands under a key that names one.
 */
export function createLog({ level, encoding, write, now, secrets }: LogOptions): Log {
  const print = encoding === "json" ? asJson : asConsole;
  const logger = createLogger({
    levels,
    level,
    format: format.printf(({ line }) => line as string),
    transports: [new transports.Stream({ stream: write })],
  });
  const at = (own: Record<string, unknown>): Log => {
    // Checked before anything is built: a disabled winston call costs ten microseconds.
    const say = (lineLevel: keyof typeof levels) => (msg: string, facts?: Record<string, unknown>) => {
      if (levels[lineLevel] > levels[level]) return;
      const shown = shownFacts({ ...own, ...facts }, secrets);
      const line = print(lineLevel, new Date(now()).toISOString(), secrets.mask(msg), shown);
      logger.log({ level: lineLevel, message: "", line });
    };
    return {
      debug: say("debug"),
      info: say("info"),
      error: say("error"),
      with: (facts) => at({ ...own, ...facts }),
    };
  };
  return at({});
}

type Printer = (level: string, ts: string, msg: string, facts: Record<string, unknown>) => string;

const asJson: Printer = (level, ts, msg, facts) => JSON.stringify({ level, ts, msg, ...facts });

// Tabs between the columns, as zap's console encoder.
const asConsole: Printer = (level, ts, msg, facts) => {
  const rest = Object.keys(facts).length > 0 ? [JSON.stringify(facts)] : [];
  return [ts, level.toUpperCase(), msg, ...rest].join("\t");
};

const deepest = 6;
const longestList = 100;

function shownFacts(facts: Record<string, unknown>, secrets: Secrets): Record<string, unknown> {
  const shown = (key: string, value: unknown, depth: number): unknown => {
    if (isSensitiveKey(key) && value !== undefined && value !== null && value !== "") return maskText;
    if (typeof value === "string") return secrets.mask(value);
    if (typeof value === "bigint") return String(value);
    if (value instanceof Error) return secrets.mask(messageOf(value));
    if (typeof value !== "object" || value === null) return value;
    if (depth >= deepest) return "…";
    if (Array.isArray(value)) return value.slice(0, longestList).map((item) => shown("", item, depth + 1));
    const secret = (value as { kind?: unknown }).kind === "Secret";
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [
        name,
        secret && (name === "data" || name === "stringData") ? maskText : shown(name, field, depth + 1),
      ]),
    );
  };
  return Object.fromEntries(Object.entries(facts).map(([key, value]) => [key, shown(key, value, 0)]));
}

/** Drops everything. */
export const silent: Log = { debug: () => {}, info: () => {}, error: () => {}, with: () => silent };
