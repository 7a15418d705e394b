/** Whether charts are signed. */
import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { go } from "@sluice/gotemplate";
import { type Verification, verifyProvenance } from "@sluice/helm";
import type { Shell } from "../shell.ts";
import type { Fetched } from "./fetched.ts";
import { goWords, HelmError } from "./report.ts";

/** What is done about a signature: VerificationStrategy of Helm's pkg/downloader. */
export type Strategy = "never" | "if-possible" | "always" | "later";

type Checking = {
  strategy: Strategy;
  /** What was asked for. */
  name: string;
  keyring?: string;
  say(line: string): void;
};

/**
 * Checks the signature of a chart that was fetched.
 * @throws in Helm's words, if it must have one and has none that is good
 */
export async function checkFetched(
  { bytes, fileName, address, provenance }: Fetched,
  { strategy, name, keyring, say }: Checking,
  shell: Pick<Shell, "env" | "now">,
): Promise<Verification | undefined> {
  if (strategy === "never") return undefined;
  if (provenance.kind !== "there") {
    if (strategy === "always")
      throw new HelmError(`failed to fetch provenance ${go.quote(`${address}.prov`)}`);
    const because = provenance.kind === "missing" ? provenance.because : "it was not fetched";
    say(`WARNING: Verification not found for ${name}: ${because}\n`);
    return undefined;
  }
  return strategy === "later"
    ? undefined
    : verify({ archive: bytes, fileName, provenance: provenance.data }, keyring, shell);
}

/**
 * Checks the signature of an archive by the `.prov` beside it. VerifyChart of Helm's pkg/downloader.
 * @throws in Helm's words
 */
export async function checkFile(
  path: string,
  keyring: string | undefined,
  shell: Pick<Shell, "env" | "now">,
): Promise<Verification> {
  if (statSync(path).isDirectory()) throw new HelmError("unpacked charts cannot be verified");
  if (!/\.tgz$/i.test(path)) throw new HelmError("chart must be a tgz file");
  const file = `${path}.prov`;
  try {
    statSync(file);
  } catch (thrown) {
    throw new HelmError(`could not load provenance file ${file}: ${goWords(thrown, "stat", file).message}`);
  }
  const signed = { archive: readFileSync(path), fileName: basename(path), provenance: readFileSync(file) };
  return verify(signed, keyring, shell);
}

async function verify(
  signed: { archive: Uint8Array; fileName: string; provenance: Uint8Array },
  keyring: string | undefined,
  { env, now }: Pick<Shell, "env" | "now">,
): Promise<Verification> {
  const ring = keyring || join(env["GNUPGHOME"] ?? join(homedir(), ".gnupg"), "pubring.gpg");
  let keys: Buffer;
  try {
    keys = readFileSync(ring);
  } catch (thrown) {
    throw new HelmError(`failed to load keyring: ${goWords(thrown, "open", ring).message}`);
  }
  return verifyProvenance({ ...signed, keyring: keys, now: new Date(now()) });
}
