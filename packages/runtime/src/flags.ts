import { formatDuration, parseDuration } from "@sluice/api";
import type { Flags } from "./types.ts";

/** What a flag holds: its default tells the type; `help` is one sentence. */
export type FlagSpec = { help: string } & (
  | { type: "string"; value: string; oneOf?: readonly string[] }
  | { type: "number"; value: number; min?: number; max?: number }
  | { type: "boolean"; value: boolean }
  /** In milliseconds; written as a Go duration. */
  | { type: "duration"; value: number }
  /** Comma-separated, and may be given several times. */
  | { type: "list"; value: string[] }
  /** `A=true,B=false`. */
  | { type: "gates"; value: Record<string, boolean> }
);

/** Flags by name, without the dashes. */
export type FlagTable = Record<string, FlagSpec>;

export type ParsedFlags =
  | { kind: "flags"; flags: Flags }
  | { kind: "help"; text: string }
  | { kind: "error"; message: string };

const minute = 60_000;

/** The flags that every controller has, named as in Flux. */
export const commonFlags: FlagTable = {
  concurrent: {
    type: "number",
    value: 4,
    min: 1,
    max: 10_000,
    help: "How many objects of each kind are reconciled at a time.",
  },
  "events-addr": { type: "string", value: "", help: "URL that events are posted to; none when empty." },
  "health-addr": { type: "string", value: ":9440", help: "Address of the probes /healthz and /readyz." },
  "metrics-addr": { type: "string", value: ":8080", help: 'Address of /metrics; "0" turns it off.' },
  "log-level": {
    type: "string",
    value: "info",
    oneOf: ["trace", "debug", "info", "error"],
    help: "How much is logged: trace, debug, info or error.",
  },
  "log-encoding": {
    type: "string",
    value: "json",
    oneOf: ["json", "console"],
    help: "Form of the log: json or console.",
  },
  "watch-all-namespaces": {
    type: "boolean",
    value: true,
    help: "Watch the objects of all namespaces, not only of the one that the controller runs in (RUNTIME_NAMESPACE).",
  },
  "watch-label-selector": {
    type: "string",
    value: "",
    help: "Watch only objects with matching labels, for sharding.",
  },
  "watch-configs-label-selector": {
    type: "string",
    value: "reconcile.fluxcd.io/watch=Enabled",
    help: "ConfigMaps and Secrets whose changes wake their consumers.",
  },
  "interval-jitter-percentage": {
    type: "number",
    value: 5,
    min: 0,
    max: 99,
    help: "By how much intervals vary, both ways, so that objects do not all come at once.",
  },
  "requeue-dependency": {
    type: "duration",
    value: 30_000,
    help: "How long after a dependency was not ready it is looked at again, should its change not be seen.",
  },
  "enable-leader-election": { type: "boolean", value: false, help: "Let only one of several replicas work." },
  "leader-election-release-on-cancel": {
    type: "boolean",
    value: true,
    help: "Give the lease back on shutdown.",
  },
  "leader-election-lease-duration": {
    type: "duration",
    value: 35_000,
    help: "How long others wait for a silent leader.",
  },
  "leader-election-renew-deadline": {
    type: "duration",
    value: 30_000,
    help: "How long the leader tries to renew its lease before it gives up.",
  },
  "leader-election-retry-period": {
    type: "duration",
    value: 5000,
    help: "Time between tries to get or renew the lease.",
  },
  "no-cross-namespace-refs": {
    type: "boolean",
    value: false,
    help: "Refuse references to objects of other namespaces.",
  },
  "feature-gates": { type: "gates", value: {}, help: "Features to turn on or off: A=true,B=false." },
  "min-retry-delay": {
    type: "duration",
    value: 750,
    help: "Delay after a first failure; it doubles with each further one.",
  },
  "max-retry-delay": { type: "duration", value: 15 * minute, help: "Longest delay after failures." },
  "kube-api-qps": {
    type: "number",
    value: 0,
    min: 0,
    help: "Most requests a second to the API server; 0: as many as its priority and fairness allows.",
  },
  "kube-api-burst": { type: "number", value: 0, min: 0, help: "Accepted for compatibility; without effect." },
  "graceful-shutdown-timeout": {
    type: "duration",
    value: 30_000,
    help: "How long reconciliations may take to stop.",
  },
};

/**
 * Reads a command line: `--flag=value`, `--flag value`, `--flag` and `--flag=false` for booleans, as pflag does.
 * Values are under the camelCase of their names; durations in milliseconds.
 * @param table `commonFlags` and the controller's own, which win
 * @param gates the feature gates that the controller knows, with their defaults
 * @param warn hears of unknown feature gates
 */
export function parseFlags(
  name: string,
  table: FlagTable,
  argv: readonly string[],
  { gates = {}, warn = () => {} }: { gates?: Record<string, boolean>; warn?: (message: string) => void } = {},
): ParsedFlags {
  const values: Record<string, unknown> = {};
  const given = new Set<string>();
  try {
    for (let at = 0; at < argv.length; at++) {
      const word = argv[at]!;
      if (word === "--help" || word === "-h") return { kind: "help", text: helpOf(name, table) };
      const [flag, inline] = split(word, table);
      const spec = table[flag]!;
      // pflag: a boolean never takes the next word.
      const text = inline ?? (spec.type === "boolean" ? "true" : argv[++at]);
      if (text === undefined) throw new Error(`--${flag} needs a value`);
      const value = read(flag, spec, text);
      values[flag] =
        spec.type === "list" && given.has(flag)
          ? [...(values[flag] as string[]), ...(value as string[])]
          : value;
      given.add(flag);
    }
  } catch (thrown) {
    return { kind: "error", message: `${(thrown as Error).message}; see ${name} --help` };
  }
  const all = Object.entries(table).map(([flag, { value }]) => [camelCase(flag), values[flag] ?? value]);
  const flags = Object.fromEntries(all) as Flags;
  flags.featureGates = gatesOf(gates, flags.featureGates, warn);
  return { kind: "flags", flags };
}

/** The common flags with their defaults, and `overrides`: for tests and for controllers that run in one process. */
export function defaultFlags(overrides: Partial<Flags> = {}, table: FlagTable = commonFlags): Flags {
  const values = Object.entries(table).map(([flag, { value }]) => [camelCase(flag), value]);
  return { ...Object.fromEntries(values), ...overrides } as Flags;
}

function split(word: string, table: FlagTable): [flag: string, value: string | undefined] {
  if (!word.startsWith("--")) throw new Error(`unexpected argument "${word}"`);
  const at = word.indexOf("=");
  const flag = at < 0 ? word.slice(2) : word.slice(2, at);
  if (!Object.hasOwn(table, flag)) throw new Error(`unknown flag --${flag}`);
  return [flag, at < 0 ? undefined : word.slice(at + 1)];
}

function read(flag: string, spec: FlagSpec, text: string): unknown {
  const fail = (wanted: string) => new Error(`--${flag}: "${text}" is not ${wanted}`);
  switch (spec.type) {
    case "string":
      if (spec.oneOf && !spec.oneOf.includes(text)) throw fail(`one of ${spec.oneOf.join(", ")}`);
      return text;
    case "number": {
      const value = Number(text);
      const { min = -Infinity, max = Infinity } = spec;
      if (text.trim() === "" || !Number.isFinite(value)) throw fail("a number");
      if (value < min || value > max) throw fail(`from ${min} to ${max}`);
      return value;
    }
    case "boolean":
      return readBoolean(text, fail);
    case "duration": {
      const value = parseDuration(text);
      if (value < 0) throw fail("a duration of zero or more");
      return value;
    }
    case "list":
      return text
        .split(",")
        .map((item) => item.trim())
        .filter(Boolean);
    case "gates": {
      const pairs = text.split(",").filter((pair) => pair.trim() !== "");
      return Object.fromEntries(
        pairs.map((pair) => {
          const [gate, value] = pair.split("=").map((part) => part.trim());
          if (!gate || value === undefined) throw fail("a list of Gate=true or Gate=false");
          return [gate, readBoolean(value, fail)];
        }),
      );
    }
  }
}

// strconv.ParseBool.
function readBoolean(text: string, fail: (wanted: string) => Error): boolean {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  if (["0", "f", "F", "false", "FALSE", "False"].includes(text)) return false;
  throw fail("true or false");
}

function gatesOf(
  known: Record<string, boolean>,
  given: Record<string, boolean>,
  warn: (message: string) => void,
): Record<string, boolean> {
  for (const gate of Object.keys(given))
    if (!Object.hasOwn(known, gate)) warn(`feature gate "${gate}" is unknown here and has no effect`);
  return { ...known, ...given };
}

function helpOf(name: string, table: FlagTable): string {
  const lines = Object.entries(table).sort(([one], [other]) => (one < other ? -1 : 1));
  const shown = lines.map(([flag, spec]) => {
    const value = defaultText(spec);
    return `  --${flag}${spec.type === "boolean" ? "" : ` ${spec.type}`}\n        ${spec.help}${value ? ` (default ${value})` : ""}`;
  });
  return `Usage: ${name} [flags]\n\n${shown.join("\n")}\n`;
}

function defaultText(spec: FlagSpec): string {
  if (spec.type === "duration") return formatDuration(spec.value);
  if (spec.type === "gates") return "";
  return String(spec.value);
}

function camelCase(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
