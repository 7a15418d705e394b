import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseKnown } from "./compare.fixture.ts";
import type { Exchange } from "./play.fixture.ts";

const testdata = join(import.meta.dirname, "../../testdata");

/** What the real server answered, by sentence. @throws when the suite was never recorded */
export function readRecording(suite: string): Record<string, Exchange[]> {
  return JSON.parse(readFileSync(join(testdata, "exchanges", `${suite}.json`), "utf8"));
}

/** Writes a suite's answers, an exchange a line, so that changes of a recording can be read. */
export function writeRecording(suite: string, played: Record<string, Exchange[]>): void {
  const scenarios = Object.entries(played).map(([sentence, exchanges]) => {
    const lines = exchanges.map((exchange) => JSON.stringify(exchange));
    return `${JSON.stringify(sentence)}: [\n${lines.join(",\n")}\n]`;
  });
  mkdirSync(join(testdata, "exchanges"), { recursive: true });
  writeFileSync(join(testdata, "exchanges", `${suite}.json`), `{\n${scenarios.join(",\n")}\n}\n`);
}

/** Differences that are accepted, by id, with the reason. */
export const readKnown = (): Map<string, string> =>
  parseKnown(readFileSync(join(testdata, "known-differences.txt"), "utf8"));
