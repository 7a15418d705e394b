import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { eventually } from "@sluice/testing";
import { startWorld, type World, wordsOf } from "./thing.fixture.ts";

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.close());

/** Starts the controller as a process; addresses are free ports. */
function start(...flags: string[]) {
  const quiet = ["--metrics-addr=127.0.0.1:0", "--health-addr=127.0.0.1:0"];
  const env = { PATH: process.env.PATH, KUBECONFIG: world.kubeconfig, RUNTIME_NAMESPACE: "default" };
  const child = spawn(
    process.execPath,
    [`${import.meta.dirname}/thing-main.fixture.ts`, ...quiet, ...flags],
    { env },
  );
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk) => void (said.out += chunk));
  child.stderr.on("data", (chunk) => void (said.err += chunk));
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, said, code };
}

describe("the process of a controller", () => {
  const wrong: Record<string, [flags: string[], code: number, out: RegExp, err: RegExp]> = {
    "ends with 2 on an unknown flag": [
      ["--no-such-flag"],
      2,
      /^$/,
      /^thing-controller: unknown flag --no-such-flag; see thing-controller --help\n$/,
    ],
    "shows its flags, the common and its own": [["--help"], 0, /--hang[\s\S]*--log-level/, /^$/],
    "ends with 1 when an address is not free to take": [
      ["--health-addr=nowhere"],
      1,
      /^$/,
      /"nowhere\\" is not an address/,
    ],
    "ends with 1 when events cannot be posted anywhere": [
      ["--events-addr=notification-controller"],
      1,
      /^$/,
      /is not an http URL/,
    ],
  };
  for (const [name, [flags, code, out, err]] of Object.entries(wrong))
    it(name, async () => {
      const { said, code: ended } = start(...flags);
      assert.equal(await ended, code, said.err);
      assert.match(said.out, out);
      assert.match(said.err, err);
    });

  it("works, and ends with 0 after SIGTERM in the middle of a visit, without a word about it", async () => {
    world.create("web");
    const { child, said, code } = start("--hang");
    await eventually(() => said.out.includes("visiting"));
    child.kill("SIGTERM");
    assert.equal(await code, 0, said.err);
    assert.ok(!wordsOf(world.get("web")).some((words) => /Ready=(True|False)/.test(words)));
    const lines = said.err
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.ok(
      lines.every(({ level, ts, msg }) => level === "info" && ts && msg),
      said.err,
    );
  });

  it("warns of a feature gate that it does not know, and works", async () => {
    const { child, said, code } = start("--feature-gates=NoSuchGate=true");
    await eventually(() => wordsOf(world.get("web")).includes("Ready=True ReconciliationSucceeded: ok"));
    child.kill("SIGINT");
    assert.equal(await code, 0);
    assert.match(said.err, /feature gate \\"NoSuchGate\\" is unknown here/);
  });
});
