import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { ipBytes } from "./addresses.ts";
import { createAuthority } from "./authority.ts";

const authority = createAuthority("one");
const issued = (pem: string) => new X509Certificate(pem);

test("a server certificate holds for the names and addresses it was issued for, and for servers only", () => {
  const certificate = issued(authority.server(["127.0.0.1", "::1", "api.internal"]).cert);
  assert.equal(certificate.checkIP("127.0.0.1"), "127.0.0.1");
  assert.equal(certificate.checkIP("0:0:0:0:0:0:0:1"), "0:0:0:0:0:0:0:1");
  assert.equal(certificate.checkHost("api.internal"), "api.internal");
  assert.equal(certificate.checkHost("other.internal"), undefined);
  assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
  assert.equal(certificate.ca, false);
});

test("an authority made again from its PEM stands for what the first one issued, one of the same name does not", () => {
  const before = issued(authority.server(["a"]).cert);
  const again = createAuthority("one", authority.pem);
  assert.equal(again.cert, authority.cert);
  assert.ok(issued(again.server(["a"]).cert).verify(issued(authority.cert).publicKey));
  assert.ok(before.verify(issued(again.cert).publicKey));
  assert.equal(before.verify(issued(createAuthority("one").cert).publicKey), false);
  assert.notEqual(before.serialNumber, issued(again.server(["a"]).cert).serialNumber);
});

test("TLS clients take its servers, and servers its clients", async () => {
  const asked = { ca: authority.cert, requestCert: true, ...authority.server(["127.0.0.1"]) };
  const server = createServer(asked, (req, res) => {
    res.end(
      (req.socket as unknown as { getPeerX509Certificate(): X509Certificate }).getPeerX509Certificate()
        .subject,
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const options = { port, host: "127.0.0.1", ca: authority.cert, agent: false, ...authority.client("ada") };
  const [response] = await once(request(options).end(), "response");
  assert.equal(String(await response.toArray()), "CN=ada");
  server.close();
});

test("addresses are four or sixteen bytes", () => {
  assert.equal(ipBytes("1.2.3.4").toString("hex"), "01020304");
  assert.equal(ipBytes("2001:db8::1:0").toString("hex"), "20010db8000000000000000000010000");
  assert.equal(ipBytes("::ffff:1.2.3.4").toString("hex"), "01020304");
});
