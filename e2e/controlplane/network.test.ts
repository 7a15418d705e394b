import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { imageOf, nameOfImage } from "./images.ts";
import { claimNetwork, localOf, rangesOf, releaseNetwork } from "./network.ts";

test("a cluster address is served on loopback", () => assert.equal(localOf("10.40.128.1"), "127.40.128.1"));
test("another address stays", () => assert.equal(localOf("192.0.2.10"), "192.0.2.10"));
test("pods of processes never get an address of simulated ones", () => {
  const { processPod, processPods, simulatedPods } = rangesOf({ octet: 40 });
  assert.equal(processPod(processPods.first), "10.40.128.1");
  assert.match(processPod(processPods.last), /^10\.40\.190\./);
  assert.equal(simulatedPods, "10.40.192.1/19");
});

describe("claimNetwork", () => {
  let dir: string;
  before(async () => void (dir = await mkdtemp(join(tmpdir(), "sluice-networks-"))));
  after(() => rm(dir, { recursive: true }));
  const alive = async () => true;
  const dead = async () => false;

  test("instances get different networks, the same one gets its own again", async () => {
    const one = await claimNetwork(dir, "/i/one", alive);
    const same = await claimNetwork(dir, "/i/one", alive);
    assert.deepEqual(same, one);
    // Owners whose first choice is equal: 31 * "c" + "!" is 31 * "b" + "@".
    const first = await claimNetwork(dir, "b@", alive);
    const second = await claimNetwork(dir, "c!", alive);
    assert.equal(second.octet, first.octet + 1);
    for (const network of [one, first, second]) await releaseNetwork(dir, network);
    assert.deepEqual(await readdir(dir), []);
  });

  test("a claim is taken over only when it is old and its owner is gone", async () => {
    const { octet } = await claimNetwork(dir, "b@", alive);
    const claim = () =>
      claimNetwork(dir, "c!", dead).then((network) => releaseNetwork(dir, network).then(() => network.octet));
    assert.notEqual(await claim(), octet);
    await utimes(join(dir, String(octet)), 0, 0);
    assert.equal(await claim(), octet);
  });
});

const images: [string, string, boolean][] = [
  ["ghcr.io/sluice/source-controller:v0.1.0", "source-controller", true],
  ["registry.local:5000/mirror/kustomize-controller@sha256:00", "kustomize-controller", true],
  ["source-controller", "source-controller", true],
  ["nginx:1.27", "nginx", false],
  ["constructor", "constructor", false],
];
for (const [reference, name, known] of images)
  test(`${reference} ${known ? "runs" : "does not run"} as a process`, () =>
    assert.deepEqual([nameOfImage(reference), imageOf(reference) !== undefined], [name, known]));
