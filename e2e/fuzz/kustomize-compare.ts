/** The two builds that the random comparison puts side by side, and what counts as a difference. */
import { spawnSync } from "node:child_process";
import { build, KustomizeError } from "../../packages/kustomize/src/index.ts";
import type { Files } from "./kustomize-more.ts";

/** Manifests, or the error that there is instead. */
export type Answer = { output: string } | { error: string };

/** What our build of a directory gives. */
export function ours(dir: string): Answer {
  try {
    return { output: build(dir).yaml() };
  } catch (thrown) {
    if (thrown instanceof KustomizeError) return { error: thrown.message };
    return { error: `CRASH ${thrown instanceof Error ? thrown.stack : String(thrown)}` };
  }
}

/** What kustomize gives for a directory. */
export function theirs(oracle: string, dir: string): Answer {
  const { status, stdout, stderr } = spawnSync(oracle, ["build", dir], { encoding: "utf8", timeout: 20_000 });
  return status === 0
    ? { output: stdout }
    : {
        error: stderr
          .split("\n")
          .filter((line) => !line.startsWith("#") && !/^\d{4}\/\d\d\/\d\d .*well-defined vars/.test(line))
          .join("\n"),
      };
}

/** Where two answers differ, in words; undefined when both fail or both print the same. */
export function difference(mine: Answer, other: Answer): string | undefined {
  if ("error" in mine && mine.error.startsWith("CRASH")) return mine.error;
  if ("error" in mine) return "error" in other ? undefined : `we fail: ${mine.error}`;
  if ("error" in other) return `we build, kustomize fails: ${other.error.slice(0, 600)}`;
  if (mine.output === other.output) return undefined;
  const a = mine.output.split("\n");
  const b = other.output.split("\n");
  const at = b.findIndex((line, i) => line !== a[i]);
  const from = Math.max(at - 6, 0);
  return `line ${at + 1}:\n--- kustomize\n${b.slice(from, at + 3).join("\n")}\n--- ours\n${a.slice(from, at + 3).join("\n")}`;
}

const HASH = /-[2-9bcdfghkmt]{10}$/gm;

/**
 * Whether all that differs is the hash of a generated object that a patch made another kind of, which the README of
 * packages/kustomize names: kustomize hashes the lines and columns its parser met.
 */
export function differsInHashAlone(files: Files, mine: Answer, other: Answer): boolean {
  if ("error" in mine || "error" in other) return false;
  const changesKinds = [...files.values()].some((text) => text.includes("allowKindChange: true"));
  return changesKinds && mine.output.replace(HASH, "") === other.output.replace(HASH, "");
}
