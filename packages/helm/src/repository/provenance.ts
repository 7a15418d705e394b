import { createHash } from "node:crypto";
import { go } from "@sluice/gotemplate";
import type * as OpenPgp from "openpgp";
import { decodeYaml, type Shape, text } from "../chart/decode.ts";
import { readMetadata } from "../chart/metadata.ts";
import type { Metadata } from "../chart.ts";
import { ChartError } from "../errors.ts";

/** An archive and what vouches for it. */
export type Signed = {
  archive: Uint8Array;
  /** How the archive is called in the provenance file: `web-1.0.0.tgz`. */
  fileName: string;
  /** The .prov file. */
  provenance: Uint8Array;
  /** The public keys that are trusted, binary as GnuPG exports them or armored. */
  keyring: Uint8Array;
  /** When keys must be valid. */
  now: Date;
};

/** What `helm verify` says about an archive. */
export type Verification = {
  /** The user names of the key: `Name <name@example.com>`. */
  signedBy: string[];
  /** Of the primary key, in capital letters. */
  fingerprint: string;
  /** `sha256:…` of the archive. */
  fileHash: string;
  /** Chart.yaml as it was signed. */
  metadata: Metadata;
};

const begin = "-----BEGIN PGP SIGNED MESSAGE-----";
const end = "-----END PGP SIGNATURE-----";
const maxBytes = 4 * 1024 * 1024;

/**
 * Verifies that a provenance file is signed by one of the keys and vouches for an archive. `helm verify`: Signatory.Verify of
 * Helm's pkg/provenance. The OpenPGP library is loaded when this is first called; its licence (LGPL) keeps it out of bundles.
 * @throws {ChartError} `bad-provenance` in Helm's words; `unsupported` where the library is not installed
 */
export async function verifyProvenance(signed: Signed): Promise<Verification> {
  const { archive, fileName, provenance, keyring, now } = signed;
  const block = blockOf(provenance);
  const openpgp = await loadOpenPgp();
  const keys = await readKeys(openpgp, keyring);
  const message = await openpgp.readCleartextMessage({ cleartextMessage: block }).catch((cause) => {
    throw bad("signature block not found", cause);
  });
  const signer = await signerOf(openpgp, message, keys, now);
  const { metadata, files } = contentsOf(message.getText());
  const fileHash = `sha256:${createHash("sha256").update(archive).digest("hex")}`;
  const vouched = files[fileName];
  if (vouched === undefined)
    throw bad(`provenance does not contain a SHA for a file named ${go.quote(fileName)}`);
  if (vouched !== fileHash) {
    const sums = `${go.quote(vouched)} != ${go.quote(fileHash)}`;
    throw bad(`sha256 sum does not match for ${fileName}: ${sums}`);
  }
  return {
    signedBy: signer.getUserIDs(),
    fingerprint: signer.getFingerprint().toUpperCase(),
    fileHash,
    metadata,
  };
}

async function loadOpenPgp(): Promise<typeof OpenPgp> {
  try {
    return await import("openpgp");
  } catch (cause) {
    const words =
      "provenance cannot be verified here: install the package openpgp beside this program (npm install openpgp)";
    throw new ChartError("unsupported", words, { cause });
  }
}

const bad = (words: string, cause?: unknown) => new ChartError("bad-provenance", words, { cause });

/** The signed message without what is around it. */
function blockOf(provenance: Uint8Array): string {
  if (provenance.length > maxBytes)
    throw new ChartError("limit", `provenance file is larger than the maximum size ${maxBytes}`);
  const content = Buffer.from(provenance).toString();
  const start = content.search(new RegExp(`^${begin}`, "m"));
  const stop = content.indexOf(end, start);
  if (start < 0 || stop < 0) throw bad("signature block not found");
  return content.slice(start, stop + end.length);
}

async function readKeys(openpgp: typeof OpenPgp, keyring: Uint8Array): Promise<OpenPgp.Key[]> {
  if (keyring.length === 0) return [];
  const isArmored = (keyring[0]! & 0x80) === 0;
  try {
    if (isArmored) return await openpgp.readKeys({ armoredKeys: Buffer.from(keyring).toString() });
    return await openpgp.readKeys({ binaryKeys: keyring });
  } catch (thrown) {
    throw bad(`failed to load keyring: openpgp: ${(thrown as Error).message}`, thrown);
  }
}

/** The key that one of the signatures was made with. */
async function signerOf(
  openpgp: typeof OpenPgp,
  message: OpenPgp.CleartextMessage,
  keys: readonly OpenPgp.Key[],
  now: Date,
): Promise<OpenPgp.Key> {
  const { signatures } = await openpgp.verify({ message, verificationKeys: [...keys], date: now });
  let problem = "openpgp: signature made by unknown entity";
  for (const { keyID, verified } of signatures) {
    const key = keys.find((one) => one.getKeys(keyID).length > 0);
    if (!key) continue;
    const unfit = await unfitness(key, keyID, now);
    const invalid = await verified.then(
      () => undefined,
      (thrown: Error) => `invalid signature: ${thrown.message}`,
    );
    if (!unfit && !invalid) return key;
    problem = `openpgp: ${unfit ?? invalid}`;
  }
  throw bad(problem);
}

/** Why a key does not count any more. The library asks only whether it counted when the signature was made; Helm asks now. */
async function unfitness(key: OpenPgp.Key, id: OpenPgp.KeyID, now: Date): Promise<string | undefined> {
  if (await key.isRevoked(undefined, undefined, now)) return "signature made by revoked key";
  const times = [await key.getExpirationTime(), ...(await Promise.all(key.getKeys(id).map(expirationOf)))];
  return times.some((time) => time === null || time <= now) ? "key expired" : undefined;
}

const expirationOf = async (one: OpenPgp.Key | OpenPgp.Subkey) => one.getExpirationTime();

const sums: Shape = {
  kind: "struct",
  name: "provenance.SumCollection",
  fields: { files: { kind: "map", name: "map[string]string", of: text } },
};

/** Chart.yaml and the digests of a message that was verified. */
function contentsOf(message: string): { metadata: Metadata; files: Record<string, string> } {
  const [head, tail] = message.split("\n...\n");
  if (tail === undefined) throw bad("message block must have at least two parts");
  try {
    const found = decodeYaml(sums, Buffer.from(tail)) as { files?: Record<string, string> } | null;
    return {
      metadata: readMetadata("Chart.yaml", Buffer.from(head!)),
      files: found?.files ?? Object.create(null),
    };
  } catch (thrown) {
    if (thrown instanceof go.GoError || thrown instanceof ChartError) throw bad(thrown.message, thrown);
    throw thrown;
  }
}
