import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { eventually, type GitServer, startGitServer } from "@sluice/testing";
import { kit, soon, treeOf } from "./harness.fixture.ts";
import type { Ref } from "./types.ts";

const main = { branch: "main" };

describe("mirrors", () => {
  const { mirrors, open, checkout, resolve, newDir } = kit(after);
  let server: GitServer;
  let url: string;
  let first: string;
  let count = 0;
  before(async () => {
    server = await startGitServer();
  });
  after(() => server.close());
  beforeEach(async () => {
    count += 1;
    first = await server.createRepo(`r${count}`, {
      files: { "a.txt": "one\r\n", "bin/run": { executable: "!/bin/sh" }, "bin/link": { link: "../a.txt" } },
      message: "First\n\nBody\n",
    });
    url = server.url(`r${count}`);
    server.resetStats();
  });
  const repo = () => `r${count}`;
  const asked = () => eventually(() => server.stats().requests > 0);
  const roomsOf = (at: string) =>
    readdirSync(at)
      .map((key) => join(at, key, "tips.git"))
      .filter(existsSync);

  describe("checkout", () => {
    it("writes files, executables and links as they were committed, and no .git", async () => {
      const out = await checkout(url, main);
      assert.deepEqual(out.tree, { "a.txt": "one\r\n", "bin/run": "#!/bin/sh", "bin/link": "-> ../a.txt" });
      assert.equal(out.files, 3);
      assert.equal(out.message, "First\n\nBody\n");
      assert.equal(out.author.email, "ada@example.com");
      assert.match(out.committer.at, /^2026-01-01T\d\d:\d\d:00Z$/);
    });

    it("does not convert line endings, keywords or encodings, and runs no filter", async () => {
      const attributes =
        "* text eol=crlf ident\n*.lfs filter=lfs diff=lfs\n*.utf16 working-tree-encoding=UTF-16 text\n";
      const files = {
        ".gitattributes": attributes,
        a: "1\n$Id$\n",
        "b.lfs": "version https://git-lfs\n",
        "c.utf16": "x\n",
      };
      await server.commit(repo(), { files });
      const { tree } = await checkout(url, main);
      assert.deepEqual({ ...tree, ...files }, tree);
    });

    it("fetches once for many callers of one commit", async () => {
      const resolved = await resolve(url);
      await Promise.all(Array.from({ length: 8 }, () => checkout(url, main, { resolved })));
      assert.equal(server.stats().fetches, 1);
      await checkout(url, main, { resolved });
      assert.equal(server.stats().fetches, 1);
    });

    it("asks the server nothing for a commit that is mirrored and was resolved", async () => {
      await checkout(url, main);
      const resolved = await resolve(url);
      const { requests } = server.stats();
      await checkout(url, main, { resolved });
      assert.equal(server.stats().requests, requests);
    });

    it("fetches only what a new commit adds, without history", async () => {
      const noise = Buffer.from(Array.from({ length: 200_000 }, (_, n) => (n * n * 7919) % 251));
      for (let n = 0; n < 3; n += 1)
        await server.commit(repo(), { files: { [`big${n}`]: Buffer.concat([noise, Buffer.from([n])]) } });
      await checkout(url, main);
      server.resetStats();
      await server.commit(repo(), { files: { small: "x" } });
      const { tree } = await checkout(url, main);
      assert.equal(tree.small, "x");
      assert.equal(tree.big2?.length, (await checkout(url, main)).tree.big2?.length);
      assert.equal(server.stats().fetches, 1);
      assert.ok(server.stats().bytesOut < 4000, `${server.stats().bytesOut} bytes`);
    });

    it("goes on incrementally in a new process", async () => {
      const at = newDir();
      await checkout(url, main, { mirrors: open({ at }) });
      server.resetStats();
      const { tree } = await checkout(url, main, { mirrors: open({ at }) });
      assert.equal(tree["a.txt"], "one\r\n");
      assert.equal(server.stats().fetches, 0);
    });

    const refs: Record<string, [Ref, string]> = {
      "a branch": [{ branch: "side" }, "side"],
      "a light tag": [{ tag: "light" }, "tagged"],
      "an annotated tag": [{ tag: "v1.0.0" }, "tagged"],
      "a version": [{ semver: ">=1.0.0" }, "one.one"],
      "a pull request": [{ name: "refs/pull/7/head" }, "pull"],
      HEAD: [{ name: "HEAD" }, "head"],
    };
    for (const [name, [ref, expected]] of Object.entries(refs)) {
      it(`takes ${name}`, async () => {
        await server.commit(repo(), { files: { x: "side" }, branch: "side" });
        await server.commit(repo(), { files: { x: "tagged" } });
        await server.tag(repo(), "light");
        await server.tag(repo(), "v1.0.0", { message: "annotated" });
        await server.commit(repo(), { files: { x: "one.one" } });
        await server.tag(repo(), "v1.1.0", { message: "annotated" });
        const pull = await server.commit(repo(), { files: { x: "pull" }, branch: "tmp" });
        await server.git(repo(), ["update-ref", "refs/pull/7/head", pull]);
        await server.commit(repo(), { files: { x: "head" } });
        assert.equal((await checkout(url, ref)).tree.x, expected);
      });
    }

    it("gets the resolved commit although its branch has moved on, or was rewritten", async () => {
      const resolved = await resolve(url);
      await server.commit(repo(), { files: { "a.txt": "two" } });
      assert.equal((await checkout(url, main, { resolved })).tree["a.txt"], "one\r\n");
      const second = await resolve(url);
      await server.git(repo(), ["update-ref", "refs/heads/main", first]);
      assert.equal((await checkout(url, main, { resolved: second })).tree["a.txt"], "two");
    });

    it("writes a part of the tree", async () => {
      const { tree, files } = await checkout(url, main, { sparse: ["./bin/"] });
      assert.deepEqual(tree, { "bin/run": "#!/bin/sh", "bin/link": "-> ../a.txt" });
      assert.equal(files, 2);
    });
    it("says which part is not there", async () => {
      await assert.rejects(checkout(url, main, { sparse: ["bin", "nope"] }), {
        code: "ref-missing",
        message: /"nope"/,
      });
    });
    it("writes names that git would take for patterns or options", async () => {
      await server.commit(repo(), { files: { "[x]/*": "1", "--x": "2", ":(glob)y": "3", "ü ö\n": "4" } });
      const { tree } = await checkout(url, main, { sparse: ["[x]", "--x", ":(glob)y", "ü ö\n"] });
      assert.deepEqual(tree, { "[x]/*": "1", "--x": "2", ":(glob)y": "3", "ü ö\n": "4" });
    });
    it("writes nothing for an empty commit", async () => {
      await server.commit(repo(), { delete: ["a.txt", "bin"] });
      assert.deepEqual((await checkout(url, main)).tree, {});
    });
    it("refuses a directory that is not empty", async () => {
      const resolved = await resolve(url);
      const dir = newDir();
      writeFileSync(join(dir, "x"), "");
      const request = { url, ref: main, resolved, credentials: {}, dir, signal: soon() };
      await assert.rejects(mirrors.checkout(request), /is not empty/);
      assert.deepEqual(treeOf(dir), { x: "" });
    });
  });

  describe("pinned commits", () => {
    it("takes a commit at a tip without its history", async () => {
      await checkout(url, { commit: first });
      assert.equal(server.stats().fetches, 1);
    });
    it("takes a commit from the history of its branch, or of any", async () => {
      await server.commit(repo(), { files: { "a.txt": "two" } });
      assert.equal((await checkout(url, { commit: first, branch: "main" })).tree["a.txt"], "one\r\n");
      server.resetStats();
      assert.equal((await checkout(url, { commit: first.toUpperCase() })).tree["a.txt"], "one\r\n");
      assert.equal(server.stats().fetches, 0, "the tip that was listed vouches for it");
    });
    it("still finds it after the branch went on", async () => {
      await server.commit(repo(), { files: { "a.txt": "two" } });
      await checkout(url, { commit: first });
      const third = await server.commit(repo(), { files: { "a.txt": "three" } });
      await server.commit(repo(), { files: { "a.txt": "four" } });
      assert.equal((await checkout(url, { commit: third })).tree["a.txt"], "three");
    });
    it("follows branches that were renamed into directories", async () => {
      await server.commit(repo(), { files: { b: "1" }, branch: "x" });
      await server.commit(repo(), { files: { b: "2" }, branch: "x" });
      await checkout(url, { commit: await server.git(repo(), ["rev-parse", "x~1"]) });
      await server.git(repo(), ["branch", "-m", "x", "x/y"]);
      await server.commit(repo(), { files: { b: "3" }, branch: "x/y" });
      const { tree } = await checkout(url, { commit: await server.git(repo(), ["rev-parse", "x/y~1"]) });
      assert.equal(tree.b, "2");
    });
    const refused: Record<string, (hidden: string) => Ref> = {
      "that does not exist": () => ({ commit: "1".repeat(40) }),
      "of another branch": (hidden) => ({ commit: hidden, branch: "main" }),
      // such are the commits of forks on the large hosts: the server hands them out, but they are nobody's branch
      "that no branch or tag leads to": (hidden) => ({ commit: hidden }),
    };
    for (const [name, ref] of Object.entries(refused)) {
      it(`refuses a commit ${name}`, async () => {
        const hidden = await server.commit(repo(), { files: { x: "hidden" }, branch: "hidden" });
        await server.commit(repo(), { files: { "a.txt": "two" } });
        const wanted = ref(hidden);
        if (!wanted.branch) await server.git(repo(), ["update-ref", "-d", "refs/heads/hidden"]);
        await assert.rejects(checkout(url, wanted), {
          code: "ref-missing",
          message: /is not part of (any )?branch/,
        });
      });
    }
    it("refuses a commit that left the history when its branch was rewritten, although it is mirrored", async () => {
      const second = await server.commit(repo(), { files: { "a.txt": "two" } });
      await server.commit(repo(), { files: { "a.txt": "three" } });
      await checkout(url, { commit: second });
      await server.git(repo(), ["update-ref", "refs/heads/main", first]);
      await assert.rejects(checkout(url, { commit: second }), { code: "ref-missing" });
    });
  });

  describe("trouble", () => {
    it("recovers from a mirror that a crash left locked, or that is damaged", async () => {
      const at = newDir();
      await checkout(url, main, { mirrors: open({ at }) });
      const tips = roomsOf(at)[0] ?? "";
      await server.commit(repo(), { files: { "a.txt": "two" } });
      writeFileSync(join(tips, "shallow.lock"), "");
      assert.equal((await checkout(url, main, { mirrors: open({ at }) })).tree["a.txt"], "two");
      for (const name of readdirSync(join(tips, "objects", "pack")))
        rmSync(join(tips, "objects", "pack", name));
      await server.commit(repo(), { files: { "a.txt": "three" } });
      assert.equal((await checkout(url, main, { mirrors: open({ at }) })).tree["a.txt"], "three");
    });

    it("does not trust what a crash left in place of a commit", async () => {
      const at = newDir();
      const used = open({ at });
      const resolved = await used.resolve(url, main, {}, soon());
      const second = await server.commit(repo(), { files: { "a.txt": "two" } });
      await checkout(url, main, { mirrors: used });
      const wrong = ["update-ref", `refs/sluice/at/${resolved.commit}`, second];
      execFileSync("git", wrong, { cwd: roomsOf(at)[0] });
      const { tree } = await checkout(url, main, { mirrors: used, resolved });
      assert.equal(tree["a.txt"], "one\r\n");
    });

    it("makes a mirror anew that someone removed", async () => {
      const at = newDir();
      const used = open({ at });
      await checkout(url, main, { mirrors: used });
      for (const tips of roomsOf(at)) rmSync(tips, { recursive: true });
      assert.equal((await checkout(url, main, { mirrors: used })).tree["a.txt"], "one\r\n");
    });

    it("makes a damaged mirror anew even when the damage shows only while reading", async () => {
      const at = newDir();
      const used = open({ at });
      await checkout(url, main, { mirrors: used });
      const tips = roomsOf(at)[0] ?? "";
      const packs = join(tips, "objects", "pack");
      await server.commit(repo(), { files: { other: "x" } });
      await checkout(url, main, { mirrors: used });
      // the older pack has the file contents, the newer one the newest commit
      const blob = await server.git(repo(), ["rev-parse", "main:a.txt"]);
      for (const name of readdirSync(packs).filter((name) => name.endsWith(".idx"))) {
        const objects = execFileSync("git", ["show-index"], { input: readFileSync(join(packs, name)) });
        if (!objects.toString().includes(blob)) continue;
        for (const end of ["idx", "pack"]) rmSync(join(packs, name.replace("idx", end)));
      }
      await assert.rejects(checkout(url, main, { mirrors: used }), { code: "bad-repository" });
      assert.equal((await checkout(url, main, { mirrors: used })).tree.other, "x");
    });

    it("does not let one caller's timeout fail another's", async () => {
      const resolved = await resolve(url);
      server.resetStats();
      server.inject("hang", { times: 1, path: "info/refs" });
      const request = { url, ref: main, resolved, credentials: {} };
      const patience = new AbortController();
      const impatient = mirrors.checkout({ ...request, dir: newDir(), signal: patience.signal });
      await asked();
      const patient = mirrors.checkout({ ...request, dir: newDir(), signal: soon() });
      patience.abort(new DOMException("over", "TimeoutError"));
      await assert.rejects(impatient, { code: "timeout" });
      assert.equal((await patient).files, 3);
    });

    it("leaves the queue when its signal fires", async () => {
      const resolved = await resolve(url);
      server.resetStats();
      server.inject("hang", { times: 1, path: "info/refs" });
      const request = { url, ref: main, resolved, credentials: {} };
      const stop = new AbortController();
      const stuck = mirrors.checkout({ ...request, dir: newDir(), signal: stop.signal });
      await asked();
      const waiting = mirrors.checkout({ ...request, dir: newDir(), signal: AbortSignal.timeout(100) });
      await assert.rejects(waiting, { code: "timeout" });
      stop.abort();
      await assert.rejects(stuck, { code: "aborted" });
      assert.equal((await checkout(url, main, { resolved })).files, 3);
    });

    const faults: Record<string, [Parameters<GitServer["inject"]>[0], string]> = {
      "a server error": [{ status: 502 }, "unreachable"],
      "a cut connection": ["disconnect", "unreachable"],
      "a missing repository": [{ status: 404 }, "denied"],
      "a refusal": [{ status: 403 }, "denied"],
      "a request for credentials": [{ status: 401 }, "denied"],
      "a rate limit": [{ status: 429 }, "unreachable"],
    };
    for (const [name, [fault, code]] of Object.entries(faults)) {
      it(`calls ${name} "${code}"`, async () => {
        server.inject(fault);
        await assert.rejects(resolve(url), { code });
        server.inject();
      });
    }
    it("calls a server that nobody listens at unreachable", async () => {
      await assert.rejects(resolve("http://127.0.0.1:1/x"), { code: "unreachable" });
    });
    it("calls a web page no repository", async () => {
      server.inject({ status: 200, headers: { "Content-Type": "text/html" }, body: "<html>" });
      await assert.rejects(resolve(url), { code: "ref-missing", message: /the URL wrong/ });
      server.inject();
    });

    it("stops a fetch that brings too much", async () => {
      const noise = Buffer.alloc(6_000_000);
      for (let n = 0, x = 1; n < noise.length; n += 1) noise[n] = (x = (x * 48271) % 2147483647) & 255;
      await server.commit(repo(), { files: { noise } });
      const used = open({ limits: { fetchBytes: 1_000_000 } });
      await assert.rejects(checkout(url, main, { mirrors: used }), { code: "too-large" });
    });
    it("stops a checkout that is too large before it writes anything", async () => {
      const used = open({ limits: { checkoutFiles: 2 } });
      const resolved = await used.resolve(url, main, {}, soon());
      const dir = newDir();
      const request = { url, ref: main, resolved, credentials: {}, dir, signal: soon() };
      await assert.rejects(used.checkout(request), { code: "too-large" });
      assert.deepEqual(treeOf(dir), {});
    });
  });

  describe("sweep", () => {
    const mirrors = (at: string) => readdirSync(at).filter((name) => name.length === 40);

    it("drops the mirrors of URLs that nobody uses, and keeps the others", async () => {
      const at = newDir();
      const used = open({ at });
      await checkout(url, main, { mirrors: used });
      await server.createRepo(`other${count}`, { files: { b: "1" } });
      await checkout(server.url(`other${count}`), main, { mirrors: used });
      assert.equal(mirrors(at).length, 2);
      await used.sweep(new Set([url, "no url at all"]), soon());
      assert.equal(mirrors(at).length, 1);
      server.resetStats();
      await checkout(url, main, { mirrors: used });
      assert.equal(server.stats().fetches, 0);
      await used.sweep(new Set(), soon());
      assert.equal(mirrors(at).length, 0);
      assert.equal((await checkout(url, main, { mirrors: used })).files, 3);
    });

    it("packs a mirror of many fetches anew and lets go of old commits", async () => {
      const at = newDir();
      const used = open({ at });
      for (let n = 0; n < 26; n += 1) {
        await server.commit(repo(), { files: { n: `${n}` } });
        await checkout(url, main, { mirrors: used, sparse: ["n"] });
        if (n === 24) await used.sweep(new Set([url]), soon());
      }
      await used.sweep(new Set([url]), soon());
      const tips = join(at, mirrors(at)[0] ?? "", "tips.git");
      assert.equal(
        readdirSync(join(tips, "objects", "pack")).filter((name) => name.endsWith(".pack")).length < 5,
        true,
      );
      server.resetStats();
      assert.equal((await checkout(url, main, { mirrors: used })).tree.n, "25");
      assert.equal(server.stats().fetches, 0);
    });

    it("starts a mirror anew that is too large", async () => {
      const at = newDir();
      const used = open({ at, limits: { mirrorBytes: 10 } });
      await checkout(url, main, { mirrors: used });
      await used.sweep(new Set([url]), soon());
      assert.equal(existsSync(join(at, mirrors(at)[0] ?? "", "tips.git")), false);
      assert.equal((await checkout(url, main, { mirrors: used })).files, 3);
    });
  });
});
