import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { type Recorder, startRecorder } from "@sluice/testing";
import { download, type Remote } from "./download.ts";

const signal = AbortSignal.timeout(600_000);
const me = { username: "me", password: "s3cret" };
const basic = (user: string) => `Basic ${Buffer.from(user).toString("base64")}`;

describe("download", () => {
  /** As a proxy it is asked for every host. */
  let proxy: Recorder;
  before(async () => {
    proxy = await startRecorder();
  });
  beforeEach(() => proxy.clear());
  after(() => proxy.close());

  const fetched = (url: string, options: Remote) =>
    download(url, { ...options, signal, env: { HTTP_PROXY: proxy.address }, what: "chart" });

  /** Who we are is told to the origin that it is for. */
  const shown: Record<string, [url: string, options: Remote, authorization: string | undefined]> = {
    "the server itself": ["http://a.invalid/x", me, basic("me:s3cret")],
    "the repository's origin": [
      "http://a.invalid/x",
      { ...me, credentialsFor: "http://a.invalid/charts" },
      basic("me:s3cret"),
    ],
    "another host": ["http://b.invalid/x", { ...me, credentialsFor: "http://a.invalid/" }, undefined],
    "another port": ["http://a.invalid:81/x", { ...me, credentialsFor: "http://a.invalid/" }, undefined],
    "the same host without TLS": [
      "http://a.invalid/x",
      { ...me, credentialsFor: "https://a.invalid/" },
      undefined,
    ],
    "any host, if that is wanted": [
      "http://b.invalid/x",
      { ...me, credentialsFor: "https://a.invalid/", passCredentials: true },
      basic("me:s3cret"),
    ],
    "a host whose address has a user": ["http://you:pw@b.invalid/x", me, basic("you:pw")],
  };
  for (const [sentence, [url, options, authorization]] of Object.entries(shown))
    it(`to ${sentence}`, async () => {
      assert.equal((await fetched(url, options)).toString(), "{}");
      assert.deepEqual(
        proxy.requests().map(({ headers }) => headers["authorization"]),
        [authorization],
      );
    });

  it("follows redirects, and tells another host nothing", async () => {
    proxy.inject({ status: 302, headers: { location: "http://b.invalid/y" } }, { times: 1 });
    assert.equal((await fetched("http://a.invalid/x", me)).toString(), "{}");
    assert.deepEqual(
      proxy.requests().map(({ headers }) => [headers["host"], headers["authorization"]]),
      [
        ["a.invalid", basic("me:s3cret")],
        ["b.invalid", undefined],
      ],
    );
  });

  /** Answers that are none, and what is said. */
  const failed: Record<string, [location: string, message: string]> = {
    "too many redirects": ["http://a.invalid/y", 'Get "http://a.invalid/y": stopped after 10 redirects'],
    "a redirect to another protocol": ["ftp://a.invalid/y", 'unsupported protocol scheme "ftp"'],
  };
  for (const [sentence, [location, message]] of Object.entries(failed))
    it(`fails for ${sentence}`, async () => {
      proxy.inject({ status: 302, headers: { location } });
      await assert.rejects(fetched("http://a.invalid/x", {}), { message }).finally(() => proxy.inject());
    });

  /** Addresses that cannot be asked, and what is said; a password is not. */
  const refused: Record<string, [url: string, message: string]> = {
    "no address": ["https://a b/x.tgz", "invalid chart URL format: https://a b/x.tgz"],
    "no address, with a password": [
      "https://me:s3cret@a b/x.tgz",
      "invalid chart URL format: https://xxxxx@a b/x.tgz",
    ],
    "another protocol": ["ftp://a.invalid/x.tgz", "could not find protocol handler for: ftp"],
  };
  for (const [sentence, [url, message]] of Object.entries(refused))
    it(`refuses ${sentence}`, () => assert.rejects(fetched(url, {}), { message }));
});
