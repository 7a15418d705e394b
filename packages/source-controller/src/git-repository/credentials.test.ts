import assert from "node:assert/strict";
import test from "node:test";
import type { GitRepository, KubeObject } from "@sluice/api";
import { credentialsOf } from "./credentials.ts";

const { signal } = new AbortController();
const repo = (url: string, spec: object = { secretRef: { name: "s" } }): GitRepository =>
  ({
    metadata: { name: "web", namespace: "apps" },
    spec: { interval: "1m", url, ...spec },
  }) as unknown as GitRepository;
const secrets = (all: Record<string, Record<string, string>>) => async (namespace: string, name: string) => {
  assert.equal(namespace, "apps", "secrets of other namespaces are never read");
  const data =
    all[name] &&
    Object.fromEntries(
      Object.entries(all[name]).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
    );
  return data && ({ apiVersion: "v1", kind: "Secret", metadata: { name }, data } as KubeObject);
};
const given = (credentials: object) =>
  Object.fromEntries(Object.entries(credentials).filter(([, value]) => value !== undefined));

const rows: Record<string, [url: string, data: Record<string, string>, expected: object]> = {
  "a user and a password": [
    "https://h/r",
    { username: "u", password: "p" },
    { username: "u", password: "p" },
  ],
  "a token": ["https://h/r", { bearerToken: "t" }, { bearerToken: "t" }],
  "an authority and a client certificate": [
    "https://h/r",
    { "ca.crt": "ca", "tls.crt": "c", "tls.key": "k" },
    { caCert: "ca", clientCert: "c", clientKey: "k" },
  ],
  "the same by their older names": [
    "https://h/r",
    { caFile: "ca", certFile: "c", keyFile: "k" },
    { caCert: "ca", clientCert: "c", clientKey: "k" },
  ],
  "an SSH identity with a passphrase": [
    "ssh://git@h/r",
    { identity: "i", known_hosts: "k", password: "p" },
    { identity: "i", knownHosts: "k", identityPassword: "p" },
  ],
};
for (const [sentence, [url, data, expected]] of Object.entries(rows))
  test(`reads ${sentence}`, async () =>
    assert.deepEqual(given(await credentialsOf(repo(url), secrets({ s: data }), signal)), expected));

test("reads nothing when nothing is referenced", async () => {
  assert.deepEqual(await credentialsOf(repo("https://h/r", {}), secrets({}), signal), {});
});

test("reads a proxy from its own secret", async () => {
  const spec = { proxySecretRef: { name: "p" } };
  const { proxy } = await credentialsOf(
    repo("https://h/r", spec),
    secrets({ p: { address: "http://proxy:3128", username: "u", password: "x" } }),
    signal,
  );
  assert.deepEqual(proxy, { address: "http://proxy:3128", username: "u", password: "x" });
});

const refusals: Record<string, [url: string, all: Record<string, Record<string, string>>, message: RegExp]> =
  {
    "a missing secret": ["https://h/r", {}, /failed to get secret 'apps\/s'/],
    "a user without a password": [
      "https://h/r",
      { s: { username: "u" } },
      /'username' and 'password' go together/,
    ],
    "a certificate without a key": [
      "https://h/r",
      { s: { "tls.crt": "c" } },
      /'tls.crt' and 'tls.key' go together/,
    ],
    "SSH without host keys": [
      "ssh://h/r",
      { s: { identity: "very-secret-key" } },
      /key 'known_hosts' is missing/,
    ],
  };
for (const [sentence, [url, all, message]] of Object.entries(refusals))
  test(`refuses ${sentence}, naming no value`, async () => {
    await assert.rejects(credentialsOf(repo(url), secrets(all), signal), (thrown: any) => {
      assert.match(thrown.message, message);
      assert.equal(thrown.reason, "AuthenticationFailed");
      assert.ok(!thrown.message.includes("very-secret-key"));
      return true;
    });
  });
