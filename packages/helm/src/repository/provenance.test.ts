import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, test } from "node:test";
import * as openpgp from "openpgp";
import { chartYaml, packed } from "../chart/chart.fixture.ts";
import { type Signed, verifyProvenance } from "./provenance.ts";

const archive = packed("web", { "Chart.yaml": chartYaml("web") });
const sum = `sha256:${createHash("sha256").update(archive).digest("hex")}`;
const fileName = "web-1.0.0.tgz";
const contents = `${chartYaml("web", "description: '- dash'\n")}\n...\nfiles:\n  ${fileName}: ${sum}\n`;
const made = new Date("2025-01-01T00:00:00Z");
const now = new Date("2025-06-01T00:00:00Z");

type Keys = { privateKey: openpgp.PrivateKey; publicKey: openpgp.PublicKey };
let ours: Keys;
let other: Keys;
let short: Keys;
before(async () => {
  const generate = async (name: string, keyExpirationTime = 0): Promise<Keys> =>
    (await openpgp.generateKey({
      userIDs: [{ name, email: `${name}@example.com` }],
      format: "object",
      date: made,
      keyExpirationTime,
    })) as Keys;
  [ours, other, short] = await Promise.all([generate("ours"), generate("other"), generate("short", 3600)]);
});

async function sign(text: string, { privateKey }: Keys): Promise<Buffer> {
  const message = await openpgp.createCleartextMessage({ text });
  return Buffer.from(
    await openpgp.sign({ message, signingKeys: privateKey, date: new Date(made.getTime() + 60_000) }),
  );
}

const verify = async (more: Partial<Signed> = {}) =>
  verifyProvenance({
    archive,
    fileName,
    provenance: more.provenance ?? (await sign(contents, ours)),
    keyring: ours.publicKey.write(),
    now,
    ...more,
  });

test("a signed archive is verified, with binary and armored keys", async () => {
  const wanted = {
    signedBy: ["ours <ours@example.com>"],
    fingerprint: ours.publicKey.getFingerprint().toUpperCase(),
    fileHash: sum,
    metadata: { apiVersion: "v2", name: "web", version: "1.0.0", description: "- dash" },
  };
  assert.deepEqual(await verify(), wanted);
  assert.deepEqual(await verify({ keyring: Buffer.from(ours.publicKey.armor()) }), wanted);
  const ring = Buffer.concat([other.publicKey.write(), ours.publicKey.write()]);
  assert.deepEqual(await verify({ keyring: ring }), wanted);
});

test("text around the signed message and other line ends do no harm", async () => {
  const plain = (await sign(contents, ours)).toString();
  assert.equal((await verify({ provenance: Buffer.from(`junk\n${plain}\nmore`) })).fileHash, sum);
  assert.equal((await verify({ provenance: Buffer.from(plain.replaceAll("\n", "\r\n")) })).fileHash, sum);
});

const REFUSED: Record<string, [change: () => Promise<Partial<Signed>>, message: RegExp]> = {
  "an unknown key": [
    async () => ({ provenance: await sign(contents, other) }),
    /^openpgp: signature made by unknown entity$/,
  ],
  "no keys": [async () => ({ keyring: Buffer.alloc(0) }), /^openpgp: signature made by unknown entity$/],
  "a key that has expired": [
    async () => ({ provenance: await sign(contents, short), keyring: short.publicKey.write() }),
    /^openpgp: key expired$/,
  ],
  "another text": [
    async () => ({
      provenance: Buffer.from((await sign(contents, ours)).toString().replace("1.0.0", "1.0.1")),
    }),
    /^openpgp: invalid signature: /,
  ],
  "another archive": [
    async () => ({ archive: Buffer.concat([archive, Buffer.from("x")]) }),
    /^sha256 sum does not match for web-1\.0\.0\.tgz: "sha256:\w{64}" != "sha256:\w{64}"$/,
  ],
  "another name": [
    async () => ({ fileName: "a.tgz" }),
    /^provenance does not contain a SHA for a file named "a\.tgz"$/,
  ],
  "no digests": [
    async () => ({ provenance: await sign(chartYaml("web"), ours) }),
    /^message block must have at least two parts$/,
  ],
  "digests that are no map": [
    async () => ({ provenance: await sign("name: web\n\n...\nfiles: []\n", ours) }),
    /^error unmarshaling JSON: .* cannot unmarshal array into Go struct field SumCollection\.files of type map\[string\]string$/,
  ],
  "no signature": [async () => ({ provenance: Buffer.from(contents) }), /^signature block not found$/],
  "half a signature": [
    async () => ({ provenance: (await sign(contents, ours)).subarray(0, -60) }),
    /^signature block not found$/,
  ],
  "a keyring that is none": [
    async () => ({ keyring: Buffer.from("hello") }),
    /^failed to load keyring: openpgp: /,
  ],
};
for (const [what, [change, message]] of Object.entries(REFUSED)) {
  test(`an archive with ${what} is refused in Helm's words`, async () => {
    await assert.rejects(verify(await change()), { name: "ChartError", code: "bad-provenance", message });
  });
}

test("a provenance file that is damaged anywhere never passes and never breaks", async () => {
  const good = await sign(contents, ours);
  const start = good.indexOf("apiVersion");
  const end = good.indexOf("-----BEGIN PGP SIGNATURE");
  for (let at = 0; at < good.length; at += 7) {
    const provenance = Buffer.from(good);
    provenance[at] = provenance[at]! ^ 0x15;
    const outcome = await verify({ provenance }).catch((thrown: Error) => thrown.name);
    if (at >= start && at < end - 1) assert.equal(outcome, "ChartError", `byte ${at}`);
    else assert.ok(outcome === "ChartError" || typeof outcome === "object", `byte ${at}: ${String(outcome)}`);
  }
});
