import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { eventually, openRepos, type Repos } from "@sluice/testing";
import { catFile, isGitFailure, runGit } from "./run.ts";
import { baseEnvironment } from "./session.ts";

describe("runGit", () => {
  let repos: Repos;
  let cwd: string;
  let scratch: string;
  let env: Record<string, string>;
  const signal = new AbortController().signal;
  before(async () => {
    scratch = mkdtempSync(join(tmpdir(), "sluice-git-run-"));
    repos = await openRepos();
    await repos.create("r", { files: { a: "1" } });
    await repos.commit("r", { files: { a: "2" } });
    cwd = repos.dirOf("r")?.dir ?? "";
    env = baseEnvironment(scratch, "/dev/null", process.env);
  });
  after(async () => {
    await repos.close();
    rmSync(scratch, { recursive: true });
  });

  /** A stand-in for git that runs this shell script. */
  const scripted = (script: string) => {
    const dir = mkdtempSync(join(scratch, "bin-"));
    writeFileSync(join(dir, "git"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(dir, "git"), 0o755);
    return { ...env, PATH: `${dir}:${env.PATH}` };
  };

  // git says nothing on stderr for these; simple-git by itself takes them for successes
  const silent: Record<string, string[]> = {
    "an unsigned commit that is asked for its signature": ["verify-commit", "--raw", "refs/heads/main"],
    "a commit that is no ancestor": ["merge-base", "--is-ancestor", "refs/heads/main", "refs/heads/main~1"],
    "a difference": ["diff", "--quiet", "refs/heads/main~1", "refs/heads/main"],
  };
  for (const [name, args] of Object.entries(silent)) {
    it(`fails for ${name}`, async () => {
      await assert.rejects(
        runGit(args, { cwd, env, signal }),
        (error) => isGitFailure(error) && error.exitCode === 1 && error.stderr === "",
      );
    });
  }
  it("fails when git was killed, whatever it had printed", async () => {
    const killed = scripted("echo half of the outp; kill -KILL $$");
    await assert.rejects(
      runGit(["status"], { cwd, env: killed, signal }),
      (error) => isGitFailure(error) && error.exitCode === null,
    );
  });
  it("fails when there is no git", async () => {
    await assert.rejects(runGit(["status"], { cwd, env: { ...env, PATH: scratch }, signal }), isGitFailure);
  });
  it("returns all of the output, also what comes after git's exit", async () => {
    const late = scripted("(sleep 0.2; echo late) & echo early");
    assert.equal(await runGit(["status"], { cwd, env: late, signal }), "early\nlate\n");
  });
  it("returns bytes as they are", async () => {
    await repos.commit("r", { files: { bytes: Buffer.from([0, 255, 254, 10]) } });
    const bytes = await catFile(["blob", "refs/heads/main:bytes"], { cwd, env, signal });
    assert.deepEqual([...bytes], [0, 255, 254, 10]);
  });
  it("gives git its input", async () => {
    const output = await runGit(["hash-object", "--stdin"], { cwd, env, signal, input: "x" });
    assert.equal(
      output.trim(),
      execFileSync("git", ["hash-object", "--stdin"], { input: "x" }).toString().trim(),
    );
  });
  it("hands git no variable of its own process", async () => {
    process.env.SLUICE_TEST_LEAK = "1";
    const output = await runGit(["x"], { cwd, env: scripted("env"), signal });
    delete process.env.SLUICE_TEST_LEAK;
    assert.ok(!output.includes("SLUICE_TEST_LEAK"));
    const names = output.split("\n").map((line) => line.split("=")[0]);
    assert.ok(
      names.includes("GIT_CONFIG_NOSYSTEM") &&
        !names.includes("SSH_AUTH_SOCK") &&
        !names.includes("GIT_ASKPASS"),
    );
  });
  it("stops git when it prints too much", async () => {
    const endless = scripted("yes");
    await assert.rejects(runGit(["x"], { cwd, env: endless, signal, maxOutput: 100_000 }), {
      code: "too-large",
    });
  });
  it("does not start git when the signal has fired already", async () => {
    await assert.rejects(
      runGit(["x"], { cwd, env: scripted("touch started"), signal: AbortSignal.abort() }),
      { code: "aborted" },
    );
    assert.throws(() => execFileSync("test", ["-e", join(cwd, "started")]));
  });

  it("ends the one that was aborted, not its neighbour", async () => {
    const dir = mkdtempSync(join(scratch, "slow-"));
    const slow = scripted(
      `echo begin; touch "${dir}/$1"; until [ -e "${dir}/go" ]; do sleep 0.05; done; echo end`,
    );
    const stop = new AbortController();
    const stopped = runGit(["first"], { cwd, env: slow, signal: stop.signal });
    const neighbour = runGit(["second"], { cwd, env: slow, signal });
    await eventually(() => ["first", "second"].every((name) => existsSync(join(dir, name))));
    stop.abort();
    await assert.rejects(stopped, { code: "aborted" });
    writeFileSync(join(dir, "go"), "");
    assert.equal(await neighbour, "begin\nend\n");
  });

  const reasons: Record<string, [Error | undefined, string]> = {
    "an abort": [undefined, "aborted"],
    "a timeout": [new DOMException("over", "TimeoutError"), "timeout"],
  };
  for (const [name, [reason, code]] of Object.entries(reasons)) {
    it(`ends git and its helpers on ${name}, even those that do not listen`, async () => {
      const pidFile = join(mkdtempSync(join(scratch, "pid-")), "pid");
      const stubborn = scripted(
        `trap '' TERM INT\nsh -c 'trap "" TERM INT; echo $$ > ${pidFile}; exec sleep 60' &\nwait; wait`,
      );
      const stop = new AbortController();
      const ended = assert.rejects(runGit(["x"], { cwd, env: stubborn, signal: stop.signal }), { code });
      const helper = await eventually(() => Number(readFileSync(pidFile, "utf8")));
      stop.abort(reason);
      await ended;
      await eventually(() => {
        try {
          process.kill(helper, 0);
          return false;
        } catch {
          return true;
        }
      });
    });
  }
});
