import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { request } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { connect as connectTls } from "node:tls";
import { type Cluster, startCluster } from "../cluster.ts";

const CONFIGMAPS = "/api/v1/namespaces/default/configmaps";
const large = "x".repeat(20_000);

let cluster: Cluster;
let session: ClientHttp2Session;

function open(method: string, path: string, body?: object) {
  const headers = { ":method": method, ":path": path, authorization: `Bearer ${cluster.token}` };
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const stream = session.request(body ? { ...headers, "content-type": type } : headers);
  stream.end(body && JSON.stringify(body));
  return stream;
}

async function ask(method: string, path: string, body?: object) {
  const stream = open(method, path, body);
  const [headers] = await once(stream, "response");
  const text = Buffer.concat(await stream.toArray()).toString();
  return { status: headers[":status"] as number, headers, text };
}

describe("over HTTP/2, as Go's clients speak", () => {
  before(async () => {
    cluster = await startCluster({ simulate: false });
    session = connect(cluster.url, { ca: cluster.ca, maxSessionMemory: 1024 });
    const made = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        ask("POST", CONFIGMAPS, { metadata: { name: `c${index}` }, data: { large } }),
      ),
    );
    assert.deepEqual([...new Set(made.map(({ status }) => status))], [201]);
  });
  after(async () => {
    session.destroy();
    await cluster.close();
  });

  it("answers many requests at once on one connection, also such with large answers", async () => {
    const lists = await Promise.all(Array.from({ length: 4 }, () => ask("GET", CONFIGMAPS)));
    for (const { text } of lists) assert.equal(JSON.parse(text).items.length, 301); // with the root certificate
    assert.equal((await ask("GET", `${CONFIGMAPS}/none`)).status, 404);
  });

  it("tells a watch each change as it happens", async () => {
    const { text } = await ask("GET", `${CONFIGMAPS}/c0`);
    const { resourceVersion } = JSON.parse(text).metadata;
    const input = open(
      "GET",
      `${CONFIGMAPS}?watch=true&resourceVersion=${resourceVersion}&fieldSelector=metadata.name=c0`,
    );
    const lines = createInterface({ input })[Symbol.asyncIterator]();
    for (const n of ["1", "2", "3"]) {
      await ask("PATCH", `${CONFIGMAPS}/c0`, { data: { n } });
      const { type, object } = JSON.parse((await lines.next()).value!);
      assert.deepEqual([type, object.data.n], ["MODIFIED", n]);
    }
    input.close(constants.NGHTTP2_CANCEL);
  });

  it("refuses what is too large, and goes on with the connection", async () => {
    const { status } = await ask("POST", CONFIGMAPS, { data: { huge: "x".repeat(4 * 1024 * 1024) } });
    assert.equal(status, 413);
    assert.equal((await ask("GET", "/version")).status, 200);
  });

  it("says under which address it was asked", async () => {
    const { text } = await ask("GET", "/.well-known/openid-configuration");
    assert.equal(JSON.parse(text).jwks_uri, `${cluster.url}/openid/v1/jwks`);
  });

  it("breaks off a request that meets such a fault, and only that", async () => {
    cluster.inject({ match: ({ path }) => path === "/livez", respond: "disconnect" });
    const stream = open("GET", "/livez");
    await once(stream, "close");
    assert.equal(stream.sentHeaders[":path"], "/livez");
    assert.equal((await ask("GET", "/version")).status, 200);
  });
});

describe("the listener", () => {
  it("is known again after a restart from its snapshot, even when the first run ended without one", async () => {
    const dir = mkdtempSync(join(tmpdir(), "cluster-tls-"));
    const snapshotFile = join(dir, "snapshot.json");
    const first = await startCluster({ simulate: false, snapshotFile });
    const kept = { ca: first.ca, token: first.token };
    // as after a crash: what is in the file was written at the start
    const second = await startCluster({ simulate: false, snapshotFile });
    const options = { ca: kept.ca, headers: { authorization: `Bearer ${kept.token}` }, agent: false };
    const [response] = await once(request(`${second.url}/api/v1/namespaces`, options).end(), "response");
    assert.equal(response.statusCode, 200);
    response.destroy();
    await Promise.all([first.close(), second.close()]);
    rmSync(dir, { recursive: true });
  });

  it("has a certificate for the names of the service and for localhost", async () => {
    const cluster = await startCluster({ simulate: false });
    const { port } = new URL(cluster.url);
    for (const servername of ["kubernetes.default.svc", "localhost"]) {
      const socket = connectTls({ port: Number(port), ca: cluster.ca, servername });
      await once(socket, "secureConnect");
      socket.destroy();
    }
    await cluster.close();
  });

  it("outlives those who speak no TLS or no HTTP, and closes although they are there", async () => {
    const cluster = await startCluster({ simulate: false });
    const port = Number(new URL(cluster.url).port);
    const silent = connectTcp({ port });
    const plain = connectTcp({ port }, () => plain.write("GET / HTTP/1.1\r\n\r\n"));
    const garbage = connectTls({ port, ca: cluster.ca, host: "127.0.0.1", ALPNProtocols: ["h2"] }, () =>
      garbage.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nthis is no frame of HTTP/2 at all, nor is this"),
    );
    const half = connectTls({ port, ca: cluster.ca, host: "127.0.0.1", ALPNProtocols: ["h2"] });
    const sockets: Socket[] = [silent, plain, garbage, half];
    for (const socket of sockets) socket.on("error", () => {}).resume();
    await Promise.all([once(plain, "close"), once(garbage, "close"), once(half, "secureConnect")]);
    const [response] = await once(
      request(`${cluster.url}/version`, { ca: cluster.ca, agent: false }).end(),
      "response",
    );
    assert.equal(response.statusCode, 200);
    response.destroy();
    await cluster.close();
  });
});
