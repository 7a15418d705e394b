import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { chartYaml, names, packed, refusal, tar, tgz } from "./chart.fixture.ts";
import { limits } from "./limits.ts";
import { loadArchive } from "./load.ts";

const good = { path: "a/Chart.yaml", data: chartYaml("a") };
const ARCHIVES: Record<string, [bytes: () => Buffer, code: string, message: string | RegExp]> = {
  "a way out": [
    () => tgz([good, { path: "a/../../x" }]),
    "bad-archive",
    "unable to load chart archive: chart illegally references parent directory",
  ],
  "a way out with backslashes": [
    () => tgz([good, { path: "a\\..\\..\\x" }]),
    "bad-archive",
    /references parent directory$/,
  ],
  "an absolute path": [
    () => tgz([good, { path: "a//etc/passwd" }]),
    "bad-archive",
    /illegally contains absolute paths$/,
  ],
  "a drive letter": [
    () => tgz([good, { path: "a\\c:\\x" }]),
    "bad-archive",
    /chart contains illegally named files$/,
  ],
  "a file outside": [
    () => tgz([good, { path: "x" }]),
    "bad-archive",
    /content outside the base directory: "x"$/,
  ],
  "Chart.yaml not in a directory": [
    () => tgz([{ path: "Chart.yaml/x" }]),
    "bad-archive",
    /chart yaml not in base directory$/,
  ],
  "no files": [() => tgz([]), "bad-archive", /no files in chart archive$/],
  "no Chart.yaml": [
    () => packed("a", { x: "" }),
    "bad-archive",
    "unable to detect chart version, no Chart.yaml found",
  ],
  "other bytes": [
    () => Buffer.from("hello"),
    "bad-archive",
    "stream does not appear to be a valid chart file (details: gzip: invalid header)",
  ],
  "no bytes": [() => Buffer.alloc(0), "bad-archive", "unable to load chart archive: EOF"],
  "half of its bytes": [
    () => packed("a", { "Chart.yaml": chartYaml("a") }).subarray(0, 60),
    "bad-archive",
    "unable to load chart archive: unexpected EOF",
  ],
  "half of a tar": [
    () => gzipSync(tar([good]).subarray(0, 530)),
    "bad-archive",
    "unable to load chart archive: unexpected EOF",
  ],
  "a broken checksum": [() => gzipSync(tar([good]).fill(65, 0, 3)), "bad-archive", /invalid tar header$/],
  "a sparse file": [() => tgz([good, { path: "a/x", type: "SparseFile" }]), "bad-archive", /sparse file/],
  "a file that is too large": [
    () => packed("a", { "Chart.yaml": chartYaml("a"), x: "x".repeat(limits.maxFileBytes + 1) }),
    "limit",
    /chart file "a\/x" is larger than the maximum file size 5242880$/,
  ],
  "too many files": [
    () => tgz([good, ...Array.from({ length: limits.maxFiles }, (_, index) => ({ path: `a/${index}` }))]),
    "limit",
    /more than 20000 files$/,
  ],
  "a bomb": [
    () => gzipSync(Buffer.alloc(130 * 1024 * 1024)),
    "limit",
    /larger than the maximum size 104857600$/,
  ],
};
for (const [what, [bytes, code, message]] of Object.entries(ARCHIVES)) {
  test(`an archive with ${what} is refused`, () => {
    assert.throws(() => loadArchive(bytes()), refusal(code, message));
  });
}

test("links and devices in an archive are files without content", () => {
  const kinds = ["SymbolicLink", "Link", "CharacterDevice", "FIFO"];
  const members = kinds.map((type) => ({ path: `a/templates/${type}`, type, linkpath: "/etc/passwd" }));
  const chart = loadArchive(tgz([good, ...members]));
  assert.deepEqual(
    names(chart.templates),
    kinds.map((type) => `templates/${type}`),
  );
  assert.ok(chart.templates.every((file) => file.data.length === 0));
});

test("all archives in a chart share one budget", () => {
  const inner = packed("b", { "Chart.yaml": chartYaml("b"), x: "x".repeat(60_000) });
  const bytes = packed("a", {
    "Chart.yaml": chartYaml("a"),
    "charts/b-1.tgz": inner,
    "charts/c-1.tgz": inner,
  });
  assert.equal(loadArchive(bytes, { maxBytes: 200_000 }).dependencies.length, 2);
  assert.throws(
    () => loadArchive(bytes, { maxBytes: 100_000 }),
    refusal(
      "limit",
      "error unpacking subchart c-1.tgz in a: decompressed chart is larger than the maximum size 100000",
    ),
  );
});

test("archives in a chart that unfold to nothing but zeros share one budget too", () => {
  const own = tar([{ path: "b/Chart.yaml", data: chartYaml("b") }]);
  const inner = gzipSync(Buffer.concat([own, Buffer.alloc(8 * 1024 * 1024)]));
  const files = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`charts/b-${i}.tgz`, inner]));
  const load = (count: number) =>
    loadArchive(packed("a", { "Chart.yaml": chartYaml("a"), ...files(count) }), { maxBytes: 200_000 });
  assert.equal(load(2).dependencies.length, 2);
  assert.throws(
    () => load(4),
    refusal("limit", /decompressed chart is larger than the maximum size 200000$/),
  );
});

test("damaged archives and metadata are refused, whatever the damage", () => {
  const whole = packed("a", {
    "Chart.yaml": chartYaml("a"),
    "values.yaml": "a: {b: [1, 2]}",
    "charts/x-1.tgz": packed("x", { "Chart.yaml": chartYaml("x") }),
  });
  const plain = tar([good, { path: "a/values.yaml", data: "a: {b: [1, 2]}\n" }]);
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % below;
  };
  let loaded = 0;
  for (let round = 0; round < 400; round++) {
    const bytes = Buffer.from(round % 2 ? whole : plain);
    for (let change = 0; change <= random(4); change++) bytes[random(bytes.length)] = random(256);
    const cut = bytes.subarray(0, random(3) ? bytes.length : random(bytes.length));
    try {
      loadArchive(round % 2 ? cut : gzipSync(cut));
      loaded++;
    } catch (thrown) {
      assert.equal((thrown as Error).name, "ChartError", String((thrown as Error).stack));
    }
  }
  assert.ok(loaded > 0 && loaded < 400, `${loaded} loaded`);
});
