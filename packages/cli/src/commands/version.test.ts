import assert from "node:assert/strict";
import test from "node:test";
import { nameAndTag } from "./version.ts";

const rows: Record<string, [name: string, tag: string]> = {
  "ghcr.io/sluice/source-controller:v0.1.0": ["source-controller", "v0.1.0"],
  "registry:5000/source-controller:v1": ["source-controller", "v1"],
  "registry:5000/source-controller": ["source-controller", "unknown"],
  "registry/source-controller:v1@sha256:0123": ["source-controller", "v1"],
  "registry/source-controller@sha256:0123": ["source-controller", "unknown"],
  "source-controller": ["source-controller", "unknown"],
};
for (const [image, expected] of Object.entries(rows))
  test(`the name and tag of ${image}`, () => assert.deepEqual(nameAndTag(image), expected));
