import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { commonFlags, defaultFlags, type FlagTable, parseFlags } from "./flags.ts";
import type { Flags } from "./types.ts";

const table: FlagTable = {
  ...commonFlags,
  "override-manager": { type: "list", value: [], help: "Field managers to override." },
  "storage-path": { type: "string", value: "/data", help: "Where artifacts are." },
};

const parsed = (...argv: string[]): Flags => {
  const result = parseFlags("test-controller", table, argv);
  assert.equal(result.kind, "flags", result.kind === "error" ? result.message : result.kind);
  return (result as { flags: Flags }).flags;
};

describe("a command line", () => {
  const rows: Record<string, [argv: string[], flag: string, value: unknown]> = {
    "is empty": [[], "concurrent", 4],
    "has a value after =": [["--concurrent=20"], "concurrent", 20],
    "has a value as the next word": [["--concurrent", "20"], "concurrent", 20],
    "has an empty value": [["--events-addr="], "eventsAddr", ""],
    "has a value with an = in it": [
      ["--watch-label-selector=sharding.fluxcd.io/key=shard1"],
      "watchLabelSelector",
      "sharding.fluxcd.io/key=shard1",
    ],
    "turns a switch on": [["--enable-leader-election"], "enableLeaderElection", true],
    "turns a switch off": [["--watch-all-namespaces=false"], "watchAllNamespaces", false],
    "has a duration": [["--requeue-dependency=1m30s"], "requeueDependency", 90_000],
    "has a fraction of a second": [["--min-retry-delay=0.5s"], "minRetryDelay", 500],
    "has a list, by commas and by repetition": [
      ["--override-manager=a,b", "--override-manager", "c"],
      "overrideManager",
      ["a", "b", "c"],
    ],
    "says a flag twice: the last counts": [["--concurrent=1", "--concurrent=2"], "concurrent", 2],
    "has a flag of the controller": [["--storage-path=/tmp"], "storagePath", "/tmp"],
    "has feature gates": [["--feature-gates=A=true,B=false"], "featureGates", { A: true, B: false }],
    "has the defaults of Flux": [[], "maxRetryDelay", 900_000],
  };
  for (const [name, [argv, flag, value]] of Object.entries(rows))
    it(name, () => assert.deepEqual(parsed(...argv)[flag], value));

  const errors: Record<string, [argv: string[], message: RegExp]> = {
    "has an unknown flag": [["--concurent=1"], /unknown flag --concurent; see test-controller --help/],
    "has a word that is no flag": [["serve"], /unexpected argument "serve"/],
    "gives a switch its value as the next word, which pflag does not take": [
      ["--enable-leader-election", "true"],
      /unexpected argument "true"/,
    ],
    "misses a value": [["--events-addr"], /--events-addr needs a value/],
    "has a number that is none": [["--concurrent=many"], /--concurrent: "many" is not a number/],
    "has a number out of range": [["--interval-jitter-percentage=100"], /"100" is not from 0 to 99/],
    "has a duration without unit": [["--requeue-dependency=30"], /"30" is not a duration/],
    "has a word that is not to choose from": [
      ["--log-level=loud"],
      /"loud" is not one of trace, debug, info, error/,
    ],
    "has a switch that is neither on nor off": [
      ["--watch-all-namespaces=maybe"],
      /"maybe" is not true or false/,
    ],
    "has a gate without a value": [["--feature-gates=A"], /is not a list of Gate=true/],
    "asks for an inherited property": [["--constructor=1"], /unknown flag --constructor/],
  };
  for (const [name, [argv, message]] of Object.entries(errors))
    it(name, () => {
      const result = parseFlags("test-controller", table, argv);
      assert.equal(result.kind, "error");
      assert.match((result as { message: string }).message, message);
    });

  it("asks for help, which names every flag", () => {
    const result = parseFlags("test-controller", table, ["--help"]);
    assert.equal(result.kind, "help");
    for (const flag of Object.keys(table))
      assert.ok((result as { text: string }).text.includes(`--${flag}`), flag);
    assert.match((result as { text: string }).text, /\(default 15m0s\)/);
  });

  it("knows the gates of the controller, and warns of others", () => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const result = parseFlags("c", table, ["--feature-gates=Known=true,New=true"], {
      gates: { Known: false, Other: true },
      warn,
    });
    assert.deepEqual((result as { flags: Flags }).flags.featureGates, {
      Known: true,
      Other: true,
      New: true,
    });
    assert.deepEqual(warnings, ['feature gate "New" is unknown here and has no effect']);
  });

  it("has its defaults without one", () =>
    assert.deepEqual(defaultFlags({ concurrent: 9 }, table), parsed("--concurrent=9")));
});
