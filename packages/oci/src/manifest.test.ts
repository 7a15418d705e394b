import assert from "node:assert/strict";
import { test } from "node:test";
import { isOciError } from "./errors.ts";
import { readManifest } from "./manifest.ts";

const image = "application/vnd.oci.image.manifest.v1+json";
const index = "application/vnd.oci.image.index.v1+json";
const part = { mediaType: "a/b", digest: `sha256:${"0".repeat(64)}`, size: 1 };
const read = (manifest: unknown, type = image) =>
  readManifest(Buffer.from(JSON.stringify(manifest)), type, "here");

test("a manifest has a configuration, layers and annotations", () => {
  const annotated = { ...part, annotations: { a: "b", c: 1 } };
  const { mediaType, manifest } = read({ config: part, layers: [annotated], annotations: { d: "e" } });
  assert.equal(mediaType, image);
  const plain = JSON.parse(JSON.stringify(manifest));
  const layers = [{ ...part, annotations: { a: "b" } }];
  assert.deepEqual(plain, { kind: "image", config: part, layers, annotations: { d: "e" } });
});

test("an index lists manifests", () => {
  const { manifest } = read({ mediaType: index, manifests: [part] }, index);
  assert.equal(manifest.kind === "index" && manifest.manifests.length, 1);
});

test("a manifest that says its type needs no header that does", () =>
  assert.equal(read({ mediaType: image, config: part, layers: [] }, "text/plain").mediaType, image));

const refused: Record<string, [manifest: unknown, type: string, message: RegExp]> = {
  "no object": [[], image, /^here: the manifest is no object/],
  "an unknown type": [{ config: part }, "text/html", /is of type "text\/html", which is not understood/],
  "two types": [
    { mediaType: index, manifests: [] },
    image,
    /says that it is .*index.*, and the registry that it is .*manifest/,
  ],
  "layers and manifests": [
    { config: part, layers: [], manifests: [] },
    image,
    /layers and of manifests at once/,
  ],
  "no configuration": [{ layers: [] }, image, /has no descriptor at config/],
  "layers that are no list": [{ config: part, layers: {} }, image, /has layers that are no list/],
  "a layer that is null": [{ config: part, layers: [null] }, image, /has no descriptor at layers\[0\]/],
  "a digest that leads elsewhere": [
    { config: { ...part, digest: "../../x" }, layers: [] },
    image,
    /no descriptor at config/,
  ],
  "half a byte": [{ config: { ...part, size: 0.5 }, layers: [] }, image, /has no size at config/],
  "less than nothing": [{ config: { ...part, size: -1 }, layers: [] }, image, /has no size at config/],
};
for (const [sentence, [manifest, type, message]] of Object.entries(refused))
  test(`a manifest is refused with ${sentence}`, () =>
    assert.throws(
      () => read(manifest, type),
      (thrown: Error) => isOciError(thrown) && thrown.code === "bad-answer" && message.test(thrown.message),
    ));
