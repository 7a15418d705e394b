import assert from "node:assert/strict";
import { test } from "node:test";
import { proxyOf } from "./proxy.ts";

const proxies = { HTTPS_PROXY: "http://secure:3128", HTTP_PROXY: "plain:3128" };
const noProxy = (NO_PROXY: string) => ({ ...proxies, NO_PROXY });

/** As golang.org/x/net/http/httpproxy answers. */
const rows: Record<string, [env: Record<string, string>, url: string, proxy: string | undefined]> = {
  "nothing is said": [{}, "https://example.com", undefined],
  https: [proxies, "https://example.com", "http://secure:3128"],
  "http, and the proxy has no scheme": [proxies, "http://example.com", "http://plain:3128"],
  "only http has one": [{ HTTP_PROXY: "http://plain:3128" }, "https://example.com", undefined],
  "small letters": [{ https_proxy: "http://small:1" }, "https://example.com", "http://small:1"],
  "this machine": [proxies, "https://localhost:5000", undefined],
  "this machine's address": [proxies, "https://127.0.0.1:5000", undefined],
  "this machine's other address": [proxies, "https://[::1]:5000", undefined],
  "a host": [noProxy("a.io, example.com"), "https://example.com", undefined],
  "a host below": [noProxy("example.com"), "https://x.example.com", undefined],
  "a host that only ends so": [noProxy("example.com"), "https://myexample.com", "http://secure:3128"],
  "hosts below": [noProxy(".example.com"), "https://x.example.com", undefined],
  "hosts below, and this is none": [noProxy(".example.com"), "https://example.com", "http://secure:3128"],
  "hosts below, with a star": [noProxy("*.example.com"), "https://x.example.com", undefined],
  "a port": [noProxy("example.com:8443"), "https://example.com:8443", undefined],
  "another port": [noProxy("example.com:8443"), "https://example.com", "http://secure:3128"],
  "a network": [noProxy("10.0.0.0/8"), "https://10.1.2.3", undefined],
  "another network": [noProxy("10.0.0.0/8"), "https://11.1.2.3", "http://secure:3128"],
  "a network that is none": [noProxy("10.0.0.0/99"), "https://10.1.2.3", "http://secure:3128"],
  "an address": [noProxy("fd00::1"), "https://[fd00::1]", undefined],
  everything: [noProxy("*"), "https://example.com", undefined],
};
for (const [sentence, [env, url, proxy]] of Object.entries(rows))
  test(`a proxy for ${sentence}`, () => assert.equal(proxyOf(env)(new URL(url)), proxy));

/** Proxies that cannot be asked. */
for (const proxy of ["http://me:s3cret@bad host", "http://", "ftp://me:s3cret@proxy"])
  test(`a proxy is not ${proxy}`, () => {
    const of = proxyOf({ HTTPS_PROXY: proxy, NO_PROXY: "example.org" });
    assert.equal(of(new URL("https://example.org")), undefined);
    assert.throws(() => of(new URL("https://example.com")), {
      message: "HTTPS_PROXY holds no address of a proxy; write it like http://host:port",
    });
  });
