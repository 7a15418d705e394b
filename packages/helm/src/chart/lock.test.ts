import assert from "node:assert/strict";
import { test } from "node:test";
import { checkLock, lockDigest, writeLock } from "./lock.ts";

const repository = "http://127.0.0.1:8799";
const asked = [
  { name: "redis", version: ">=1.0.0 <2", repository, condition: "redis.enabled", tags: ["a"] },
  {
    name: "redis",
    alias: "second",
    version: "2.x",
    repository,
    "import-values": [{ child: "a", parent: "b" }],
  },
  { name: "local", version: "*", repository: "file://local" },
  { name: "inner", version: "0.1" },
];
const locked = [
  { name: "redis", repository, version: "1.2.0" },
  { name: "redis", repository, version: "2.0.0" },
  { name: "local", repository: "file://local", version: "0.3.0" },
  { name: "inner", version: "0.1" },
];
/** What `helm dependency update` of Helm 4.2.4 wrote for them. */
const digest = "sha256:5b02a9d011ca38fb3e1068474b63c06fa99160f767861da76f28343eceefd2a8";

test("the digest of a lock is the one that Helm computes", () => {
  assert.equal(lockDigest(asked, locked), digest);
});

test("a lock is refused when the dependencies have changed since", () => {
  const generated = "2020-01-01T00:00:00Z";
  const chart = {
    metadata: { apiVersion: "v2", dependencies: asked },
    lock: { generated, digest, dependencies: locked },
  };
  checkLock(chart);
  const changed = { ...chart, metadata: { apiVersion: "v2", dependencies: asked.slice(1) } };
  assert.throws(() => checkLock(changed), {
    code: "bad-dependencies",
    message:
      "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies with 'helm dependency update'",
  });
  assert.throws(() => checkLock({ ...changed, metadata: { ...changed.metadata, apiVersion: "v1" } }), {
    message:
      "the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). Please update the dependencies",
  });
});

test("a lock that Helm 2 wrote holds for a chart of Helm 2", () => {
  const dependencies = [{ name: "a", version: "1.x", repository: "" }];
  const old = "sha256:f98fb1272a135808a076a2fb26d2c409600256de8e10e6d02a2d02cfccac80c1";
  const lock = { generated: "2020-01-01T00:00:00Z", digest: old, dependencies: [] };
  checkLock({ metadata: { apiVersion: "v1", dependencies }, lock });
  assert.throws(() => checkLock({ metadata: { apiVersion: "v2", dependencies }, lock }));
});

test("times are written as Go writes the ones it read", () => {
  const written = (generated: string) =>
    /generated: "(.*)"/.exec(writeLock({ generated, digest: "", dependencies: [] }))?.[1];
  assert.equal(written("2020-01-01T00:00:00.120300Z"), "2020-01-01T00:00:00.1203Z");
  assert.equal(written("2020-01-01T00:00:00.000+02:00"), "2020-01-01T00:00:00+02:00");
  assert.equal(written("2020-01-01T00:00:00+00:00"), "2020-01-01T00:00:00Z");
});
