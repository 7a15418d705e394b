import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type GitRepository, kinds } from "@sluice/api";
import {
  applier,
  conditionOf,
  configMap,
  configMaps,
  failing,
  openStage,
  ready,
  type Stage,
  source,
  told,
} from "../harness.ts";

const { gitRepository, kustomization } = kinds;

/** Breaks something, sees it said in the right place, mends it, and sees the object recover without a restart. */
describe("what goes wrong is said, and heals", () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ flags: { "kustomize-controller": ["--artifact-max-size=100000"] } });
  });
  after(() => stage.close());

  const untilWarned = (name: string, reason: string) => told(stage, name, reason, "Warning");

  test("broken YAML: BuildFailed with file and line, then a fix is applied", async () => {
    await stage.git.createRepo("broken", {
      files: { "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: [broken\n" },
    });
    await stage.apply(source(stage, "broken"));
    await stage.apply(applier("broken", "broken"));
    const failed = await stage.until(kustomization, "broken", failing("BuildFailed", /a\.yaml/));
    assert.match(conditionOf(failed)!.message, /a\.yaml:\d+/);
    await untilWarned("broken", "BuildFailed");
    const fixed = await stage.git.commit("broken", { files: { "a.yaml": configMap("broken", { v: "1" }) } });
    await stage.request(gitRepository, "broken");
    await stage.until(kustomization, "broken", ready(fixed));
  });

  test("a missing path: ArtifactFailed names it", async () => {
    await stage.git.createRepo("path", { files: { "here/a.yaml": configMap("path", { v: "1" }) } });
    await stage.apply(source(stage, "path"));
    await stage.apply(applier("path", "path", { path: "./nowhere" }));
    await stage.until(kustomization, "path", failing("ArtifactFailed", /nowhere/));
    await untilWarned("path", "ArtifactFailed");
    await stage.apply(applier("path", "path", { path: "./here" }));
    await stage.until(kustomization, "path", ready());
  });

  test("an unknown branch: GitOperationFailed on Ready and FetchFailed", async () => {
    await stage.git.createRepo("ref", { files: { "a.yaml": configMap("ref", { v: "1" }) } });
    await stage.apply(source(stage, "ref", { ref: { branch: "nope" } }));
    const failed = await stage.until(gitRepository, "ref", failing("GitOperationFailed", /nope/));
    assert.equal(conditionOf(failed, "FetchFailed")?.status, "True");
    await untilWarned("ref", "GitOperationFailed");
    await stage.apply(source(stage, "ref", { ref: { branch: "main" } }));
    const healed = await stage.until(gitRepository, "ref", ready());
    assert.equal(conditionOf(healed, "FetchFailed"), undefined);
  });

  test("an unreachable server: GitOperationFailed, and recovery by itself", async () => {
    await stage.git.createRepo("down", { files: { "a.yaml": configMap("down", { v: "1" }) } });
    stage.git.inject({ status: 503 });
    await stage.apply(source(stage, "down"));
    await stage.until(gitRepository, "down", failing("GitOperationFailed", /./));
    stage.git.inject();
    await stage.until(gitRepository, "down", ready());
  });

  test("a missing secret: AuthenticationFailed says which", async () => {
    await stage.git.createRepo("secret", { files: { "a.yaml": configMap("secret", { v: "1" }) } });
    await stage.apply(source(stage, "secret", { secretRef: { name: "absent" } }));
    await stage.until(gitRepository, "secret", failing("AuthenticationFailed", /flux-system\/absent/));
    await stage.apply({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "absent", namespace: "flux-system" },
      stringData: { username: "git", password: "s3cr3t-never-shown" },
    });
    await stage.until(gitRepository, "secret", ready());
    const logs = await readFile(stage.world.processes.logFile("source-controller"), "utf8");
    assert.ok(!logs.includes("s3cr3t-never-shown"), "a password is in the log");
  });

  test("a tampered artifact is not applied, and is built again", async () => {
    const commit = await stage.git.createRepo("digest", {
      files: { "a.yaml": configMap("digest", { v: "1" }) },
    });
    await stage.apply(source(stage, "digest", { interval: "1h" })); // its next look would mend it
    const repo = await stage.until<GitRepository>(gitRepository, "digest", ready(commit));
    const file = join(stage.world.dir, "artifacts", repo.status!.artifact!.path);
    await writeFile(file, "not what the digest says");
    await stage.apply(applier("digest", "digest"));
    const failed = await stage.until(kustomization, "digest", failing("ArtifactFailed", /digest/));
    assert.doesNotMatch(conditionOf(failed)!.message, /stack|undefined/);
    assert.equal(await stage.get(configMaps, "digest", "default"), undefined);
    await stage.request(gitRepository, "digest");
    await stage.until(kustomization, "digest", ready(commit));
  });

  test("an artifact that is gone: waits for the source, then goes on", async () => {
    const commit = await stage.git.createRepo("lost", { files: { "a.yaml": configMap("lost", { v: "1" }) } });
    await stage.apply(source(stage, "lost", { interval: "1h" }));
    const repo = await stage.until<GitRepository>(gitRepository, "lost", ready(commit));
    // Times in a status have whole seconds: an artifact that is built again in the same one would look unchanged.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await rm(join(stage.world.dir, "artifacts", repo.status!.artifact!.path));
    await stage.apply(applier("lost", "lost"));
    await stage.until(kustomization, "lost", failing("ArtifactFailed", /not found/));
    await stage.request(gitRepository, "lost");
    await stage.until(kustomization, "lost", ready(commit));
  });

  test("an oversized artifact: refused with its limit, then a smaller one is applied", async () => {
    const noise = randomBytes(200_000).toString("base64");
    await stage.git.createRepo("huge", {
      files: { "a.yaml": configMap("huge", { v: "1" }), "noise.txt": noise },
    });
    await stage.apply(source(stage, "huge"));
    await stage.apply(applier("huge", "huge"));
    await stage.until(kustomization, "huge", failing("ArtifactFailed", /limit is 100000|100000/));
    const fixed = await stage.git.commit("huge", { delete: ["noise.txt"] });
    await stage.request(gitRepository, "huge");
    await stage.until(kustomization, "huge", ready(fixed));
  });

  test("an object that the API server refuses: every bad one is named with its file", async () => {
    const bad = (name: string) =>
      JSON.stringify({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace: "default" },
        data: { key: { not: "a string" } },
      });
    await stage.git.createRepo("refused", {
      files: {
        "one.yaml": bad("one"),
        "two.yaml": bad("two"),
        "good.yaml": configMap("refused-good", { v: "1" }),
      },
    });
    await stage.apply(source(stage, "refused"));
    await stage.apply(applier("refused", "refused"));
    const failed = await stage.until(kustomization, "refused", failing("ReconciliationFailed", /one/));
    assert.match(conditionOf(failed)!.message, /one\.yaml[\s\S]*two\.yaml/);
    const fixed = await stage.git.commit("refused", {
      files: { "one.yaml": configMap("one", { v: "1" }) },
      delete: ["two.yaml"],
    });
    await stage.request(gitRepository, "refused");
    await stage.until(kustomization, "refused", ready(fixed));
  });

  test("a missing source: says so, and starts the moment it is there", async () => {
    await stage.git.createRepo("late", { files: { "a.yaml": configMap("late", { v: "1" }) } });
    await stage.apply(applier("late", "late", { interval: "1h" }));
    await stage.until(kustomization, "late", failing("ArtifactFailed", /not found/));
    await stage.apply(source(stage, "late"));
    await stage.until(kustomization, "late", ready());
  });

  test("an unknown field of a kustomization is an error that names file and line", async () => {
    await stage.git.createRepo("field", {
      files: {
        "kustomization.yaml": "resources:\n  - a.yaml\nnamePrefx: x-\n",
        "a.yaml": configMap("field", { v: "1" }),
      },
    });
    await stage.apply(source(stage, "field"));
    await stage.apply(applier("field", "field"));
    await stage.until(kustomization, "field", failing("BuildFailed", /kustomization\.yaml:3.*namePrefx/s));
  });
});
