import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Root, rootScript } from "./root.ts";

const root: Root = {
  at: "/pods/it's/root",
  hostname: "web-1",
  mounts: [
    { from: "/v/inner", to: "/data/inner", readOnly: true },
    { from: "/v/outer", to: "/data", readOnly: false },
  ],
  hosts: "/pods/hosts",
  readOnlyRoot: true,
  user: { uid: 65_534, gid: 65_534 },
  groups: [1337],
};
const source = { repository: "/repo", node: "/n" };

test("a volume inside another is mounted after it", () => {
  const script = rootScript(root, source);
  const outer = script.indexOf("mount --bind '/v/outer'");
  assert.ok(outer > 0 && outer < script.indexOf("mount --bind '/v/inner'"));
});
test("paths are quoted", () => assert.match(rootScript(root, source), /tmpfs '\/pods\/it'\\''s\/root'/));

describe("as root, a program inside", { skip: process.getuid?.() !== 0 && "needs root" }, () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "sluice-root-"));
    chmodSync(dir, 0o755); // for the user inside
    mkdirSync(join(dir, "root"));
    writeFileSync(join(dir, "hosts"), "127.0.0.9 only-here\n");
  });
  after(() => rmSync(dir, { recursive: true }));

  const says = (command: string, more: Partial<Root> = {}) => {
    const mounts = [{ from: dir, to: "/data", readOnly: true }];
    const wanted = { ...root, at: join(dir, "root"), hosts: join(dir, "hosts"), mounts, ...more };
    const script = rootScript(wanted, {
      repository: dirname(import.meta.dirname),
      node: dirname(process.execPath),
    });
    const args = [
      "--mount",
      "--uts",
      "--propagation",
      "private",
      "/bin/sh",
      "-c",
      script,
      "sh",
      "/bin/sh",
      "-c",
      command,
    ];
    return execFileSync("unshare", args, { encoding: "utf8", timeout: 120_000 }).trim();
  };
  const rows: [string, string, string][] = [
    ["is the image's user", "id -u; id -g; id -G", "65534\n65534\n65534 1337"],
    ["has no capabilities", "grep CapBnd /proc/self/status", "CapBnd:\t0000000000000000"],
    ["has the pod's host name", "cat /proc/sys/kernel/hostname", "web-1"],
    ["sees the pod's hosts", "cat /etc/hosts", "127.0.0.9 only-here"],
    ["cannot write to a read-only root", "touch /x 2>/dev/null || echo refused", "refused"],
    ["sees volumes", "ls /data/hosts", "/data/hosts"],
    ["does not see the rest of the machine", "ls /root /home 2>/dev/null || echo nothing", "nothing"],
  ];
  for (const [what, command, expected] of rows) test(what, () => assert.equal(says(command), expected));
});
