import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { createLog } from "./log.ts";
import { createSecrets } from "./redact.ts";

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
