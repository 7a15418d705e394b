import assert from "node:assert/strict";
import { test } from "node:test";
import { type Credentials, readDockerConfig } from "./credentials.ts";
import { isOciError } from "./errors.ts";

const auth = (text: string) => Buffer.from(text).toString("base64");
const basic = (username: string, password: string): Credentials => ({ kind: "basic", username, password });
const hub = "https://index.docker.io/v1/";

const rows: Record<string, [config: unknown, registry: string, credentials: Credentials | undefined]> = {
  "a password": [{ auths: { "a.io": { auth: auth("me:s3:cret") } } }, "a.io", basic("me", "s3:cret")],
  "a password with Docker's zeros": [
    { auths: { "a.io": { auth: auth("me:s\0\0") } } },
    "a.io",
    basic("me", "s"),
  ],
  "fields of their own": [{ auths: { "a.io": { username: "me", password: "s" } } }, "a.io", basic("me", "s")],
  "auth before other fields": [
    { auths: { "a.io": { auth: auth("me:s"), username: "you", password: "x" } } },
    "a.io",
    basic("me", "s"),
  ],
  "an identity token": [
    { auths: { "a.io": { auth: auth("0:"), identitytoken: "i" } } },
    "a.io",
    { kind: "identity-token", token: "i" },
  ],
  "a token of the registry": [
    { auths: { "a.io": { registrytoken: "r" } } },
    "a.io",
    { kind: "bearer", token: "r" },
  ],
  "an old key": [{ auths: { "https://a.io/v1/": { auth: auth("me:s") } } }, "a.io", basic("me", "s")],
  "Docker Hub": [{ auths: { [hub]: { auth: auth("me:s") } } }, "docker.io", basic("me", "s")],
  "Docker Hub's registry": [
    { auths: { [hub]: { auth: auth("me:s") } } },
    "registry-1.docker.io",
    basic("me", "s"),
  ],
  "another registry": [{ auths: { "a.io": { auth: auth("me:s") } } }, "b.io", undefined],
  "another port": [{ auths: { "a.io": { auth: auth("me:s") } } }, "a.io:5000", undefined],
  "a name that all objects have": [{ auths: {} }, "constructor", undefined],
  "an empty entry": [{ auths: { "a.io": {} } }, "a.io", undefined],
  "a store that has never seen the registry": [{ auths: {}, credsStore: "desktop" }, "a.io", undefined],
  "a helper of another registry": [{ credHelpers: { "b.io": "gcloud" } }, "a.io", undefined],
};
for (const [sentence, [config, registry, credentials]] of Object.entries(rows))
  test(`credentials: ${sentence}`, () =>
    assert.deepEqual(readDockerConfig(JSON.stringify(config), "config.json")(registry), credentials));

test("credentials: an empty file", () =>
  assert.equal(readDockerConfig(" \n", "config.json")("a.io"), undefined));

const refused: Record<string, [text: string, message: RegExp]> = {
  "a helper": [
    '{"credHelpers":{"a.io":"ecr-login"}}',
    /^config\.json: the credentials for a\.io are left to docker-credential-ecr-login, and programs are not run;/,
  ],
  "a store with the registry": ['{"auths":{"a.io":{}},"credsStore":"pass"}', /docker-credential-pass/],
  "what is not JSON": ['{"auths":{"a.io":{"auth":"s3cret', /^config\.json: not JSON;/],
  "what is no object": ["[]", /not a configuration of Docker/],
  "auths that are none": ['{"auths":[]}', /not a configuration of Docker \(auths\)/],
  "an entry that is none": ['{"auths":{"a.io":"s3cret"}}', /the entry of a\.io is no object/],
  "an auth without a name": [
    `{"auths":{"a.io":{"auth":"${auth("s3cret")}"}}}`,
    /the entry of a\.io cannot be read/,
  ],
  "a password that is no text": [
    '{"auths":{"a.io":{"username":"me","password":["s3cret"]}}}',
    /cannot be read/,
  ],
};
for (const [sentence, [text, message]] of Object.entries(refused))
  test(`credentials refuse ${sentence}, and do not tell what it says`, () =>
    assert.throws(
      () => readDockerConfig(text, "config.json")("a.io"),
      (thrown: Error) =>
        isOciError(thrown) &&
        thrown.code === "bad-credentials" &&
        message.test(thrown.message) &&
        !/s3cret/.test(thrown.stack!),
    ));
