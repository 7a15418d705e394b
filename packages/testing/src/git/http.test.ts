import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { createAuthority } from "@sluice/x509";
import { type GitServer, startGitServer } from "./http.ts";
import { gitEnvironment } from "./run.ts";

const run = promisify(execFile);
const git = (args: string[], cwd: string) => run("git", args, { cwd, env: gitEnvironment() });

describe("git server", () => {
  let server: GitServer;
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "sluice-testing-"));
    server = await startGitServer();
  });
  after(async () => {
    await server.close();
    await rm(dir, { recursive: true });
  });

  it("serves what was committed: text, executables, links, deletions", async () => {
    await server.createRepo("org/app", {
      files: { "a.txt": "one", "sub/run": { executable: "#!" }, l: { link: "a.txt" } },
    });
    const second = await server.commit("org/app", { files: { "b.txt": "two" }, delete: ["a.txt"] });
    await git(["clone", "-q", server.url("org/app"), "clone"], dir);
    const head = (await git(["rev-parse", "HEAD"], join(dir, "clone"))).stdout.trim();
    assert.equal(head, second);
    assert.equal(await readFile(join(dir, "clone/b.txt"), "utf8"), "two");
    assert.equal(await readlink(join(dir, "clone/l")), "a.txt");
    assert.equal((await stat(join(dir, "clone/sub/run"))).mode & 0o100, 0o100);
    await assert.rejects(stat(join(dir, "clone/a.txt")));
  });

  it("counts advertisements, listings and fetches", async () => {
    await server.createRepo("counted", { files: { a: "1" } });
    server.resetStats();
    await git(["ls-remote", server.url("counted")], dir);
    const { advertisements, listings, fetches } = server.stats();
    assert.deepEqual({ advertisements, listings, fetches }, { advertisements: 1, listings: 1, fetches: 0 });
    await git(["clone", "-q", "--filter=blob:none", "--bare", server.url("counted"), "counted"], dir);
    assert.equal(server.stats().fetches, 1);
    assert.ok(server.stats().bytesOut > 100);
  });

  it("accepts pushes, and refuses them for a repository that is only served", async () => {
    await server.createRepo("pushed", { files: { a: "1" } });
    await git(["clone", "-q", server.url("pushed"), "pushed"], dir);
    await git(
      ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-q", "--allow-empty", "-m", "m"],
      join(dir, "pushed"),
    );
    await git(["push", "-q", "origin", "main"], join(dir, "pushed"));
    await server.serve(join(dir, "pushed"), "local");
    const listed = await git(["ls-remote", server.url("local"), "refs/heads/main"], dir);
    assert.match(listed.stdout, /^[0-9a-f]{40}\trefs\/heads\/main\n$/);
    const push = git(["push", "-q", server.url("local"), "main:other"], join(dir, "pushed"));
    await assert.rejects(push, /403|not permitted|unable to access/);
  });

  const faults: Record<string, [Parameters<GitServer["inject"]>[0], RegExp]> = {
    "a status": [{ status: 503 }, /error: 503/],
    "a cut connection": ["disconnect", /Empty reply|unable to access/],
  };
  for (const [name, [fault, message]] of Object.entries(faults)) {
    it(`fails on demand with ${name}, then works again`, async () => {
      await server.createRepo(`fault-${name.replaceAll(" ", "-")}`, { files: { a: "1" } });
      const url = server.url(`fault-${name.replaceAll(" ", "-")}`);
      server.inject(fault, { times: 1 });
      await assert.rejects(git(["ls-remote", url], dir), message);
      await git(["ls-remote", url], dir);
    });
  }

  it("asks for credentials", async () => {
    const guarded = await startGitServer({ repos: server.repos, auth: { username: "u", password: "p" } });
    await server.createRepo("guarded", { files: { a: "1" } });
    await assert.rejects(git(["ls-remote", guarded.url("guarded")], dir), /could not read Username/);
    await git(["ls-remote", guarded.url("guarded").replace("://", "://u:p@")], dir);
    assert.ok(guarded.stats().denied >= 1);
    await guarded.close();
  });

  it("speaks TLS with its own authority and wants a client certificate", async () => {
    const authority = createAuthority();
    const tls = { ...authority.server(["127.0.0.1", "localhost"]), clientCa: authority.cert };
    const secure = await startGitServer({ repos: server.repos, tls });
    const client = authority.client("someone");
    await writeFile(join(dir, "ca.pem"), authority.cert);
    await writeFile(join(dir, "c.pem"), client.cert);
    await writeFile(join(dir, "k.pem"), client.key);
    await server.createRepo("secure", { files: { a: "1" } });
    const ca = ["-c", "http.sslCAInfo=ca.pem"];
    const own = ["-c", "http.sslCert=c.pem", "-c", "http.sslKey=k.pem"];
    await git([...ca, ...own, "ls-remote", secure.url("secure")], dir);
    await assert.rejects(git([...ca, "ls-remote", secure.url("secure")], dir));
    await assert.rejects(
      git([...own, "ls-remote", secure.url("secure")], dir),
      /verification failed|certificate/,
    );
    await secure.close();
  });
});
