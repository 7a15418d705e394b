/** Replays what Masterminds/semver, which Helm and Flux use, makes of versions and ranges. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Vector } from "./gotemplate.ts";

type Range = { constraint: string; error?: string; versions: string[]; matches: string[] };
type Parsed = {
  input: string;
  error?: string;
  major: string;
  minor: string;
  patch: string;
  prerelease: string;
  metadata: string;
  string: string;
  strictOk: boolean;
};
type Api = typeof import("../../packages/api/src/index.ts");

/** The vectors of a folder: one a range, one a version, and one for their order. */
export async function loadSemver(folder: string): Promise<Vector[]> {
  const api = await import("../../packages/api/src/index.ts");
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  const ranges = read("semver-constraints.json") as Range[];
  const { parse, sortedStable } = read("semver-versions.json") as { parse: Parsed[]; sortedStable: string[] };
  return [
    ...ranges.map((one) => ({ name: `range ${one.constraint}`, run: () => checkRange(api, one) })),
    ...parse.map((one) => ({ name: `version ${one.input}`, run: () => checkVersion(api, one) })),
    { name: "order", run: () => checkOrder(api, parse, sortedStable) },
  ];
}

function checkRange(api: Api, { constraint, error, versions, matches }: Range): string | undefined {
  let range: ReturnType<Api["parseConstraint"]>;
  try {
    range = api.parseConstraint(constraint);
  } catch (thrown) {
    return error === undefined ? `refused: ${(thrown as Error).message}` : undefined;
  }
  if (error !== undefined) return `was read, but should fail with "${error}"`;
  return difference(
    matches,
    versions.filter((version) => range.test(version)),
  );
}

function checkVersion(api: Api, row: Parsed): string | undefined {
  const version = api.tryParseVersion(row.input);
  if (!version) return row.error === undefined ? "refused" : undefined;
  if (row.error !== undefined) return `was read, but should fail with "${row.error}"`;
  const { major, minor, patch, prerelease, metadata, string, strictOk } = row;
  return difference(
    { major, minor, patch, prerelease, metadata, string, strictOk },
    {
      major: String(version.major),
      minor: String(version.minor),
      patch: String(version.patch),
      prerelease: version.prerelease,
      metadata: version.metadata,
      string: api.formatVersion(version),
      strictOk: api.isStrictVersion(row.input),
    },
  );
}

function checkOrder(api: Api, rows: Parsed[], wanted: string[]): string | undefined {
  const versions = rows.filter((row) => row.error === undefined).map((row) => api.parseVersion(row.input));
  return difference(
    wanted,
    versions.toSorted(api.compareVersions).map(({ original }) => original),
  );
}

function difference(expected: unknown, actual: unknown): string | undefined {
  if (isDeepStrictEqual(expected, actual)) return undefined;
  return `expected ${JSON.stringify(expected)}\n     got ${JSON.stringify(actual)}`;
}
