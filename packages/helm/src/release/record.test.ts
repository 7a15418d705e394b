import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { ChartError } from "../errors.ts";
import {
  decodeRelease,
  encodeRelease,
  type Release,
  releaseJson,
  releaseOf,
  releaseSecret,
  storeChart,
} from "./record.ts";

const shared = process.env.SLUICE_SHARED ?? resolve(import.meta.dirname, "../../../../../shared");
const sampleFile = join(shared, "conformance/helm/sample.json");

type Secret = {
  metadata: { name: string; labels: Record<string, string> };
  data: { release: string };
  type: string;
};
type Sample = {
  records: { release: Release; releaseJSON: string; secret: Secret }[];
  helm3Record: { release: Release; releaseJSON: string };
};

test("records of Helm 4 and Helm 3", {
  skip: !existsSync(sampleFile) && `${sampleFile} is missing`,
}, async (t) => {
  const { records, helm3Record } = JSON.parse(readFileSync(sampleFile, "utf8")) as Sample;
  for (const { release, releaseJSON, secret } of records) {
    await t.test(`${secret.metadata.name} is read, and written as Helm writes it`, () => {
      const read = releaseOf(secret);
      assert.equal(releaseJson(read), releaseJSON);
      assert.deepEqual(read.info, release.info);
      const { modifiedAt, team } = secret.metadata.labels;
      const again = releaseSecret(read, { modified: Number(modifiedAt) }, { team: team! });
      assert.deepEqual(again.metadata, secret.metadata);
      assert.equal(again.type, secret.type);
      assert.deepEqual(releaseOf(again), read);
    });
  }
  await t.test("times that Helm 3 leaves empty are no times", () => {
    const read = decodeRelease(Buffer.from(helm3Record.releaseJSON).toString("base64"));
    assert.equal(read.info?.deleted, undefined);
    assert.deepEqual(read.hooks?.[0]?.last_run, { phase: "" });
    assert.equal(read.info?.first_deployed, "2024-05-06T07:08:09.123456789Z");
  });
});

const BASE: Release = {
  name: "web",
  version: 3,
  namespace: "apps",
  info: { status: "deployed" },
  manifest: "a & <b>",
};
const pack = (text: string | Buffer): string => gzipSync(text).toString("base64");

test("what is empty is left out, what Helm always writes is not", () => {
  const chart = storeChart({
    metadata: { name: "c" },
    values: {},
    templates: [],
    files: [],
    raw: [],
    dependencies: [],
  });
  const hook = {
    name: "h",
    kind: "",
    path: "",
    manifest: "",
    events: [],
    last_run: { phase: "" as const },
    weight: 0,
    delete_policies: [],
    output_log_policies: [],
  };
  assert.equal(
    releaseJson({ ...BASE, chart, hooks: [hook] }),
    '{"name":"web","info":{"status":"deployed"},"chart":{"metadata":{"name":"c"},"lock":null,"templates":null,"values":null,"schema":null,' +
      '"schemamodtime":"0001-01-01T00:00:00Z","files":null},"manifest":"a \\u0026 \\u003cb\\u003e","hooks":[{"name":"h","last_run":{"phase":""}}],' +
      '"version":3,"namespace":"apps"}',
  );
});

test("integers of any size go into the record, and come back as Helm would read them", () => {
  const text = releaseJson({ ...BASE, config: { big: 9223372036854775807n, half: 0.5, gone: null } });
  assert.match(text, /"config":\{"big":9223372036854775807,"gone":null,"half":0\.5\}/);
  assert.deepEqual(decodeRelease(pack(text)).config, { big: 2 ** 63, half: 0.5, gone: null });
});

test("a file's time has no more digits than it needs", () => {
  const file = {
    name: "templates/a.yaml",
    data: Buffer.from("a"),
    modTime: new Date("2024-05-06T07:08:09.120Z"),
  };
  const chart = storeChart({
    metadata: {},
    values: {},
    templates: [file],
    files: [],
    raw: [],
    dependencies: [],
  });
  assert.deepEqual(chart.templates, [
    { name: "templates/a.yaml", data: "YQ==", modtime: "2024-05-06T07:08:09.12Z" },
  ]);
});

test("a record without compression is read, and unknown fields are dropped", () => {
  const text = Buffer.from(
    '{"name":"web","later":1,"info":{"status":"deployed","resources":{"v1":[]}}}',
  ).toString("base64");
  assert.deepEqual(decodeRelease(text), { name: "web", info: { status: "deployed" } });
});

const DAMAGED: Record<string, [string, RegExp]> = {
  nothing: ["", /no JSON object$/],
  "no JSON": [pack("name: secret"), /no JSON object$/],
  null: [pack("null"), /no JSON object$/],
  "a list": [pack("[]"), /it is not an object$/],
  "a text for a number": [pack('{"version":"3"}'), /version is not an integer$/],
  "a time that is none": [
    pack('{"info":{"last_deployed":"yesterday"}}'),
    /info\.last_deployed is not a time$/,
  ],
  "a file that is no base64": [
    pack('{"chart":{"files":[{"data":"%"}]}}'),
    /chart\.files\[0\]\.data is not base64$/,
  ],
  "a hook that is a text": [pack('{"hooks":["x"]}'), /hooks\[0\] is not an object$/],
  "half of it": [
    Buffer.from(gzipSync(randomBytes(1000)).subarray(0, 500)).toString("base64"),
    /cut off or damaged$/,
  ],
  "a bomb": [pack(Buffer.alloc(129 * 1024 * 1024)), /unfolds to more than/],
};

test("a damaged record is refused without a word of its content", async (t) => {
  for (const [sentence, [text, words]] of Object.entries(DAMAGED)) {
    await t.test(sentence, () => {
      assert.throws(
        () => decodeRelease(text),
        (thrown: unknown) => {
          assert.ok(thrown instanceof ChartError);
          assert.equal(thrown.code, "bad-release");
          assert.match(thrown.message, words);
          assert.doesNotMatch(thrown.message, /secret|yesterday/);
          return true;
        },
      );
    });
  }
});

test("a record that no Secret can hold names what takes the room", () => {
  const big = { name: "files/logo.png", data: randomBytes(900_000) };
  const chart = storeChart({
    metadata: {},
    values: {},
    templates: [],
    files: [big],
    raw: [],
    dependencies: [],
  });
  assert.throws(() => encodeRelease({ ...BASE, chart }), {
    code: "limit",
    message:
      /^the record of release "web" takes \d{7} bytes, a Secret holds 1048576; most is taken by files\/logo\.png of the chart \(1[0-9]{6}\), /,
  });
});

test("labels of Helm's own cannot be set, and an update forgets when the record was made", () => {
  const { labels } = releaseSecret(
    BASE,
    { created: 5 },
    { team: "blue", owner: "me", createdAt: "1" },
  ).metadata;
  assert.deepEqual(labels, {
    team: "blue",
    name: "web",
    owner: "helm",
    status: "deployed",
    version: "3",
    createdAt: "5",
  });
  assert.equal(releaseSecret(BASE, { modified: 6 }).metadata.labels.createdAt, undefined);
});
