import assert from "node:assert/strict";
import { test } from "node:test";
import { listenOn } from "./pod-network.ts";

const done = () => {};
const rows: [string, unknown[], unknown[]][] = [
  ["a port alone", [8080], [8080, "127.1.2.3"]],
  ["a port and a callback", [8080, done], [8080, "127.1.2.3", done]],
  ["all IPv4 addresses", [8080, "0.0.0.0", done], [8080, "127.1.2.3", done]],
  ["all IPv6 addresses", [8080, "::"], [8080, "127.1.2.3"]],
  ["one address", [8080, "127.0.0.1"], [8080, "127.0.0.1"]],
  ["options without a host", [{ port: 0 }, done], [{ port: 0, host: "127.1.2.3" }, done]],
  ["options with one address", [{ port: 0, host: "::1" }], [{ port: 0, host: "::1" }]],
  ["a pipe", ["/run/x.sock", done], ["/run/x.sock", done]],
  ["a pipe in options", [{ path: "/run/x.sock" }], [{ path: "/run/x.sock" }]],
];
for (const [what, given, expected] of rows)
  test(`${what}: listens at ${JSON.stringify(expected[0])}`, () =>
    assert.deepEqual(listenOn("127.1.2.3", given), expected));
