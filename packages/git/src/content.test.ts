import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Files, type GitServer, startGitServer } from "@sluice/testing";
import { kit, soon } from "./harness.fixture.ts";

const main = { branch: "main" };
const basic = { username: "ada", password: "hunter2-hunter2" };

describe("hostile repositories", () => {
  const { dir, checkout } = kit(after);
  let server: GitServer;
  let blob: string;
  before(async () => {
    server = await startGitServer();
    await server.createRepo("r", { files: { a: "1" } });
    blob = await server.git("r", ["hash-object", "-w", "--stdin"], "evil");
  });
  after(() => server.close());

  /** Commits a tree that git itself would never write: rows of mode, name and object. */
  const commitTree = async (...rows: [mode: string, name: string, object: string][]) => {
    const parts = rows.flatMap(([mode, name, object]) => [
      Buffer.from(`${mode} ${name}\0`),
      Buffer.from(object, "hex"),
    ]);
    const tree = await server.git(
      "r",
      ["hash-object", "-t", "tree", "-w", "--stdin", "--literally"],
      Buffer.concat(parts),
    );
    return { tree, commit: await server.git("r", ["commit-tree", "-m", "evil", tree]) };
  };
  const link = () => server.git("r", ["hash-object", "-w", "--stdin"], dir);

  const rows: Record<string, () => Promise<{ commit: string }>> = {
    "a .git directory": async () =>
      commitTree(["40000", ".git", (await commitTree(["100644", "config", blob])).tree]),
    "a .GIT directory": async () =>
      commitTree(["40000", ".GIT", (await commitTree(["100644", "config", blob])).tree]),
    "a climbing directory": async () =>
      commitTree(["40000", "..", (await commitTree(["100644", "evil", blob])).tree]),
    "a name with slashes": () => commitTree(["100644", "../evil", blob]),
    "a link and a directory of one name": async () =>
      commitTree(
        ["120000", "x", await link()],
        ["40000", "x", (await commitTree(["100644", "evil", blob])).tree],
      ),
    "a file twice": () => commitTree(["100644", "x", blob], ["100644", "x", blob]),
  };
  for (const [name, make] of Object.entries(rows)) {
    it(`are refused for ${name}`, async () => {
      const { commit } = await make();
      await server.git("r", ["update-ref", "refs/heads/evil", commit]);
      await assert.rejects(checkout(server.url("r"), { branch: "evil" }), { code: "bad-repository" });
      assert.equal(existsSync(join(dir, "evil")), false);
    });
  }
  it("may have links that lead outside: they are written as links, never followed", async () => {
    await server.commit("r", {
      branch: "links",
      files: { out: { link: "../../../etc" }, abs: { link: "/etc/passwd" } },
    });
    const { tree } = await checkout(server.url("r"), { branch: "links" });
    assert.deepEqual(tree, { out: "-> ../../../etc", abs: "-> /etc/passwd" });
  });
  it("may name filters, hooks and attributes: none of them takes effect", async () => {
    const files = {
      ".gitattributes": "* filter=evil\n",
      ".gitconfig": "x",
      x: "1",
      "hooks/post-checkout": { executable: "exit 1" },
    };
    await server.commit("r", { branch: "filters", files });
    assert.equal((await checkout(server.url("r"), { branch: "filters" })).tree.x, "1");
  });
});

describe("submodules", () => {
  const { checkout, open, newDir } = kit(after);
  let server: GitServer;
  let elsewhere: GitServer;
  let inner: string;
  let lib: string;
  before(async () => {
    server = await startGitServer({ auth: basic });
    elsewhere = await startGitServer();
    inner = await server.createRepo("org/inner", { files: { deep: "down" } });
    const nested = {
      ".gitmodules": modules({ inner: "../inner" }),
      inner: { submodule: inner },
      code: "lib",
    };
    lib = await server.createRepo("org/lib", { files: nested });
    await server.commit("org/lib", { files: { code: "newer" } });
    const files = {
      ".gitmodules": modules({ "vendor/lib": "../lib.git" }),
      "vendor/lib": { submodule: lib },
      top: "app",
    };
    await server.createRepo("org/app", { files });
  });
  after(async () => {
    await server.close();
    await elsewhere.close();
  });
  const modules = (paths: Record<string, string>) =>
    Object.entries(paths)
      .map(([path, url]) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`)
      .join("");
  const take = (repo: string, options: Parameters<typeof checkout>[2] = {}) =>
    checkout(server.url(repo), main, { credentials: basic, submodules: true, ...options });

  it("are written at their commits, recursively, by relative addresses", async () => {
    const { tree, files } = await take("org/app");
    assert.equal(tree["vendor/lib/code"], "lib");
    assert.equal(tree["vendor/lib/inner/deep"], "down");
    assert.equal(tree.top, "app");
    assert.equal(files, 5);
    assert.ok(Object.keys(tree).every((path) => !/(^|\/)\.git(\/|$)/.test(path)));
  });
  it("stay empty directories unless they are asked for", async () => {
    const { tree } = await take("org/app", { submodules: false });
    assert.equal(tree["vendor/lib/"], "");
  });
  it("are left out when a sparse checkout leaves them out", async () => {
    assert.deepEqual(Object.keys((await take("org/app", { sparse: ["top"] })).tree), ["top"]);
    assert.equal((await take("org/app", { sparse: ["vendor"] })).tree["vendor/lib/code"], "lib");
  });
  it("stay empty when .gitmodules does not mention them", async () => {
    await server.createRepo("org/unmentioned", { files: { x: { submodule: inner }, y: "1" } });
    assert.deepEqual((await take("org/unmentioned")).tree, { "x/": "", y: "1" });
  });
  it("count towards the limits", async () => {
    const mirrors = open({ limits: { checkoutFiles: 4 } });
    await assert.rejects(take("org/app", { mirrors }), {
      code: "too-large",
      message: /submodule "vendor\/lib"/,
    });
  });
  it("survive a sweep with the repository that needs them", async () => {
    const mirrors = open({ at: newDir() });
    await take("org/app", { mirrors });
    server.resetStats();
    await mirrors.sweep(new Set([server.url("org/app")]), soon());
    await take("org/app", { mirrors });
    assert.equal(server.stats().fetches, 0);
  });
  it("do not get credentials on another host", async () => {
    const there = await elsewhere.createRepo("other", { files: { o: "1" } });
    const files = { ".gitmodules": modules({ o: elsewhere.url("other") }), o: { submodule: there } };
    await server.createRepo("org/abroad", { files });
    assert.equal((await take("org/abroad")).tree["o/o"], "1");
    assert.deepEqual(elsewhere.authorizations(), []);
  });

  const refused: Record<string, [string, string | undefined, string]> = {
    "at a local path": ["/etc", undefined, "bad-url"],
    "with a remote helper": ["ext::sh -c evil", undefined, "bad-url"],
    "with an option for a URL": ["-u./evil", undefined, "bad-url"],
    "that do not exist": ["../nope", undefined, "denied"],
    "at a commit that does not exist": ["../inner", "1".repeat(40), "ref-missing"],
  };
  for (const [name, [url, commit, code]] of Object.entries(refused)) {
    it(`are refused ${name}`, async () => {
      const repo = `org/bad-${name.replace(/\W/g, "-")}`;
      await server.createRepo(repo, {
        files: { ".gitmodules": modules({ m: url }), m: { submodule: commit ?? inner } },
      });
      await assert.rejects(take(repo), { code, message: /^submodule "m": / });
    });
  }
  it("are refused when they contain themselves without end", async () => {
    await server.createRepo("org/self", { files: { x: "1" } });
    let head = "";
    for (let n = 0; n < 12; n += 1) {
      const files: Files =
        n === 0 ? { n: "0" } : { ".gitmodules": modules({ me: "./" }), me: { submodule: head } };
      head = await server.commit("org/self", { files });
    }
    await assert.rejects(take("org/self"), { code: "too-large", message: /nested deeper than 10/ });
  });
  it("are refused when .gitmodules is malformed", async () => {
    await server.createRepo("org/malformed", {
      files: { ".gitmodules": "[submodule", m: { submodule: inner } },
    });
    await assert.rejects(take("org/malformed"), { code: "bad-repository", message: /\.gitmodules/ });
  });
});
