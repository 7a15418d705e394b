import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createSshKey, type SshGitServer, startSshGitServer } from "@sluice/testing";
import { kit } from "./harness.fixture.ts";
import type { Credentials } from "./types.ts";

const skip = spawnSync("ssh", ["-V"]).error ? "needs the ssh program (Debian: openssh-client)" : false;
const main = { branch: "main" };

describe("access over SSH", { skip }, () => {
  const { dir, checkout } = kit(after);
  const ed25519 = createSshKey("ed25519");
  const ecdsa = createSshKey("ecdsa");
  const rsa = createSshKey("rsa");
  const locked = createSshKey("ed25519", "open 'sesame' $x");
  const stranger = createSshKey();
  let server: SshGitServer;
  before(async () => {
    const authorizedKeys = [ed25519, ecdsa, rsa, locked].map(({ publicKey }) => publicKey);
    server = await startSshGitServer({ authorizedKeys });
    await server.createRepo("org/r", { files: { a: "1" } });
  });
  after(() => server?.close());

  const otherHost = () =>
    server.knownHosts.replace(
      / \S+ \S+\n/,
      ` ${createSshKey().publicKey.split(" ").slice(0, 2).join(" ")}\n`,
    );
  const rows: Record<string, [() => Credentials, "ok" | "denied" | "host-key"]> = {
    "an ed25519 key": [() => ({ identity: ed25519.privateKey }), "ok"],
    "an ecdsa key": [() => ({ identity: ecdsa.privateKey }), "ok"],
    "an rsa key": [() => ({ identity: rsa.privateKey }), "ok"],
    "a key with Windows line ends and none at the end": [
      () => ({ identity: ed25519.privateKey.trim().replaceAll("\n", "\r\n") }),
      "ok",
    ],
    "an encrypted key": [() => ({ identity: locked.privateKey, identityPassword: "open 'sesame' $x" }), "ok"],
    "the wrong passphrase": [
      () => ({ identity: locked.privateKey, identityPassword: "wrong-wrong" }),
      "denied",
    ],
    "a key the server does not know": [() => ({ identity: stranger.privateKey }), "denied"],
    "what is no key": [() => ({ identity: "nonsense" }), "denied"],
    "the key of another host": [
      () => ({ identity: ed25519.privateKey, knownHosts: otherHost() }),
      "host-key",
    ],
    "hosts that do not include this one": [
      () => ({ identity: ed25519.privateKey, knownHosts: "example.com ssh-ed25519 AAAA" }),
      "host-key",
    ],
  };
  for (const [name, [credentials, expected]] of Object.entries(rows)) {
    it(`with ${name}: ${expected}`, async () => {
      const attempt = checkout(server.url("org/r"), main, {
        credentials: { knownHosts: server.knownHosts, ...credentials() },
      });
      if (expected === "ok") assert.deepEqual((await attempt).tree, { a: "1" });
      else await assert.rejects(attempt, { code: expected, message: /^ssh:\/\/git@127\.0\.0\.1/ });
      assert.deepEqual(readdirSync(join(dir, "mirrors", "tmp")), []);
    });
  }
  it("says that a repository does not exist, or a port", async () => {
    const credentials = { identity: ed25519.privateKey, knownHosts: server.knownHosts };
    await assert.rejects(
      checkout(server.url("nope"), main, { credentials }),
      (error: Error & { code: string }) => {
        assert.ok(["denied", "unreachable"].includes(error.code), error.message);
        return true;
      },
    );
    await assert.rejects(checkout("ssh://git@127.0.0.1:1/r", main, { credentials }), { code: "unreachable" });
  });
});
