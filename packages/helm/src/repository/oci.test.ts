import assert from "node:assert/strict";
import { test } from "node:test";
import { chartLayer, OCI_TYPES, selectTaggedVersion, tagOfVersion, versionsOfTags } from "./oci.ts";

test("tags that are versions are sorted, latest first, with their plus signs", () => {
  const tags = [
    "1.2.0",
    "latest",
    "1.10.0",
    "v2.0.0",
    "2.0",
    "1.10.0-rc.1",
    "3.0.0_build.5",
    "sha256-abc.sig",
  ];
  assert.deepEqual(versionsOfTags(tags), ["3.0.0+build.5", "1.10.0", "1.10.0-rc.1", "1.2.0"]);
  assert.equal(tagOfVersion("3.0.0+build.5+x"), "3.0.0_build.5_x");
});

const versions = versionsOfTags(["1.0.0", "1.2.3", "1.3.0-rc.1", "2.0.0_build.5"]);
const rows: Record<string, [wanted: string | undefined, found: string | RegExp]> = {
  "the latest": [undefined, "2.0.0+build.5"],
  "a range": ["^1.0", "1.2.3"],
  "development versions": ["<2 >0.0.0-0", "1.3.0-rc.1"],
  "a version with its metadata": ["2.0.0+build.5", "2.0.0+build.5"],
  "no range": ["nonsense", /^improper constraint: "nonsense"$/],
  "a range without versions": [">9", /^could not locate a version matching provided version string >9$/],
};
for (const [sentence, [wanted, found]] of Object.entries(rows))
  test(`of tags, ${sentence}`, () => {
    if (typeof found === "string") assert.equal(selectTaggedVersion(versions, wanted), found);
    else assert.throws(() => selectTaggedVersion(versions, wanted), { message: found });
  });

const part = (mediaType: string, digest = mediaType) => ({ mediaType, digest });
const config = part(OCI_TYPES.config);

test("layers of a chart are found by their types", () => {
  const manifest = { config, layers: [part(OCI_TYPES.provenance), part("x"), part(OCI_TYPES.chart)] };
  assert.equal(chartLayer(manifest, "chart").mediaType, OCI_TYPES.chart);
  assert.equal(chartLayer(manifest, "provenance").mediaType, OCI_TYPES.provenance);
  assert.equal(
    chartLayer({ config, layers: [part("application/tar+gzip")] }, "chart").digest,
    "application/tar+gzip",
  );
});

const image = part("application/vnd.oci.image.config.v1+json");
const refused: Record<
  string,
  [manifest: Parameters<typeof chartLayer>[0], what: "chart" | "provenance", words: RegExp]
> = {
  "an image": [
    { config: image, layers: [part("y")] },
    "chart",
    /^manifest does not contain minimum number of descriptors \(2\), descriptors found: 1$/,
  ],
  "another configuration": [
    { config: image, layers: [part(OCI_TYPES.chart)] },
    "chart",
    /^could not load config with mediatype .*config/,
  ],
  "no archive": [
    { config, layers: [] },
    "chart",
    /^manifest does not contain a layer with mediatype .*chart\.content/,
  ],
  "no provenance": [
    { config, layers: [part(OCI_TYPES.chart)] },
    "provenance",
    /a layer with mediatype .*provenance\.v1\.prov$/,
  ],
};
for (const [sentence, [manifest, what, words]] of Object.entries(refused))
  test(`a manifest is refused with ${sentence}`, () =>
    assert.throws(() => chartLayer(manifest, what), { message: words }));
