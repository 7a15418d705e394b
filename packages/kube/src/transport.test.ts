import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { after, before, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { builtin } from "@sluice/api";
import { createAuthority } from "@sluice/testing";
import { createClient } from "./client.ts";
import { kubeconfigFor } from "./scripted-server.ts";

const { nodes } = builtin;
const authority = createAuthority();
const stranger = createAuthority("stranger");
const data = (pem: string) => Buffer.from(pem).toString("base64");
const ca = { "certificate-authority-data": data(authority.cert) };
const alice = authority.client("alice");
const user = { "client-certificate-data": data(alice.cert), "client-key-data": data(alice.key) };

let secure: string;
let plain: string;
let connections = 0;
const servers: Server[] = [];

async function listen(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

before(async () => {
  const { cert, key } = authority.server(["127.0.0.1", "api.internal"]);
  const tls = createTlsServer({
    cert,
    key,
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: false,
  });
  tls.on("secureConnection", () => connections++);
  tls.on("request", (request, response) => {
    // Says who asks, by the certificate.
    const name = (request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? "nobody";
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ metadata: { name } }));
  });
  secure = `https://${await listen(tls as unknown as Server)}`;
  const http = createHttpServer((request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ metadata: { name: request.url } }));
  });
  plain = `http://${await listen(http)}`;
});
after(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function whoAmI(
  server: string,
  as: Record<string, unknown>,
  cluster: object,
): Promise<string | undefined> {
  const client = createClient({ kubeConfig: { text: kubeconfigFor(server, as, cluster) } });
  try {
    return (await client.get(nodes, { name: "n" }))?.metadata.name;
  } finally {
    await client.close();
  }
}

const answers: Record<
  string,
  [server: () => string, as: Record<string, unknown>, cluster: object, expected: string | RegExp]
> = {
  "a client certificate is shown": [() => secure, user, ca, "alice"],
  "no certificate is fine where a token is used": [() => secure, { token: "t" }, ca, "nobody"],
  "a plugin may give a certificate": [
    () => secure,
    {
      exec: {
        command: process.execPath,
        args: [
          "-e",
          `console.log(${JSON.stringify(JSON.stringify({ status: { clientCertificateData: alice.cert, clientKeyData: alice.key } }))})`,
        ],
      },
    },
    ca,
    "alice",
  ],
  "another name of the server": [() => secure, user, { ...ca, "tls-server-name": "api.internal" }, "alice"],
  "a name that the certificate does not have": [
    () => secure,
    user,
    { ...ca, "tls-server-name": "other" },
    /no answer from 127\.0\.0\.1:\d+: ERR_TLS_CERT_ALTNAME_INVALID.*; check certificate-authority-data and tls-server-name/,
  ],
  "an unknown authority": [
    () => secure,
    user,
    { "certificate-authority-data": data(stranger.cert) },
    /check certificate-authority-data/,
  ],
  "unverified TLS, asked for": [() => secure, user, { "insecure-skip-tls-verify": true }, "alice"],
  "a plugin that fails": [
    () => secure,
    { exec: { command: "false", args: [] } },
    ca,
    /the exec plugin false of the kubeconfig failed/,
  ],
  "a server without TLS": [() => plain, {}, {}, "/api/v1/nodes/n"],
  "a server below a path": [() => `${plain}/k8s/clusters/c-1`, {}, {}, "/k8s/clusters/c-1/api/v1/nodes/n"],
  "nobody there": [() => "http://127.0.0.1:1", {}, {}, /ECONNREFUSED.*nothing listens there/],
};
for (const [name, [server, as, cluster, expected]] of Object.entries(answers)) {
  test(`connection: ${name}`, async () => {
    const answer = whoAmI(server(), as, cluster);
    if (typeof expected === "string") assert.equal(await answer, expected);
    else await assert.rejects(answer, { name: "ApiError", status: 0, message: expected });
  });
}

test("connection: one TLS handshake for many requests", async () => {
  connections = 0;
  const client = createClient({ kubeConfig: { text: kubeconfigFor(secure, user, ca) } });
  for (let call = 0; call < 20; call++) await client.get(nodes, { name: "n" });
  await client.close();
  assert.ok(connections <= 2, `${connections} connections`);
});

for (const scheme of ["https", "http"] as const) {
  test(`connection: ${scheme} through a proxy`, async () => {
    let tunnels = 0;
    const proxy = createHttpServer((request, response) => {
      tunnels++;
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ metadata: { name: new URL(request.url ?? "").pathname } }));
    });
    proxy.on("connect", (request, socket) => {
      tunnels++;
      const [host, port] = (request.url ?? "").split(":");
      const far = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        far.pipe(socket).pipe(far);
      });
      socket.on("error", () => far.destroy());
      far.on("error", () => socket.destroy());
    });
    const through = { ...ca, "proxy-url": `http://${await listen(proxy)}` };
    const name = await whoAmI(scheme === "https" ? secure : plain, user, through);
    assert.equal(name, scheme === "https" ? "alice" : "/api/v1/nodes/n");
    assert.equal(tunnels, 1);
  });
}

test("connection: https through a SOCKS5 proxy", async () => {
  let tunnels = 0;
  const proxy = createTcpServer((near) => {
    near.on("error", () => undefined);
    near.once("data", () => {
      near.write(Buffer.from([5, 0]));
      near.once("data", (request: Buffer) => {
        tunnels++;
        // 5, connect, 0, IPv4, four bytes of address, two of port.
        const far = connect(request.readUInt16BE(8), [...request.subarray(4, 8)].join("."), () => {
          near.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          far.pipe(near).pipe(far);
        });
        far.on("error", () => near.destroy());
      });
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const through = { ...ca, "proxy-url": `socks5://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  try {
    assert.equal(await whoAmI(secure, user, through), "alice");
    assert.equal(await whoAmI(secure, user, { ...through, "tls-server-name": "api.internal" }), "alice");
    const wrong = { ...through, "certificate-authority-data": data(stranger.cert) };
    await assert.rejects(whoAmI(secure, user, wrong), { status: 0 });
    assert.equal(tunnels, 3);
  } finally {
    await new Promise((resolve) => proxy.close(resolve));
  }
});
