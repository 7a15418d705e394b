import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { isRunning, startDetached, stopProcess, tailOf } from "./processes.ts";

describe("processes", () => {
  let dir: string;
  before(async () => void (dir = await mkdtemp(join(tmpdir(), "sluice-processes-"))));
  after(() => rm(dir, { recursive: true }));
  const shell = (script: string) =>
    startDetached({ name: "it", program: "/bin/sh", args: ["-c", script], log: join(dir, "logs/it.log") });

  test("one that is asked to end is gone afterwards", async () => {
    const it = await shell("exec sleep 60");
    assert.equal(await isRunning(it), true);
    await stopProcess(it);
    assert.equal(await isRunning(it), false);
  });

  test("one that does not listen is killed", async () => {
    const it = await shell("trap '' TERM; while true; do sleep 0.05; done");
    await stopProcess(it, 100);
    assert.equal(await isRunning(it), false);
  });

  test("another one with the same id is let alone", async () => {
    const it = await shell("exec sleep 60");
    await stopProcess({ ...it, started: "1" });
    assert.equal(await isRunning(it), true);
    await stopProcess(it);
  });

  test("the end of a log is shown", async () => {
    const it = await shell("printf 'one\\ntwo\\nthree\\n'");
    await stopProcess(it);
    assert.match(await tailOf(it.log, 2), /^(two\nthree)?$/);
  });

  test("a program that does not exist is an error", () =>
    assert.rejects(
      startDetached({ name: "it", program: "/no/such", args: [], log: join(dir, "no.log") }),
      /ENOENT/,
    ));
});
