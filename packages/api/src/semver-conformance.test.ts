// Replays what Masterminds/semver v3.5 answers (shared/conformance/helm/semver-*.json).
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseConstraint } from "./constraint.ts";
import { compareVersions, formatVersion, isStrictVersion, parseVersion, tryParseVersion } from "./semver.ts";

const shared = process.env.SLUICE_SHARED ?? join(import.meta.dirname, "../../../../shared");
const vectors = join(shared, "conformance/helm");
const absent = !existsSync(vectors) && `NOT CHECKED: ${vectors} is absent; set SLUICE_SHARED`;
const read = (name: string) => JSON.parse(readFileSync(join(vectors, name), "utf8"));

test("every recorded constraint answers the same for every recorded version", { skip: absent }, () => {
  for (const { constraint, error, matches, versions } of read("semver-constraints.json")) {
    if (error !== undefined) {
      assert.throws(() => parseConstraint(constraint), Error, `"${constraint}" must be refused: ${error}`);
      continue;
    }
    const range = parseConstraint(constraint);
    assert.deepEqual(
      { constraint, matches: versions.filter((v: string) => range.test(v)) },
      { constraint, matches },
    );
  }
});

test("every recorded version is read, or refused, the same", { skip: absent }, () => {
  const { parse, sortedStable } = read("semver-versions.json");
  for (const row of parse) {
    if (row.error !== undefined) {
      assert.equal(tryParseVersion(row.input), undefined, `"${row.input}" must be refused: ${row.error}`);
      continue;
    }
    const version = parseVersion(row.input);
    const { major, minor, patch, metadata, prerelease } = version;
    assert.deepEqual(
      {
        input: row.input,
        major: `${major}`,
        minor: `${minor}`,
        patch: `${patch}`,
        metadata,
        prerelease,
        string: formatVersion(version),
        strictOk: isStrictVersion(row.input),
      },
      {
        input: row.input,
        major: row.major,
        minor: row.minor,
        patch: row.patch,
        metadata: row.metadata,
        prerelease: row.prerelease,
        string: row.string,
        strictOk: row.strictOk,
      },
    );
  }
  const accepted = parse
    .filter((row: any) => row.error === undefined)
    .map((row: any) => parseVersion(row.input));
  const sorted = accepted.toSorted(compareVersions).map(({ original }: { original: string }) => original);
  assert.deepEqual(sorted, sortedStable);
});
