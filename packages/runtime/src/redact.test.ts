import assert from "node:assert/strict";
import { describe, it } from "node:test";
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
