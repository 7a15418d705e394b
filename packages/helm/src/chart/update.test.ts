import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { readIndex } from "../repository/index.ts";
import { chartYaml, directoriesFor, packed } from "./chart.fixture.ts";
import { listDependencies } from "./dependencies.ts";
import { loadDirectory } from "./load.ts";
import { lockDigest } from "./lock.ts";
import type { DependencyFetcher } from "./resolve.ts";
import { buildDependencies, updateDependencies } from "./update.ts";

const { directory } = directoriesFor(after);

const repository = "https://charts.example.com/stable";
const at = (version: string) =>
  packed("db", { "Chart.yaml": `apiVersion: v2\nname: db\nversion: ${version}\n` });
const index = `apiVersion: v1\nentries:\n  db:\n${["1.0.0", "1.2.0", "2.0.0"]
  .map((one) => `  - name: db\n    version: ${one}\n    urls:\n    - db-${one}.tgz\n`)
  .join("")}`;

/** A repository of three versions; `asked` collects what was fetched. */
function fetcherOf(asked: string[] = []): DependencyFetcher {
  return {
    index: async (url) => {
      assert.equal(url, repository);
      return readIndex([Buffer.from(index)]);
    },
    archive: async (url) => {
      asked.push(url);
      return at(/db-(.*)\.tgz$/.exec(url)![1]!);
    },
    alias: (name) => (name === "stable" ? repository : undefined),
  };
}

const now = new Date("2026-01-02T03:04:05Z");
const asking = (...dependencies: string[]) =>
  chartYaml("app", `dependencies:\n${dependencies.map((one) => `- {${one}}\n`).join("")}`);

test("an update saves the latest versions that fit, removes the others and locks", async () => {
  const dir = directory({
    "Chart.yaml": asking(
      `name: db, version: 1.x, repository: "@stable"`,
      "name: lib, version: '>=0.1', repository: file://../lib",
      "name: own, version: 1.0.0",
    ),
    "charts/db-1.0.0.tgz": at("1.0.0"),
    "charts/own/Chart.yaml": chartYaml("own"),
    "charts/notes.prov": "kept",
    "../lib/Chart.yaml": chartYaml("lib"),
  });
  const asked: string[] = [];
  const { lock, saved, removed } = await updateDependencies(dir, fetcherOf(asked), { now });
  assert.deepEqual(saved, ["db-1.2.0.tgz", "lib-1.0.0.tgz"]);
  assert.deepEqual(removed, ["db-1.0.0.tgz"]);
  assert.deepEqual(asked, [`${repository}/db-1.2.0.tgz`]);
  assert.deepEqual(readdirSync(dir).sort(), ["Chart.lock", "Chart.yaml", "charts"]);
  assert.deepEqual(readdirSync(join(dir, "charts")), ["db-1.2.0.tgz", "lib-1.0.0.tgz", "notes.prov", "own"]);
  assert.deepEqual(loadDirectory(dir).lock, lock);
  assert.deepEqual(
    lock?.dependencies.map(({ name, version, repository: from }) => [name, version, from]),
    [
      ["db", "1.2.0", repository],
      ["lib", "1.0.0", "file://../lib"],
      ["own", "1.0.0", ""],
    ],
  );
  assert.match(readFileSync(join(dir, "Chart.lock"), "utf8"), /generated: "2026-01-02T03:04:05Z"/);

  const again = await updateDependencies(dir, fetcherOf(), { now: new Date("2027-01-01T00:00:00Z") });
  assert.equal(again.lock?.generated, lock?.generated);
});

test("a build takes the versions of the lock, and refuses one that is out of date", async () => {
  const dir = directory({ "Chart.yaml": asking(`name: db, version: 1.0.0, repository: ${repository}`) });
  await buildDependencies(dir, fetcherOf(), { now });
  rmSync(join(dir, "charts"), { recursive: true });
  assert.deepEqual((await buildDependencies(dir, fetcherOf(), { now })).saved, ["db-1.0.0.tgz"]);
  writeFileSync(join(dir, "Chart.yaml"), asking(`name: db, version: 2.0.0, repository: ${repository}`));
  await assert.rejects(
    buildDependencies(dir, fetcherOf(), { now }),
    /the lock file \(Chart\.lock\) is out of sync/,
  );
});

test("a chart of Helm 2 gets a requirements.lock", async () => {
  const requirements = `dependencies:\n- {name: db, version: 1.x, repository: ${repository}}\n`;
  const dir = directory({ "Chart.yaml": "name: app\nversion: 1.0.0\n", "requirements.yaml": requirements });
  await updateDependencies(dir, fetcherOf(), { now });
  assert.ok(existsSync(join(dir, "requirements.lock")));
});

const REFUSED: Record<string, [dependency: string, message: RegExp]> = {
  "another version": [
    `name: db, version: 9.x, repository: ${repository}`,
    /^can't get a valid version for 1 subchart\(s\): "db" \(repository "https:\/\/charts\.example\.com\/stable", version "9\.x"\)\. Make sure/,
  ],
  "another chart": [
    `name: nope, version: 1, repository: ${repository}`,
    /^nope chart not found in repo https:/,
  ],
  "no range": [
    `name: db, version: x y, repository: ${repository}`,
    /^dependency "db" has an invalid version\/constraint format: improper constraint: "x y"$/,
  ],
  "an unknown repository": [
    'name: db, version: 1, repository: "alias:x"',
    /^no repository definition for alias:x\. Please add them via 'helm repo add'$/,
  ],
  "a word for a repository": [
    "name: db, version: 1, repository: stable",
    /^no repository definition for stable\.[\s\S]*Note that/,
  ],
  "a directory that is not there": [
    "name: db, version: 1, repository: file://../nope",
    /^directory .*nope not found$/,
  ],
  "a chart in charts/ that is not there": ["name: db, version: 1", /^directory .*charts\/db not found$/],
  "an OCI registry": [
    "name: db, version: 1.0.0, repository: oci://example.com/x",
    /^oci:\/\/example\.com\/x\/db: charts cannot be fetched from OCI registries here/,
  ],
};
for (const [what, [dependency, message]] of Object.entries(REFUSED)) {
  test(`an update that asks for ${what} is refused and changes nothing`, async () => {
    const dir = directory({ "Chart.yaml": asking(dependency), "charts/old-1.0.0.tgz": at("1.0.0") });
    await assert.rejects(updateDependencies(dir, fetcherOf(), { now }), {
      code: "bad-dependencies",
      message,
    });
    assert.deepEqual(readdirSync(dir).sort(), ["Chart.yaml", "charts"]);
    assert.deepEqual(readdirSync(join(dir, "charts")), ["old-1.0.0.tgz"]);
  });
}

test("what comes instead of an archive is refused and changes nothing", async () => {
  const dir = directory({ "Chart.yaml": asking(`name: db, version: 1.x, repository: ${repository}`) });
  const fetcher = { ...fetcherOf(), archive: async () => Buffer.from("<html>") };
  await assert.rejects(
    updateDependencies(dir, fetcher, { now }),
    /^ChartError: db-1\.2\.0\.tgz is no chart: stream does not appear/,
  );
  assert.deepEqual(readdirSync(join(dir, "charts")), []);
  assert.equal(existsSync(join(dir, "Chart.lock")), false);
});

test("charts of an OCI registry are looked for among its tags and pulled", async () => {
  const dir = directory({ "Chart.yaml": asking("name: db, version: 1.x, repository: oci://example.com/x") });
  const pulled: string[] = [];
  const oci: DependencyFetcher["oci"] = {
    tags: async () => ["latest", "1.0.0", "1.10.0", "1.9.0", "2.0.0"],
    pull: async (reference, version) => {
      pulled.push(`${reference}:${version}`);
      return at(version);
    },
  };
  const { saved } = await updateDependencies(dir, { ...fetcherOf(), oci }, { now });
  assert.deepEqual([saved, pulled], [["db-1.10.0.tgz"], ["oci://example.com/x/db:1.10.0"]]);
});

test("nothing outside of the root is read or written", async () => {
  const outside = directory({ "Chart.yaml": chartYaml("lib") });
  const local = directory({ "Chart.yaml": asking(`name: lib, version: "*", repository: file://${outside}`) });
  await assert.rejects(updateDependencies(local, fetcherOf(), { now, root: local }), /leads out of/);

  const named = directory({ "Chart.yaml": asking(`name: ../../${outside.split("/").at(-1)}, version: "*"`) });
  await assert.rejects(
    updateDependencies(named, fetcherOf(), { now, root: named }),
    /leads out of|not found/,
  );

  const linked = directory({ "Chart.yaml": asking(`name: db, version: 1.x, repository: ${repository}`) });
  symlinkSync(join(outside, "nothing"), join(linked, "Chart.lock"));
  await assert.rejects(updateDependencies(linked, fetcherOf(), { now }), /error evaluating symlink/);
  rmSync(join(linked, "Chart.lock"));
  mkdirSync(join(outside, "charts"));
  symlinkSync(join(outside, "charts"), join(linked, "charts"));
  await assert.rejects(updateDependencies(linked, fetcherOf(), { now, root: linked }), /leads out of/);
  assert.deepEqual(readdirSync(join(outside, "charts")), []);
});

const REFERENCES: Record<string, [name: string, version: string]> = {
  name: ["../../db", "1.0.0"],
  version: ["db", "1.0.0/../../../db"],
};
for (const [what, [name, version]] of Object.entries(REFERENCES)) {
  test(`an archive does not leave charts/ by the ${what} of its dependency`, async () => {
    const dependency = { name, version, repository: "oci://example.com/x" };
    const digest = lockDigest([dependency], [dependency]);
    const dir = directory({
      "Chart.yaml": chartYaml("app", `dependencies: [${JSON.stringify(dependency)}]\n`),
      "Chart.lock": JSON.stringify({ generated: now, digest, dependencies: [dependency] }),
    });
    const oci = { tags: async () => [], pull: async () => at("1.0.0") };
    await assert.rejects(buildDependencies(dir, { ...fetcherOf(), oci }, { now }), /cannot be stored as/);
    assert.deepEqual(readdirSync(dir).sort(), ["Chart.lock", "Chart.yaml", "charts"]);
  });
}

test("a list says how each dependency stands, and what else is there", () => {
  const dir = directory({
    "Chart.yaml": asking(
      "name: packed, version: 1.x",
      "name: unpacked, version: 1.0.0",
      "name: missing, version: 1",
      "name: wrong, version: 2.x",
      "name: many, version: 1",
      "name: other, version: 1",
      "name: '[', version: 1",
      "name: noversion, version: x y",
    ),
    "charts/packed-1.0.0.tgz": packed("packed", { "Chart.yaml": chartYaml("packed") }),
    "charts/unpacked/Chart.yaml": chartYaml("unpacked"),
    "charts/wrong/Chart.yaml": chartYaml("wrong"),
    "charts/many-1.0.0.tgz": packed("many", { "Chart.yaml": chartYaml("many") }),
    "charts/many-1.1.0.tgz": packed("many", { "Chart.yaml": chartYaml("many") }),
    "charts/other-1.0.0.tgz": packed("stray", { "Chart.yaml": chartYaml("stray") }),
    "charts/noversion/Chart.yaml": chartYaml("noversion"),
    "charts/_draft/x": "",
  });
  const { rows, warnings } = listDependencies(loadDirectory(dir));
  assert.deepEqual(Object.fromEntries(rows.map(({ name, status }) => [name, status])), {
    packed: "ok",
    unpacked: "unpacked",
    missing: "missing",
    wrong: "wrong version",
    many: "too many matches",
    other: "misnamed",
    "[": "bad pattern",
    noversion: "invalid version",
  });
  assert.deepEqual(warnings, [
    'WARNING: "charts/_draft" is not a chart.',
    'WARNING: "charts/other-1.0.0.tgz" is not in Chart.yaml.',
  ]);
});
