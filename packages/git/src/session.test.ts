import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createSshKey } from "@sluice/testing";
import { isEncrypted, openSession, planSession, renderConfig } from "./session.ts";
import type { Credentials } from "./types.ts";
import { parseRemote } from "./url.ts";

const https = parseRemote("https://h:8443/r.git");
const ssh = parseRemote("ssh://git@h/r.git");
const pem = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----";

describe("renderConfig", () => {
  it("is read back by git as it was meant", () => {
    const config = [
      ["a.b", 'quote " backslash \\ hash # semicolon ; newline \n end '],
      ["http.https://h:8443/x.y/.extraHeader", "Authorization: Basic x=="],
    ] as const;
    const output = execFileSync("git", ["config", "--file", "-", "-z", "--list"], {
      input: renderConfig([...config]),
    });
    const read = output
      .toString()
      .split("\0")
      .slice(0, -1)
      .map((entry) => entry.split(/\n([\s\S]*)/).slice(0, 2));
    assert.deepEqual(read, [
      ["a.b", config[0][1]],
      ["http.https://h:8443/x.y/.extraheader", config[1][1]],
    ]);
  });
});

describe("planSession", () => {
  const settings = (credentials: Credentials, redirects = false, remote = https) =>
    Object.fromEntries(planSession("/s", remote, credentials, redirects).config);

  it("follows redirects when there is nothing to lose", () => {
    assert.deepEqual(settings({}), { "http.followRedirects": "initial" });
  });
  it("sends a password to the remote's origin only, and nowhere it is redirected to", () => {
    assert.deepEqual(settings({ username: "u", password: "p" }), {
      "http.followRedirects": "false",
      "http.https://h:8443/.extraHeader": `Authorization: Basic ${Buffer.from("u:p").toString("base64")}`,
    });
  });
  it("prefers the Secret's password to the URL's", () => {
    const remote = parseRemote("https://a:b@h/r");
    const header = (credentials: Credentials) =>
      settings(credentials, false, remote)["http.https://h/.extraHeader"];
    assert.match(header({}) ?? "", new RegExp(Buffer.from("a:b").toString("base64")));
    assert.match(
      header({ username: "u", password: "p" }) ?? "",
      new RegExp(Buffer.from("u:p").toString("base64")),
    );
  });
  it("answers a request for a password by host when redirects are followed", () => {
    const plan = planSession("/s", https, { username: "u@x", password: "p:/" }, true);
    assert.deepEqual(plan.files, [{ name: "logins", content: "https://u%40x:p%3A%2F@h:8443\n" }]);
    assert.deepEqual(Object.fromEntries(plan.config), {
      "http.followRedirects": "initial",
      "credential.helper": "store --file='/s/logins'",
    });
  });
  it("gives a proxy its password, escaped", () => {
    const proxy = { address: "http://proxy:3128", username: "u", password: "p@/" };
    assert.equal(settings({ proxy })["http.proxy"], "http://u:p%40%2F@proxy:3128/");
  });
  it("keeps every secret of SSH in files", () => {
    const plan = planSession(
      "/s",
      ssh,
      { identity: "KEY\r\nKEY", knownHosts: "h ssh-x AAAA", identityPassword: "secret" },
      false,
    );
    assert.deepEqual(
      plan.files.map(({ name }) => name),
      ["identity", "known_hosts", "passphrase", "askpass"],
    );
    assert.equal(plan.files[0]?.content, "KEY\nKEY\n");
    const command = Object.fromEntries(plan.config)["core.sshCommand"] ?? "";
    assert.ok(!command.includes("secret"));
    for (const option of [
      "StrictHostKeyChecking=yes",
      "IdentitiesOnly=yes",
      "IdentityAgent=none",
      "BatchMode=no",
    ]) {
      assert.ok(command.includes(option), option);
    }
  });
});

describe("openSession", () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "sluice-git-session-"));
  });
  after(() => rmSync(dir, { recursive: true }));

  it("writes files that only their owner may read, and removes them", async () => {
    const credentials = {
      username: "u",
      password: "hunter2",
      caCert: pem,
      clientCert: pem,
      clientKey: "key",
    };
    const session = await openSession(
      dir,
      https,
      credentials,
      { PATH: "/bin", HOME: "/root", GIT_SSH: "x" },
      { redirects: false },
    );
    for (const name of readdirSync(session.dir)) {
      assert.equal(statSync(join(session.dir, name)).mode & 0o777, 0o600, name);
    }
    assert.equal(statSync(session.dir).mode & 0o777, 0o700);
    assert.ok(!JSON.stringify(session.env).includes("hunter2"));
    assert.equal(session.env.HOME, session.dir);
    assert.equal(session.env.GIT_SSH, undefined);
    await session.close();
    assert.deepEqual(readdirSync(dir), []);
  });

  it("asks the proxy that it is given, whatever the environment exempts from its own", async () => {
    const exempting = { NO_PROXY: "*", no_proxy: "*" };
    const given = { proxy: { address: "http://proxy.example:3128" } };
    for (const [credentials, left] of [[given, {}] as const, [{}, exempting] as const]) {
      const session = await openSession(dir, https, credentials, exempting, { redirects: false });
      const names = Object.entries(session.env).filter(([name]) => /^no_proxy$/i.test(name));
      assert.deepEqual(Object.fromEntries(names), left);
      await session.close();
    }
  });

  const key = createSshKey();
  const locked = createSshKey("ed25519", "secret");
  const refused: Record<string, [typeof ssh, Credentials, string, RegExp]> = {
    "a token and a password": [https, { bearerToken: "t", username: "u", password: "p" }, "denied", /either/],
    "a password without a user": [https, { password: "p" }, "denied", /'username'/],
    "a header with a line break": [https, { bearerToken: "t\nX: y" }, "denied", /line breaks/],
    "a client certificate without its key": [https, { clientCert: pem }, "tls", /together/],
    "a client key without its certificate": [https, { clientKey: "k" }, "tls", /together/],
    "an authority that is no PEM": [https, { caCert: "nonsense" }, "tls", /ca\.crt is not a PEM/],
    "an unknown proxy": [https, { proxy: { address: "ftp://x" } }, "unsupported", /proxy address/],
    "SSH without a key": [ssh, { knownHosts: "x" }, "denied", /'identity'/],
    "SSH without known hosts": [ssh, { identity: key.privateKey }, "host-key", /'known_hosts'/],
    "SSH through a proxy": [
      ssh,
      { identity: "x", knownHosts: "x", proxy: { address: "http://p" } },
      "unsupported",
      /proxy/,
    ],
    "an encrypted key without its passphrase": [
      ssh,
      { identity: locked.privateKey, knownHosts: "x" },
      "denied",
      /'password'/,
    ],
  };
  for (const [name, [remote, credentials, code, message]] of Object.entries(refused)) {
    it(`refuses ${name}, and leaves no file`, async () => {
      await assert.rejects(openSession(dir, remote, credentials, {}, { redirects: false }), {
        code,
        message,
      });
      assert.deepEqual(readdirSync(dir), []);
    });
  }

  it("knows encrypted keys", () => {
    assert.equal(isEncrypted(key.privateKey), false);
    assert.equal(isEncrypted(locked.privateKey), true);
    assert.equal(isEncrypted("-----BEGIN ENCRYPTED PRIVATE KEY-----"), true);
    assert.equal(isEncrypted("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED"), true);
    assert.equal(isEncrypted("nonsense"), false);
  });
});
