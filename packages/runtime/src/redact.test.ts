import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { createLog } from "./log.ts";
import { createSecrets, isSensitiveKey } from "./redact.ts";

const pem =
  "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAuniquekeyline1\nsecondlineofthekey12345\n-----END RSA PRIVATE KEY-----\n";

describe("masking", () => {
  const rows: Record<string, [remembered: string[], text: string, shown: string]> = {
    "a remembered value": [["hunter22"], "login hunter22 failed, hunter22!", "login ***** failed, *****!"],
    "the longest of several": [["hunter22", "hunter2233"], "hunter2233 hunter22", "***** *****"],
    "its base64": [["hunter22"], `data: ${Buffer.from("hunter22").toString("base64")}`, "data: *****"],
    "its form in a URL": [["p@ss/word"], "https://git/?t=p%40ss%2Fword", "https://git/?t=*****"],
    "its form in JSON": [['pass"word'], '{"p":"pass\\"word"}', '{"p":"*****"}'],
    "without the newline that editors leave": [["hunter22\n"], "login hunter22", "login *****"],
    "one line of a key": [[pem], "bad line: secondlineofthekey12345", "bad line: *****"],
    "words too short to be masked stay": [["admin"], "user admin", "user admin"],
    "credentials in a URL": [
      [],
      "cannot fetch https://user:s3cr3t@git.example.com/apps",
      "cannot fetch https://*****@git.example.com/apps",
    ],
    "a user in a URL": [[], "ssh://git@git.example.com/apps", "ssh://*****@git.example.com/apps"],
    "no mail address": [[], "mail to me@example.com", "mail to me@example.com"],
    "a bearer string": [[], "Authorization: Bearer abcdef123456", "Authorization: Bearer *****"],
    "a GitHub token": [[], `bad ghp_${"a".repeat(36)}`, "bad *****"],
    "a JSON web token": [
      [],
      `sent eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl here`,
      "sent ***** here",
    ],
    "a private key": [[], `got ${pem}end`, "got *****\nend"],
    "nothing else": [
      ["hunter22"],
      "Applied revision: main@sha1:5394cb7f48332b2de7c17dd8b8384bbc84b7e738",
      "Applied revision: main@sha1:5394cb7f48332b2de7c17dd8b8384bbc84b7e738",
    ],
  };
  for (const [name, [remembered, text, shown]] of Object.entries(rows))
    it(name, () => {
      const secrets = createSecrets();
      remembered.forEach(secrets.remember);
      assert.equal(secrets.mask(text), shown);
    });

  it("forgets the oldest when there are very many, never the newest", () => {
    const secrets = createSecrets();
    for (let at = 0; at < 25_000; at++) secrets.remember(`secret-number-${at}`);
    assert.equal(secrets.mask("secret-number-24999"), "*****");
  });
});

describe("keys that name a secret", () => {
  const rows: Record<string, boolean> = {
    password: true,
    Password: true,
    accessToken: true,
    client_secret: true,
    Authorization: true,
    "api-key": true,
    sshPrivateKey: true,
    secretRef: false,
    secretName: false,
    tokens: false,
    key: false,
    name: false,
    serviceAccountName: false,
    tokenCacheMaxSize: false,
  };
  for (const [key, sensitive] of Object.entries(rows))
    it(`${key}: ${sensitive}`, () => assert.equal(isSensitiveKey(key), sensitive));
});

describe("the log", () => {
  const logged = async (
    encoding: "json" | "console",
    level: "info" | "debug" | "error",
    say: (log: ReturnType<typeof createLog>) => void,
  ) => {
    const lines: string[] = [];
    const write = new PassThrough({ encoding: "utf8" });
    write.on("data", (chunk: string) => void lines.push(chunk));
    const secrets = createSecrets();
    secrets.remember("hunter22");
    say(createLog({ level, encoding, write, now: () => Date.UTC(2026, 0, 1, 0, 0, 0, 5), secrets }));
    await new Promise((resolve) => setImmediate(resolve));
    return lines;
  };

  it("writes the keys that `flux logs` reads, one line each", async () => {
    const [line, ...rest] = await logged("json", "info", (log) =>
      log
        .with({ controller: "thing", Thing: { name: "web", namespace: "apps" } })
        .error("Reconciliation failed", { error: new Error("no\nroute") }),
    );
    assert.deepEqual(rest, []);
    assert.ok(line!.endsWith("\n"));
    assert.deepEqual(JSON.parse(line!), {
      level: "error",
      ts: "2026-01-01T00:00:00.005Z",
      msg: "Reconciliation failed",
      controller: "thing",
      Thing: { name: "web", namespace: "apps" },
      error: "no\nroute",
    });
  });

  it("leaves out what is below its level", async () => {
    const lines = await logged("json", "info", (log) => {
      log.debug("d");
      log.info("i");
      log.error("e");
    });
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).msg),
      ["i", "e"],
    );
  });

  it("shows no secrets: by value, by key, in Secrets", async () => {
    const [line] = await logged("json", "info", (log) =>
      log.info("with hunter22", {
        url: "https://me:pw@git/x",
        token: "abc",
        nested: [{ password: "x", user: "hunter22" }],
        object: { kind: "Secret", data: { a: "YQ==" }, metadata: { name: "s" } },
      }),
    );
    const { msg, url, token, nested, object } = JSON.parse(line!);
    assert.deepEqual(
      { msg, url, token, nested, object },
      {
        msg: "with *****",
        url: "https://*****@git/x",
        token: "*****",
        nested: [{ password: "*****", user: "*****" }],
        object: { kind: "Secret", data: "*****", metadata: { name: "s" } },
      },
    );
  });

  it("writes for people, too", async () => {
    const [line] = await logged("console", "info", (log) => log.info("starting manager", { version: "1" }));
    assert.equal(line, '2026-01-01T00:00:00.005Z\tINFO\tstarting manager\t{"version":"1"}\n');
  });

  it("survives facts that go in circles", async () => {
    const circle: Record<string, unknown> = {};
    circle.again = circle;
    assert.equal((await logged("json", "info", (log) => log.info("x", { circle }))).length, 1);
  });
});
