import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChartError } from "../errors.ts";
import { type ChartVersion, type IndexOptions, readIndex, selectVersion } from "./index.ts";

const top = "apiVersion: v1\nentries:\n";

/** Reads a text in pieces of some bytes. */
function read(text: string, options?: IndexOptions, size = 1 << 20) {
  const bytes = Buffer.from(text);
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  return readIndex(chunks, options);
}

/** What is not the same in each version. */
const brief = (versions: readonly ChartVersion[] | undefined) =>
  versions?.map(({ apiVersion: _, deprecated, removed, urls, ...rest }) => ({
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    ...(deprecated && { deprecated }),
    ...(removed && { removed }),
    ...(urls.length > 0 && { urls }),
  }));

const LAYOUTS: Record<string, [text: string, versions: object[]]> = {
  "as Helm writes it": [
    `${top}  a:
  - annotations:
      x: "one

        two"
      y: |
        name: not this
        - name: nor this
    apiVersion: v2
    appVersion: "1.10"
    created: "2024-05-10T21:12:34.123456789Z"
    dependencies:
    - name: b
      repository: ""
    description: a text that is longer
      than a line
    digest: 5c7
    deprecated: true
    keywords:
    - k
    name: a
    urls:
    - https://example.com/a-1.0.0.tgz
    - 'b'
    version: 1.0.0
  - name: a
    version: v1.5
generated: "2024-05-10T21:12:34Z"
`,
    [
      { name: "a", version: "v1.5" },
      {
        name: "a",
        version: "1.0.0",
        appVersion: "1.10",
        created: "2024-05-10T21:12:34.123456789Z",
        description: "a text that is longer than a line",
        digest: "5c7",
        deprecated: true,
        urls: ["https://example.com/a-1.0.0.tgz", "b"],
      },
    ],
  ],
  "with deeper indentation": [
    "apiVersion: v1\nentries:\n    a:\n        - name: a\n          version: 1.0.0\n          urls:\n              - x\n",
    [{ name: "a", version: "1.0.0", urls: ["x"] }],
  ],
  "with dashes on lines of their own": [
    `${top}  a:\n  -\n    name: a\n    version: 1.0.0\n  -\n    name: a\n    version: 1.0.1\n`,
    [
      { name: "a", version: "1.0.1" },
      { name: "a", version: "1.0.0" },
    ],
  ],
  "with comments, blank lines and quoted keys": [
    '# c\n"apiVersion": v1 # c\n\nentries: # c\n  # c\n  \'a\': # c\n# c\n  - "name": a # c\n    # c\n    version: 1.0.0\n\n    urls:\n    # c\n    - x # c\n\n    - z\n',
    [{ name: "a", version: "1.0.0", urls: ["x", "z"] }],
  ],
  "with texts of all kinds": [
    `${top}  a:
  - {name: a, version: 9.0.0, urls: [x]}
  - name: a
    version: 8.0.0
    description: |
      block
       text
    urls: [q, "r"]
  - name: a
    version: 7.0.0
    description: >-
      folded

      text
  - name: a
    version: 6.0.0
    description: 'it''s # no comment'
    appVersion: ünïcode ✓ # comment
  - name: a
    version: 5.0.0
    description: "caf\\u00e9
      au lait"
    appVersion: ~
    removed: yes
`,
    [
      { name: "a", version: "9.0.0", urls: ["x"] },
      { name: "a", version: "8.0.0", description: "block  text ", urls: ["q", "r"] },
      { name: "a", version: "7.0.0", description: "folded text" },
      { name: "a", version: "6.0.0", description: "it's # no comment", appVersion: "ünïcode ✓" },
      { name: "a", version: "5.0.0", description: "café au lait", removed: true },
    ],
  ],
  "with anchors, which is read as a whole": [
    `${top}  b:\n  - name: b\n    version: &v 1.0.0\n  a:\n  - name: a\n    version: *v\n`,
    [{ name: "a", version: "1.0.0" }],
  ],
  "in brackets": [
    "apiVersion: v1\nentries: {a: [{name: a, version: 1.0.0}]}\n",
    [{ name: "a", version: "1.0.0" }],
  ],
  "as JSON, where fields that nobody knows do no harm": [
    '{"apiVersion":"v1","x":1,"entries":{"a":[{"name":"a","version":"1.0.0","x":1,"urls":["u"]}]}}',
    [{ name: "a", version: "1.0.0", urls: ["u"] }],
  ],
  "of two documents, of which the first counts": [
    `---\n${top}  a:\n  - name: a\n    version: 1.0.0\n---\nentries: {}\n`,
    [{ name: "a", version: "1.0.0" }],
  ],
};
for (const [layout, [text, versions]] of Object.entries(LAYOUTS)) {
  test(`an index ${layout} is read, in whatever pieces it comes`, async () => {
    for (const variant of [text, text.replaceAll("\n", "\r\n"), `\ufeff${text}`]) {
      for (const size of [1 << 20, 7, 1]) {
        assert.deepEqual(brief((await read(variant, {}, size)).versions("a")), versions, `${size}`);
      }
    }
  });
}

const ERRORS: Record<string, [text: string, message: string]> = {
  nothing: ["", "empty index.yaml file"],
  "no apiVersion": ["entries: {}\n", "no API version specified"],
  "a page of HTML": [
    "<html></html>",
    "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type repo.IndexFile",
  ],
  "an unknown field": [
    `${top}  a:\n  - foo: 1\n`,
    'error unmarshaling JSON: while decoding JSON: json: unknown field "foo"',
  ],
  "an unknown field at the top": [
    `foo: 1\n${top}`,
    'error unmarshaling JSON: while decoding JSON: json: unknown field "foo"',
  ],
  "a field twice": [
    `${top}  a:\n  - name: a\n    name: b\n`,
    'error converting YAML to JSON: yaml: unmarshal errors:\n  line 5: key "name" already set in map',
  ],
  "a number for a version": [
    `${top}  a:\n  - name: a\n    version: 1.10\n`,
    "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal number into Go struct field ChartVersion.entries.Metadata.version of type string",
  ],
  "a list for a name": [
    `${top}  a:\n  - name: [a]\n`,
    "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field ChartVersion.entries.Metadata.name of type string",
  ],
  "a number for a chart": [
    `${top}  a: 3\n`,
    "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal number into Go struct field IndexFile.entries of type repo.ChartVersions",
  ],
  "a day for a time": [
    `${top}  a:\n  - name: a\n    created: 2020-01-01\n`,
    'error unmarshaling JSON: while decoding JSON: parsing time "2020-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"',
  ],
  "brackets without end in brackets": [
    `{"apiVersion":"v1","serverInfo":{"x":${"[".repeat(200_000)}${"]".repeat(200_000)}}}`,
    "error unmarshaling JSON: while decoding JSON: json: exceeded max depth",
  ],
  "a word for the time it was made": [
    `generated: abc\n${top}`,
    'error unmarshaling JSON: while decoding JSON: parsing time "abc" as "2006-01-02T15:04:05Z07:00": cannot parse "abc" as "2006"',
  ],
  "brackets that do not close": [
    `${top}  a:\n  - name: [a\n    version: 1.0.0\n`,
    "error converting YAML to JSON: yaml: line 4: did not find expected ',' or ']'",
  ],
};
for (const [what, [text, message]] of Object.entries(ERRORS)) {
  test(`an index with ${what} is refused in Helm's words`, async () => {
    await assert.rejects(read(text), { name: "ChartError", code: "bad-index", message });
  });
}

const invalid = `${top}  a:
  - name: a
    version: 1.0.0.0
  - version: 1.0.0
  - null
  - name: a
    version: 2.0.0
    type: thing
  - name: a
    version: 3.0.0
    maintainers:
    -
  - name: a
    version: 4.0.0
    dependencies:
    - name: x
      alias: a/b
  - name: a
    version: 5.0.0
    dependencies:
    - name: x
    - name: x
`;

test("entries that Helm would not take are left out with its warnings", async () => {
  const said: string[] = [];
  const index = await read(invalid, { source: "https://example.com" });
  const versions = index.versions("a", (line) => void said.push(line));
  assert.deepEqual(brief(versions), [{ name: "a", version: "5.0.0" }]);
  const from = "from https://example.com: validation:";
  assert.deepEqual(
    said.map((line) =>
      JSON.parse(line.replace("level=WARN msg=", "")).replace(
        "skipping loading invalid entry for chart ",
        "",
      ),
    ),
    [
      `"a" "4.0.0" ${from} dependency "x" has disallowed characters in the alias`,
      `"a" "3.0.0" ${from} maintainers must not contain empty or null nodes`,
      `"a" "2.0.0" ${from} chart.metadata.type must be application or library`,
      '"a" from https://example.com: empty entry',
      `"a" "1.0.0" ${from} chart.metadata.name is required`,
      `"a" "1.0.0.0" ${from} chart.metadata.version "1.0.0.0" is invalid`,
    ],
  );
});

test("only one chart is kept if only one is wanted", async () => {
  const index = await read(
    `${top}  a:\n  - name: a\n    version: 1.0.0\n  b:\n  - name: b\n    version: 1.0.0\n`,
    {
      only: "b",
    },
  );
  assert.deepEqual(index.names, ["b"]);
  assert.equal(index.versions("a"), undefined);
});

test("an index that is too large is refused while it arrives", async () => {
  let handed = 0;
  const endless = function* () {
    for (;;) {
      handed++;
      yield Buffer.from(`${top}  a:\n`);
    }
  };
  await assert.rejects(readIndex(endless(), { maxBytes: 1000 }), { code: "limit" });
  assert.ok(handed < 100);
});

test("an unusual index is refused with its line where it is too large to be read as a whole", async () => {
  const many = `  - name: a\n    version: 1.0.0\n    home: ${"x".repeat(1000)}\n`.repeat(9000);
  await assert.rejects(read(`${top}  a:\n${many}  b:\n  - name: &b b\n`), (thrown: ChartError) => {
    assert.match(thrown.message, /^index: line 27005: unexpected: an anchor; .* up to 8 MiB only$/);
    return thrown.code === "bad-index" && thrown.line === 27005;
  });
});

const VERSIONS = ["1.0.0", "2.1.0", "2.0.0", "3.0.0-rc.1", "1.2.3+b", "0.9.0"];
const CHOICES: [constraint: string, selected: string, warns?: true][] = [
  ["", "2.1.0"],
  ["*", "2.1.0"],
  ["2.0.0", "2.0.0"],
  ["^1", "1.2.3+b"],
  [">0.0.0-0", "3.0.0-rc.1"],
  ["3.0.0-rc.1", "3.0.0-rc.1"],
  ["1.x", "1.2.3+b"],
  ["1.2.3", "1.2.3+b", true],
  ["v2.0.0", "2.0.0", true],
];
for (const [constraint, selected, warns] of CHOICES) {
  test(`"${constraint}" selects ${selected}${warns ? " with a warning" : ""}`, async () => {
    const index = await read(
      top + "  a:\n" + VERSIONS.map((one) => `  - name: a\n    version: ${one}\n`).join(""),
    );
    const said: string[] = [];
    assert.equal(selectVersion(index, "a", constraint, (line) => void said.push(line)).version, selected);
    assert.deepEqual(
      said,
      warns
        ? [
            `level=WARN msg="unable to find exact version requested; falling back to closest available version" chart=a requested=${constraint} selected=${selected}`,
          ]
        : [],
    );
  });
}

test("what cannot be selected is refused in Helm's words", async () => {
  const index = await read(`${top}  a:\n  - name: a\n    version: 1.0.0\n  b: []\n  c: null\n`);
  assert.throws(() => selectVersion(index, "x"), { message: "no chart name found" });
  assert.throws(() => selectVersion(index, "b"), { message: "no chart version found" });
  assert.throws(() => selectVersion(index, "c"), { message: "no chart version found" });
  assert.throws(() => selectVersion(index, "a", "^2"), { message: "no chart version found for a-^2" });
  assert.throws(() => selectVersion(index, "a", "x y"), { message: 'improper constraint: "x y"' });
});

test("a chart's entries of a megabyte each are read without holding them all", async () => {
  const entry = `  - name: a\n    version: 1.0.0\n    annotations:\n      x: ${"y".repeat(500_000)}\n`;
  const chunks = function* () {
    yield Buffer.from(`${top}  a:\n`);
    for (let index = 0; index < 100; index++) yield Buffer.from(entry);
  };
  const before = process.memoryUsage().heapUsed;
  const index = await readIndex(chunks());
  assert.equal(index.versions("a")!.length, 100);
  assert.ok(process.memoryUsage().heapUsed - before < 40 * 1024 * 1024);
});

test("a damaged index is read or refused, whatever the damage", async () => {
  const whole = Object.values(LAYOUTS).map(([text]) => Buffer.from(text));
  let seed = 11;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % below;
  };
  const odd = [...Buffer.from(" \n\t:-#&*{}[]|>'\"!%\\\x00\xff", "latin1")];
  let refused = 0;
  for (let round = 0; round < 600; round++) {
    const bytes = Buffer.from(whole[round % whole.length]!);
    for (let change = 0; change <= random(3); change++)
      bytes[random(bytes.length)] = odd[random(odd.length)]!;
    const cut = bytes.subarray(0, random(4) ? bytes.length : random(bytes.length));
    try {
      const index = await readIndex([cut]);
      for (const name of index.names) index.versions(name);
    } catch (thrown) {
      assert.equal((thrown as Error).name, "ChartError", `${cut}\n${(thrown as Error).stack}`);
      refused++;
    }
  }
  assert.ok(refused > 0 && refused < 600);
});
