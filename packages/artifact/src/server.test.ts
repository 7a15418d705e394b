import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, symlink, truncate, writeFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type ArtifactServer, serveStore } from "./server.ts";
import { openStore } from "./store.ts";
import { scratch } from "./testdata/scratch.ts";

const base = scratch();
const root = join(base, "root");
let server: ArtifactServer;
const path = "/gitrepository/flux-system/app/0123abcd.tar.gz";
const directory = "gitrepository/flux-system/app";

before(async () => {
  await mkdir(join(root, directory), { recursive: true });
  await writeFile(join(root, path), "0123456789");
  await symlink("0123abcd.tar.gz", join(root, directory, "latest.tar.gz"));
  await writeFile(join(base, "secret.tar.gz"), "secret");
  await symlink("../../../../secret.tar.gz", join(root, directory, "out.tar.gz"));
  await symlink(base, join(root, "gitrepository/flux-system/outside"));
  await symlink("self.tar.gz", join(root, directory, "self.tar.gz"));
  await mkdir(join(root, directory, "directory.tar.gz"));
  await mkdir(join(root, ".tmp/a/b"), { recursive: true });
  await writeFile(join(root, ".tmp/a/b/hidden"), "hidden");
  server = await serveStore(root, { host: "127.0.0.1", port: 0 });
});
after(() => server.close());

/** Sends the target as it is: fetch would tidy it up. */
async function ask(target: string, method = "GET", headers: Record<string, string> = {}) {
  const sent = request({
    host: "127.0.0.1",
    port: server.port,
    path: target,
    method,
    headers,
    agent: false,
  }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  let body = "";
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, headers: response.headers, body };
}

describe("the file server", () => {
  test("sends a file with its digest as the tag", async () => {
    const { status, headers, body } = await ask(path);
    assert.deepEqual([status, body], [200, "0123456789"]);
    assert.equal(headers.etag, '"sha256:84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882"');
    assert.equal(headers["content-length"], "10");
    assert.equal((await ask(path, "GET", { "if-none-match": headers.etag })).status, 304);
  });

  test("sends a part of it", async () => {
    const { status, headers, body } = await ask(path, "GET", { range: "bytes=2-4" });
    assert.deepEqual([status, body, headers["content-range"]], [206, "234", "bytes 2-4/10"]);
    assert.equal((await ask(path, "GET", { range: "bytes=99-" })).status, 416);
  });

  test("describes it without sending it", async () => {
    const { status, headers, body } = await ask(path, "HEAD");
    assert.deepEqual([status, body, headers["content-length"]], [200, "", "10"]);
  });

  test("follows the link to the newest, and ignores a query", async () => {
    assert.equal((await ask(`/${directory}/latest.tar.gz?x=/../..`)).body, "0123456789");
  });

  test("decodes a path once", async () => {
    assert.equal((await ask(path.replace("app", "%61pp"))).status, 200);
    assert.equal((await ask(path.replace("app", "%2561pp"))).status, 404);
  });

  test("tells a probe at the root that it is there, and nothing else", async () => {
    const { status, body } = await ask("/");
    assert.deepEqual([status, body], [200, "200\n"]);
  });

  const missing: Record<string, string> = {
    "a file that is not there": `/${directory}/ffff.tar.gz`,
    "a directory": `/${directory}`,
    "a directory with a slash": `/${directory}/`,
    "a directory with a file's name": `/${directory}/directory.tar.gz`,
    dots: `/${directory}/../../../../secret.tar.gz`,
    "dots that lead back in": `/${directory}/../app/0123abcd.tar.gz`,
    "encoded dots": "/gitrepository/%2e%2e/%2e%2e/secret.tar.gz",
    "encoded slashes": "/gitrepository/flux-system/..%2f..%2f..%2fsecret.tar.gz",
    "an encoded slash that leads nowhere else": "/gitrepository/flux-system%2fapp/0123abcd.tar.gz/",
    "twice encoded dots": "/gitrepository/%252e%252e/%252e%252e/secret.tar.gz",
    "overlong UTF-8 dots": "/gitrepository/%c0%ae%c0%ae/x/secret.tar.gz",
    backslashes: "/gitrepository/..\\..\\secret.tar.gz/x/y",
    "a NUL": `${path}%00`,
    "a NUL in the middle": `/${directory}/0123%00abcd.tar.gz`,
    "broken encoding": `/${directory}/%zz`,
    "a symlink to a file outside": `/${directory}/out.tar.gz`,
    "a symlink to a directory outside": "/gitrepository/flux-system/outside/secret.tar.gz",
    "a symlink to itself": `/${directory}/self.tar.gz`,
    "hidden files": "/.tmp/a/b/hidden",
    "no path": "*",
    "a path of another host": "http://example.com/x",
  };
  for (const [what, target] of Object.entries(missing)) {
    test(`has nothing at ${what}`, async () => {
      const { status, body } = await ask(target);
      assert.deepEqual([status, body], [404, "404\n"]);
    });
  }

  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    test(`refuses ${method}`, async () => {
      const { status, headers } = await ask(path, method);
      assert.deepEqual([status, headers.allow], [405, "GET, HEAD"]);
    });
  }

  test("refuses oversized headers", async () => {
    assert.equal((await ask(path, "GET", { "x-large": "x".repeat(20_000) })).status, 431);
  });

  test("survives nonsense and goes on", async () => {
    const socket = connect(server.port, "127.0.0.1");
    socket.end("nonsense\r\n\r\n");
    socket.resume();
    await once(socket, "close");
    assert.equal((await ask(path)).status, 200);
  });
});

describe("a download in progress", () => {
  const size = 48 << 20;

  /** A store with one large artifact of which a client has read the beginning and then paused. */
  async function paused(t: { after(work: () => unknown): void }) {
    const dir = await mkdtemp(join(base, "large-"));
    const store = openStore(dir, { hostname: "h", retentionTtlMs: 0, retentionRecords: 1 });
    const large = await serveStore(store, { host: "127.0.0.1", port: 0 });
    t.after(() => large.close());
    const write = (file: string) =>
      writeFile(file, "")
        .then(() => truncate(file, size))
        .then(() => undefined);
    const object = { kind: "bucket", namespace: "a", name: "b" };
    const artifact = await store.put({ ...object, revision: "sha1:0123abcd", write });
    const sent = request({
      host: "127.0.0.1",
      port: large.port,
      path: `/${artifact.path}`,
      agent: false,
    }).end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    await once(response, "readable");
    return { store, large, object, artifact, response };
  }

  test("goes on when its artifact is replaced and collected, or removed", async (t) => {
    const { store, object, artifact, response } = await paused(t);
    const newer = await store.put({
      ...object,
      revision: "sha1:4567ef01",
      write: (file) => writeFile(file, "new").then(() => undefined),
    });
    assert.deepEqual(await store.collectGarbage("bucket", "a", "b", newer), [artifact.path]);
    assert.equal(await store.verify(artifact), "missing");
    await store.remove("bucket", "a", "b");
    let received = 0;
    for await (const chunk of response) received += chunk.length;
    assert.equal(received, size);
  });

  test("is finished before the server closes", async (t) => {
    const { large, response } = await paused(t);
    const closed = large.close();
    let received = 0;
    for await (const chunk of response) received += chunk.length;
    await closed;
    assert.equal(received, size);
    await assert.rejects(fetch(large.url));
  });

  test("that the client gives up leaves the server well", async (t) => {
    const { large, artifact, response } = await paused(t);
    response.destroy();
    const head = await fetch(`${large.url}/${artifact.path}`, { method: "HEAD" });
    assert.equal(head.headers.get("content-length"), String(size));
  });
});

test("a port that is taken is an error", async () => {
  await assert.rejects(serveStore(root, { host: "127.0.0.1", port: server.port }), { code: "EADDRINUSE" });
});
