import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import ssh2 from "ssh2";
import { gitEnvironment } from "./run.ts";
import { createSshKey, type SshGitServer, startSshGitServer } from "./ssh.ts";

const skip = spawnSync("ssh", ["-V"]).error ? "needs the ssh program (Debian: openssh-client)" : false;

describe("createSshKey", () => {
  it("makes keys that can be read, every time", () => {
    // ssh2 alone spoils one in 256
    for (let i = 0; i < 2000; i++) {
      const { privateKey, publicKey } = createSshKey();
      for (const text of [privateKey, publicKey])
        assert.ok(!(ssh2.utils.parseKey(text) instanceof Error), text);
    }
  });
});

describe("ssh git server", { skip }, () => {
  const keys = {
    ed25519: createSshKey("ed25519"),
    ecdsa: createSshKey("ecdsa"),
    rsa: createSshKey("rsa"),
    stranger: createSshKey(),
  };
  let server: SshGitServer;
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "sluice-testing-"));
    const authorizedKeys = [keys.ed25519, keys.ecdsa, keys.rsa].map((key) => key.publicKey);
    server = await startSshGitServer({ authorizedKeys });
    await server.createRepo("app", { files: { a: "1" } });
  });
  after(async () => {
    await server.close();
    await rm(dir, { recursive: true });
  });

  const clone = async (identity: keyof typeof keys, knownHosts: string) => {
    await writeFile(join(dir, identity), keys[identity].privateKey, { mode: 0o600 });
    await writeFile(join(dir, "known"), knownHosts);
    const ssh = `ssh -F /dev/null -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${dir}/known -i ${dir}/${identity}`;
    const env = gitEnvironment({ GIT_SSH_COMMAND: ssh });
    await promisify(execFile)("git", ["clone", "-q", server.url("app"), `${dir}/clone-${identity}`], { env });
  };

  for (const type of ["ed25519", "ecdsa", "rsa"] as const) {
    it(`lets a clone with an ${type} key through`, async () => {
      await clone(type, server.knownHosts);
      assert.deepEqual(server.commands().at(-1), "git-upload-pack '/app.git'");
    });
  }
  it("refuses a key it does not know", async () => {
    await assert.rejects(clone("stranger", server.knownHosts), /Permission denied \(publickey\)/);
  });
  it("is refused by a client that does not know its host key", async () => {
    await assert.rejects(clone("stranger", ""), /Host key verification failed/);
  });
});
