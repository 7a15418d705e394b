import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { type ArtifactErrorCode, isArtifactError } from "./errors.ts";
import { downloadArtifact, type Fetchable, type FetchOptions, fetchArtifact } from "./fetch.ts";
import { packDirectory } from "./pack.ts";
import { serveStore } from "./server.ts";
import { openStore } from "./store.ts";
import { scratch } from "./testdata/scratch.ts";
import { file, tgz } from "./testdata/tar-builder.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const base = scratch();
let counter = 0;
let port: number;
let handlers: Handler[] = [];
let requests: IncomingMessage[] = [];
/** Answers with the handlers in turn; the last one stays. */
const server = createServer((request, response) => {
  requests.push(request);
  (handlers.length > 1 ? handlers.shift()! : handlers[0]!)(request, response);
});

before(async () => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  port = (server.address() as AddressInfo).port;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const archive = tgz(file("a.yaml", "hello"), file("b/c.yaml", "world"));
const digestOf = (bytes: Buffer, algorithm = "sha256") => createHash(algorithm).update(bytes).digest("hex");
const good: Handler = (_, response) =>
  response.writeHead(200, { "content-length": archive.length }).end(archive);
const chunked: Handler = (_, response) => {
  response.write(archive.subarray(0, 20));
  response.end(archive.subarray(20));
};
const status =
  (code: number): Handler =>
  (_, response) =>
    response.writeHead(code).end("no");
const hangUp: Handler = (request) => request.socket.destroy();
const breakOff: Handler = (_, response) => {
  response.writeHead(200, { "content-length": archive.length });
  response.write(archive.subarray(0, 20), () => response.destroy());
};
let stalls = false;
const stall: Handler = (_, response) => {
  stalls = true;
  response.writeHead(200);
  response.write(archive.subarray(0, 20));
};
/** Its time is over once the only piece of an answer that stalls has arrived, and never else, however slow the machine is. */
const idleTimer: FetchOptions["idleTimer"] = (giveUp) => {
  stalls = false;
  const timer = setTimeout(giveUp, 600_000);
  timer.refresh = () => {
    if (stalls) giveUp();
    return timer;
  };
  return timer;
};
const send =
  (bytes: Buffer): Handler =>
  (_, response) =>
    response.end(bytes);

function setUp(answers: Handler[]) {
  handlers = [...answers];
  requests = [];
  const parent = join(base, String(++counter));
  const artifact: Fetchable = {
    url: `http://127.0.0.1:${port}/gitrepository/a/b/c.tar.gz`,
    digest: `sha256:${digestOf(archive)}`,
    size: archive.length,
  };
  return { parent, dir: join(parent, "out"), artifact };
}

const quick: FetchOptions = { retries: 2, retryDelay: () => 1, idleMs: 30, idleTimer };

describe("fetches", () => {
  const rows: Record<
    string,
    [answers: Handler[], artifact: Partial<Fetchable>, attempts: number, options?: FetchOptions]
  > = {
    "an artifact": [[good], {}, 1],
    "an artifact of unknown length": [[chunked], { size: undefined }, 1],
    "an artifact whose digest is bare hex": [[good], { digest: digestOf(archive) }, 1],
    "an artifact with a SHA-512 digest": [[good], { digest: `sha512:${digestOf(archive, "sha512")}` }, 1],
    "after the server was overloaded": [[status(503), status(429), good], {}, 3],
    "after the connection was refused a word": [[hangUp, good], {}, 2],
    "after the connection broke off": [[breakOff, good], {}, 2],
    "after the server stopped sending": [[stall, good], {}, 2],
    "from where a redirect leads": [
      [(_, response) => response.writeHead(307, { location: "/elsewhere" }).end(), good],
      {},
      2,
    ],
    "from another host than the url says": [
      [good],
      { url: "http://source-controller.invalid/x" },
      1,
      { hostOverride: "port" },
    ],
  };
  for (const [sentence, [answers, changes, attempts, options]] of Object.entries(rows)) {
    test(sentence, async () => {
      const { parent, dir, artifact } = setUp(answers);
      const hostOverride = options?.hostOverride && `127.0.0.1:${port}`;
      const result = await fetchArtifact({ ...artifact, ...changes }, dir, {
        ...quick,
        ...options,
        hostOverride,
      });
      assert.deepEqual(result, { files: 2, bytes: 10 });
      assert.equal(await readFile(join(dir, "b/c.yaml"), "utf8"), "world");
      assert.deepEqual(await readdir(parent), ["out"]);
      assert.equal(requests.length, attempts);
    });
  }

  test("without letting anything compress on the way", async () => {
    const { dir, artifact } = setUp([good]);
    await fetchArtifact(artifact, dir, quick);
    assert.equal(requests[0]?.headers["accept-encoding"], "identity");
  });

  test("a file that is no tarball, as it is", async () => {
    const index = Buffer.from("apiVersion: v1\n");
    const { parent, artifact } = setUp([send(index)]);
    await mkdir(parent);
    const target = join(parent, "index.yaml");
    await downloadArtifact(
      { ...artifact, digest: `sha256:${digestOf(index)}`, size: index.length },
      target,
      quick,
    );
    assert.equal(await readFile(target, "utf8"), "apiVersion: v1\n");
  });

  test("what a store serves", async (t) => {
    const { parent, dir } = setUp([]);
    await mkdir(join(parent, "tree/a"), { recursive: true });
    const store = openStore(join(parent, "store"), { hostname: "h", retentionTtlMs: 0, retentionRecords: 2 });
    const files = await serveStore(store, { host: "127.0.0.1", port: 0 });
    t.after(() => files.close());
    const write = (path: string) => packDirectory(join(parent, "tree"), path);
    const artifact = await store.put({
      kind: "bucket",
      namespace: "a",
      name: "b",
      revision: "sha256:0123abcd",
      write,
    });
    await fetchArtifact(artifact, dir, { ...quick, hostOverride: `127.0.0.1:${files.port}` });
    assert.deepEqual(await readdir(dir), ["a"]);
  });
});

describe("gives up, and leaves nothing behind:", () => {
  const other = gzipSync("other");
  const rows: Record<
    string,
    [
      answers: Handler[],
      code: ArtifactErrorCode,
      message: RegExp,
      attempts: number,
      options?: FetchOptions & Partial<Fetchable>,
    ]
  > = {
    "at once when the artifact is gone": [[status(404)], "not-found", /c\.tar\.gz: .*404/, 1],
    "at once when it is gone for good": [[status(410)], "not-found", /410/, 1],
    "at once when access is denied": [[status(403)], "unreachable", /answers 403 Forbidden/, 1],
    "when the server goes on failing": [[status(500)], "unreachable", /500 .*\(3 attempts\)/, 3],
    "when the server goes on hanging up": [[hangUp], "unreachable", /\(3 attempts\)/, 3],
    "when the connection goes on breaking off": [[breakOff], "unreachable", /\(3 attempts\)/, 3],
    "when the server goes on stalling": [[stall], "timeout", /nothing received for 30 ms \(3 attempts\)/, 3],
    "at once when the file is another one": [
      [send(other)],
      "digest-mismatch",
      /not the announced one/,
      1,
      { size: undefined },
    ],
    "at once when the file has another size": [[send(other)], "digest-mismatch", /not the announced one/, 1],
    "at once when the file is longer than announced": [
      [send(Buffer.concat([archive, other]))],
      "digest-mismatch",
      /bytes/,
      1,
    ],
    "at once when the digest is none": [
      [good],
      "digest-mismatch",
      /digest "": sha256 needs 64/,
      0,
      { digest: "" },
    ],
    "at once when the algorithm is unknown": [
      [good],
      "digest-mismatch",
      /blake3/,
      0,
      { digest: "blake3:00" },
    ],
    "at once when it is larger than allowed": [
      [good],
      "too-large",
      /more than 50 bytes/,
      1,
      { maxBytes: 50 },
    ],
    "at once when it unpacks to more than allowed": [
      [good],
      "too-large",
      /unpacks to more/,
      1,
      { maxUnpackedBytes: 1000 },
    ],
    "at once when the url is none": [[good], "not-found", /not an http/, 0, { url: "file:///etc/passwd" }],
  };
  for (const [sentence, [answers, code, message, attempts, options]] of Object.entries(rows)) {
    test(sentence, async () => {
      const { parent, dir, artifact } = setUp(answers);
      const { url, digest, size, ...rest } = { ...artifact, ...options };
      await assert.rejects(fetchArtifact({ url, digest, size }, dir, { ...quick, ...rest }), (thrown) => {
        assert.ok(isArtifactError(thrown), String(thrown));
        assert.equal(thrown.code, code, thrown.message);
        assert.match(thrown.message, message);
        return true;
      });
      assert.deepEqual(await readdir(parent), []);
      assert.equal(requests.length, attempts);
    });
  }

  test("when the signal fires during a download", async () => {
    const controller = new AbortController();
    const { parent, dir, artifact } = setUp([
      (request, response) => {
        stall(request, response);
        controller.abort();
      },
    ]);
    await assert.rejects(fetchArtifact(artifact, dir, { ...quick, signal: controller.signal }), {
      code: "aborted",
    });
    assert.deepEqual(await readdir(parent), []);
  });

  test("when the signal fires between attempts", async () => {
    const controller = new AbortController();
    const { parent, dir, artifact } = setUp([status(503)]);
    const retryDelay = () => {
      setImmediate(() => controller.abort());
      return 60_000;
    };
    const refused = fetchArtifact(artifact, dir, { ...quick, retryDelay, signal: controller.signal });
    await assert.rejects(refused, { code: "aborted" });
    assert.deepEqual(await readdir(parent), []);
    assert.equal(requests.length, 1);
  });

  test("when nobody listens", async () => {
    const { dir, artifact } = setUp([good]);
    const url = "http://127.0.0.1:1/gitrepository/a/b/c.tar.gz";
    await assert.rejects(fetchArtifact({ ...artifact, url }, dir, quick), {
      code: "unreachable",
      message: /127\.0\.0\.1:1/,
    });
  });

  test("before unpacking what has the wrong digest", async () => {
    const evil = tgz(file("../evil"));
    const { parent, dir, artifact } = setUp([send(evil)]);
    await assert.rejects(fetchArtifact({ ...artifact, size: undefined }, dir, quick), {
      code: "digest-mismatch",
    });
    assert.deepEqual(await readdir(parent), []);
  });

  test("on a verified archive that is evil all the same", async () => {
    const evil = tgz(file("../evil"));
    const { parent, dir, artifact } = setUp([send(evil)]);
    const announced = { ...artifact, digest: digestOf(evil), size: evil.length };
    await assert.rejects(fetchArtifact(announced, dir, quick), { code: "unsafe-entry" });
    assert.deepEqual(await readdir(parent), []);
    assert.equal(requests.length, 1);
  });
});
