import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import type { ChartError } from "../errors.ts";
import { chartYaml, directoriesFor, names, packed, refusal } from "./chart.fixture.ts";
import { limits } from "./limits.ts";
import { loadArchive, loadChart, loadDirectory } from "./load.ts";

const { work, directory } = directoriesFor(after);

const FILES = {
  "Chart.yaml": chartYaml("web", "appVersion: 1.10\n"),
  "values.yaml": "\ufeffa: 1\r\nb:\r\n  - x\r\n",
  "values.schema.json": "{}",
  "templates/a.yaml": "a\r\n",
  "templates/sub/b.tpl": "b",
  "crds/c.yaml": "c",
  "README.md": "\ufeffr",
  "charts/db/Chart.yaml": chartYaml("db"),
  "charts/db/templates/x.yaml": "x",
  "charts/_draft/Chart.yaml": "no chart",
  "charts/.hidden": "neither",
  "charts/db-1.0.0.tgz.prov": "p",
};

test("a directory becomes a chart with its parts in their places", () => {
  const chart = loadDirectory(directory(FILES));
  assert.equal(chart.metadata.name, "web");
  assert.equal(chart.metadata.appVersion, "1.1");
  assert.deepEqual(JSON.parse(JSON.stringify(chart.values)), { a: 1, b: ["x"] });
  assert.equal(chart.schema?.name, "values.schema.json");
  assert.deepEqual(names(chart.templates), ["templates/a.yaml", "templates/sub/b.tpl"]);
  assert.equal(Buffer.from(chart.templates[0]!.data).toString(), "a\r\n");
  assert.deepEqual(names(chart.files), ["README.md", "charts/db-1.0.0.tgz.prov", "crds/c.yaml"]);
  assert.equal(Buffer.from(chart.files[0]!.data).toString(), "r");
  assert.deepEqual(names(chart.raw).length, Object.keys(FILES).length);
  assert.deepEqual(
    chart.dependencies.map((one) => [one.metadata.name, names(one.templates)]),
    [["db", ["templates/x.yaml"]]],
  );
});

test("an archive becomes the same chart as the directory", () => {
  const fromArchive = loadArchive(packed("anything", FILES));
  const fromDirectory = loadDirectory(directory(FILES));
  assert.deepEqual(fromArchive.metadata, fromDirectory.metadata);
  assert.deepEqual(names(fromArchive.files).sort(), names(fromDirectory.files).sort());
  assert.deepEqual(names(fromArchive.templates), names(fromDirectory.templates));
});

test("archives that GNU tar makes are read, long names and all", () => {
  const long = `templates/${"d".repeat(90)}/${"n".repeat(120)}.yaml`;
  const dir = directory({ "web/Chart.yaml": chartYaml("web"), [`web/${long}`]: "long", "web/ü.txt": "ü" });
  for (const format of ["gnu", "pax"]) {
    const bytes = execFileSync("tar", ["-C", dir, `--format=${format}`, "-czf", "-", "web"]);
    const chart = loadArchive(bytes);
    assert.deepEqual(names(chart.templates), [long], format);
    assert.deepEqual(names(chart.files), ["ü.txt"], format);
  }
});

test("charts within may be archives, and lie in one another", () => {
  const inner = packed("c", { "Chart.yaml": chartYaml("c") });
  const middle = packed("b", { "Chart.yaml": chartYaml("b"), "charts/c-1.0.0.tgz": inner });
  const chart = loadArchive(packed("a", { "Chart.yaml": chartYaml("a"), "charts/b-1.0.0.tgz": middle }));
  assert.equal(chart.dependencies[0]!.dependencies[0]!.metadata.name, "c");
});

test("a chart of Helm 2 has its dependencies in requirements.yaml", () => {
  const lock = 'dependencies: []\ndigest: sha256:1\ngenerated: "2020-01-01T00:00:00Z"\n';
  const files = { "requirements.yaml": "dependencies:\n- name: db\n  alias: x\n", "requirements.lock": lock };
  const said: string[] = [];
  const warn = (line: string) => void said.push(line);
  const v1 = loadArchive(packed("a", { "Chart.yaml": "name: a\nversion: 1.0.0\n", ...files }), { warn });
  assert.equal(v1.metadata.apiVersion, "v1");
  assert.deepEqual(v1.metadata.dependencies, [{ name: "db", alias: "x" }]);
  assert.deepEqual(v1.lock, { generated: "2020-01-01T00:00:00Z", digest: "sha256:1", dependencies: [] });
  assert.deepEqual(names(v1.files), ["requirements.yaml", "requirements.lock"]);
  assert.deepEqual(said, []);

  const v2 = loadArchive(packed("a", { "Chart.yaml": chartYaml("a"), ...files }), { warn });
  assert.deepEqual(names(v2.files), []);
  assert.equal(said.length, 2);
  assert.match(
    said[0]!,
    /^level=INFO msg="Warning: Dependencies are handled in Chart\.yaml since apiVersion \\"v2\\"/,
  );
});

const METADATA: Record<string, [text: string, code: string, message: string]> = {
  "nothing at all": ["", "bad-metadata", "validation: chart.metadata.name is required"],
  "no version": [
    "apiVersion: v2\nname: a\n",
    "bad-metadata",
    "validation: chart.metadata.version is required",
  ],
  "a version with four parts": [
    "apiVersion: v2\nname: a\nversion: 1.2.3.4\n",
    "bad-metadata",
    'validation: chart.metadata.version "1.2.3.4" is invalid',
  ],
  "a path for a name": [
    "apiVersion: v2\nname: ../a\nversion: 1.0.0\n",
    "bad-metadata",
    'validation: chart.metadata.name "../a" is invalid',
  ],
  "dots for a name": [
    "apiVersion: v2\nname: ..\nversion: 1.0.0\n",
    "bad-metadata",
    'validation: chart.metadata.name ".." is not allowed',
  ],
  "another type": [
    chartYaml("a", "type: thing\n"),
    "bad-metadata",
    "validation: chart.metadata.type must be application or library",
  ],
  "a maintainer that is nothing": [
    chartYaml("a", "maintainers: [null]\n"),
    "bad-metadata",
    "validation: maintainers must not contain empty or null nodes",
  ],
  "a dependency that is nothing": [
    chartYaml("a", "dependencies:\n-\n"),
    "bad-metadata",
    "validation: dependencies must not contain empty or null nodes",
  ],
  "an alias that is a path": [
    chartYaml("a", "dependencies: [{name: b, alias: ../c}]\n"),
    "bad-metadata",
    'validation: dependency "b" has disallowed characters in the alias',
  ],
  "a dependency twice": [
    chartYaml("a", "dependencies: [{name: b}, {name: c, alias: b}]\n"),
    "bad-metadata",
    'validation: more than one dependency with name or alias "b"',
  ],
  "a list for a name": [
    "apiVersion: v2\nname: [a]\n",
    "bad-metadata",
    "cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field Metadata.name of type string",
  ],
  "a map for the name of a dependency": [
    chartYaml("a", "dependencies: [{name: {}}]\n"),
    "bad-metadata",
    "cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal object into Go struct field Dependency.dependencies.name of type string",
  ],
  "a list for everything": [
    "- a\n",
    "bad-metadata",
    "cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type loader.chartBase",
  ],
  "no YAML": [
    chartYaml("a", "x: :\n"),
    "bad-metadata",
    "cannot load Chart.yaml: error converting YAML to JSON: yaml: line 4: mapping values are not allowed in this context",
  ],
  "another format": ["apiVersion: v9\nname: a\n", "unsupported", "unsupported chart version"],
};
for (const [what, [text, code, message]] of Object.entries(METADATA)) {
  test(`a Chart.yaml with ${what} is refused in Helm's words`, () => {
    assert.throws(() => loadArchive(packed("a", { "Chart.yaml": text })), refusal(code, message));
  });
}

test("texts of Chart.yaml are cleaned, numbers become texts and capital letters do not count", () => {
  const text =
    'APIVersion: v2\nname: a\nversion: 1.0.0\ndescription: "x\\ty\\u200bz"\nkeywords: [1, yes, 1.50, 20240101]\n';
  const { metadata } = loadArchive(packed("a", { "Chart.yaml": text }));
  assert.equal(metadata.description, "x yz");
  assert.deepEqual(metadata.keywords, ["1", "true", "1.5", "20240101"]);
  assert.equal(metadata.apiVersion, "v2");
});

test("nulls in Chart.yaml leave fields out, and make annotations empty", () => {
  const { metadata } = loadArchive(
    packed("a", { "Chart.yaml": chartYaml("a", "icon: null\nannotations: {a: null}\n") }),
  );
  assert.equal(metadata.icon, undefined);
  assert.deepEqual({ ...metadata.annotations }, { a: "" });
});

test("charts that lie too deep in one another are refused", () => {
  const path = (depth: number) => `${"charts/a/".repeat(depth)}Chart.yaml`;
  const files = (depth: number) =>
    Object.fromEntries(Array.from({ length: depth + 1 }, (_, index) => [path(index), chartYaml("a")]));
  assert.ok(loadArchive(packed("a", files(limits.maxDepth))));
  assert.throws(
    () => loadArchive(packed("a", files(limits.maxDepth + 1))),
    refusal("limit", /nested more than 32 deep$/),
  );
});

test("a loose file in charts/ is taken for a chart, as Helm does", () => {
  assert.throws(
    () => loadArchive(packed("a", { "Chart.yaml": chartYaml("a"), "charts/README.md": "" })),
    refusal("bad-metadata", "error unpacking subchart README.md in a: Chart.yaml file is missing"),
  );
});

test("files that .helmignore names stay out, hidden templates too", () => {
  const dir = directory({
    "Chart.yaml": chartYaml("a"),
    ".helmignore": "# old\n*.bak\n/docs/\n",
    "x.bak": "",
    "docs/a": "",
    "sub/docs/a": "",
    "templates/.hidden": "",
    "templates/a.yaml": "",
  });
  assert.deepEqual(names(loadDirectory(dir).raw), [
    ".helmignore",
    "Chart.yaml",
    "sub/docs/a",
    "templates/a.yaml",
  ]);
});

test("a rule that cannot be read is refused with its line", () => {
  const dir = directory({ "Chart.yaml": chartYaml("a"), ".helmignore": "a\n**/b\n" });
  assert.throws(
    () => loadDirectory(dir),
    (thrown: ChartError) => {
      assert.equal(thrown.message, "double-star (**) syntax is not supported");
      assert.deepEqual([thrown.code, thrown.file, thrown.line], ["bad-ignore", ".helmignore", 2]);
      return true;
    },
  );
});

test("symlinks are followed, but not out of the root and not in circles", () => {
  const outside = directory({ "secret/x": "s" });
  const dir = directory({ "Chart.yaml": chartYaml("a"), "real/x": "x" });
  symlinkSync("real", join(dir, "link"));
  assert.deepEqual(names(loadDirectory(dir, { root: dir }).files), ["link/x", "real/x"]);

  symlinkSync(join(outside, "secret"), join(dir, "out"));
  assert.deepEqual(names(loadDirectory(dir).files), ["link/x", "out/x", "real/x"]);
  assert.throws(
    () => loadDirectory(dir, { root: dir }),
    refusal("bad-archive", /out leads out of .*; charts must not link/),
  );
  assert.ok(loadDirectory(dir, { root: work }));
  rmSync(join(dir, "out"));

  symlinkSync("..", join(dir, "real/up"));
  assert.throws(
    () => loadDirectory(dir),
    refusal("bad-archive", /leads back to a directory that it lies in$/),
  );
  rmSync(join(dir, "real/up"));

  symlinkSync("nowhere", join(dir, "dangling"));
  assert.throws(
    () => loadDirectory(dir),
    refusal(
      "bad-archive",
      `error evaluating symlink ${join(dir, "dangling")}: lstat ${join(dir, "nowhere")}: no such file or directory`,
    ),
  );
});

test("neither Chart.yaml nor .helmignore nor the chart itself may be a link out of the root", () => {
  const outside = directory({ "Chart.yaml": chartYaml("a"), ignore: "" });
  for (const name of ["Chart.yaml", ".helmignore"]) {
    const dir = directory(name === "Chart.yaml" ? {} : { "Chart.yaml": chartYaml("a") });
    symlinkSync(join(outside, name === "Chart.yaml" ? name : "ignore"), join(dir, name));
    assert.throws(() => loadDirectory(dir, { root: dir }), refusal("bad-archive", /leads out of/));
  }
  const dir = directory({});
  symlinkSync(outside, join(dir, "chart"));
  assert.throws(() => loadChart(join(dir, "chart"), { root: dir }), refusal("bad-archive", /leads out of/));
});

test("what is neither file nor directory is refused by name", () => {
  const dir = directory({ "Chart.yaml": chartYaml("a") });
  execFileSync("mkfifo", [join(dir, "pipe")]);
  assert.throws(
    () => loadDirectory(dir),
    refusal("bad-archive", `cannot load irregular file ${dir}/pipe as it has file mode type bits set`),
  );
});

test("a directory is bounded as an archive is", () => {
  const dir = directory({
    "Chart.yaml": chartYaml("a"),
    "big.txt": "x".repeat(1000),
    "small.txt": "x".repeat(500),
  });
  assert.throws(
    () => loadDirectory(dir, { maxFileBytes: 900 }),
    refusal("limit", 'chart file "big.txt" is larger than the maximum file size 900'),
  );
  assert.throws(
    () => loadDirectory(dir, { maxBytes: 1200 }),
    refusal("limit", "decompressed chart is larger than the maximum size 1200"),
  );
  writeFileSync(join(dir, ".helmignore"), "big.txt\n");
  assert.ok(loadDirectory(dir, { maxBytes: 1200, maxFileBytes: 900 }));
});

test("a pipe for a Chart.yaml or an archive is refused and not waited for", () => {
  const dir = directory({});
  execFileSync("mkfifo", [join(dir, "Chart.yaml"), join(dir, "a.tgz")]);
  assert.throws(
    () => loadDirectory(dir),
    refusal("bad-archive", /^cannot load irregular file .*Chart\.yaml/),
  );
  assert.throws(
    () => loadChart(join(dir, "a.tgz")),
    refusal("bad-archive", /^cannot load irregular file .*a\.tgz/),
  );
});

test("a path says in Helm's words what is wrong with it", () => {
  const dir = directory({ "a.yaml": "", "a.txt": "hello", "bad.tgz": "\x1f\x8b\x08 no gzip", "a/x": "" });
  const missing = join(dir, "nothing");
  assert.throws(
    () => loadChart(missing),
    refusal("bad-archive", `stat ${missing}: no such file or directory`),
  );
  assert.throws(
    () => loadChart(join(dir, "a")),
    refusal(
      "bad-metadata",
      `unable to detect chart at ${dir}/a/Chart.yaml: open ${dir}/a/Chart.yaml: no such file or directory`,
    ),
  );
  assert.throws(
    () => loadChart(join(dir, "a.yaml")),
    refusal("bad-archive", /seems to be a YAML file, but expected a gzipped archive$/),
  );
  assert.throws(
    () => loadChart(join(dir, "a.txt")),
    refusal("bad-archive", /gzipped archive; got 'application\/octet-stream'$/),
  );
  assert.throws(
    () => loadChart(join(dir, "bad.tgz")),
    refusal("bad-archive", /^(?:file .* does not appear|unable to load chart archive)/),
  );
});

test("what links lead to is told as Helm logs it, but not of directories of others", () => {
  const dir = directory({ "Chart.yaml": chartYaml("web"), "real.txt": "x" });
  symlinkSync("real.txt", join(dir, "link.txt"));
  const told: string[] = [];
  const warn = (line: string) => told.push(line);
  loadDirectory(dir, { warn });
  assert.deepEqual(told, [
    `level=INFO msg="found symbolic link in path. Contents of linked file included and used" path=${join(dir, "link.txt")} resolved=${join(dir, "real.txt")}`,
  ]);
  loadDirectory(dir, { warn, root: dir });
  assert.equal(told.length, 1);
});
