import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** A directory of one test file, which is removed after its tests. */
export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), "sluice-artifact-"));
  after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
