/** Private keys: made, and read from PEM as sprig reads them. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { der, derInteger, integerIn, readAll, SEQUENCE, toPem } from "@sluice/x509";
import { GoError } from "../errors.ts";

export type KeyKind = "rsa2048" | "rsa4096" | "dsa" | "ecdsa" | "ed25519";

/** A new private key in the PEM form that Go gives to its kind. */
export function generateKey(kind: KeyKind): string {
  switch (kind) {
    case "rsa2048":
    case "rsa4096":
      return pemOf(generateKeyPairSync("rsa", { modulusLength: Number(kind.slice(3)) }).privateKey);
    case "ecdsa":
      return pemOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
    case "ed25519":
      return pemOf(generateKeyPairSync("ed25519").privateKey);
    case "dsa":
      return dsaPem(generateKeyPairSync("dsa", { modulusLength: 2048, divisorLength: 256 }).privateKey);
  }
}

/** PKCS#1 for RSA, SEC 1 for elliptic curves, PKCS#8 for the rest. */
function pemOf(key: KeyObject): string {
  const type = key.asymmetricKeyType === "rsa" ? "pkcs1" : key.asymmetricKeyType === "ec" ? "sec1" : "pkcs8";
  return key.export({ format: "pem", type }).toString();
}

/** OpenSSL's old form of DSA keys: version, p, q, g, y, x. */
function dsaPem(key: KeyObject): string {
  const [, algorithm, octets] = readAll(readAll(key.export({ format: "der", type: "pkcs8" }))![0]!.body)!;
  const [p, q, g] = readAll(readAll(algorithm!.body)![1]!.body)!.map(integerIn) as [bigint, bigint, bigint];
  const x = integerIn(readAll(octets!.body)![0]!);
  const body = der(SEQUENCE, ...[0n, p, q, g, modPow(g, x, p), x].map(derInteger));
  return toPem("DSA PRIVATE KEY", body);
}

function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let factor = base % modulus;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * factor) % modulus;
    factor = (factor * factor) % modulus;
  }
  return result;
}

/** The first block of a PEM text; undefined if there is none. */
export function fromPem(text: string): { type: string; bytes: Buffer } | undefined {
  const match =
    /-----BEGIN ([^\n]*?)-----[ \t]*\r?\n((?:[^\n]*: [^\n]*\n)*\s*)([A-Za-z0-9+/=\s]*?)-----END \1-----/.exec(
      text,
    );
  if (!match) return undefined;
  const body = match[3]!.replace(/\s/g, "");
  return body.length % 4 === 0 ? { type: match[1]!, bytes: Buffer.from(body, "base64") } : undefined;
}

/** A private key. DSA keys are read but sign nothing, as in Go. */
export type PrivateKey = { key?: KeyObject; pem: string };

/** @throws {GoError} in sprig's words */
export function parsePrivateKey(text: string): PrivateKey {
  const block = fromPem(text);
  if (!block) throw new GoError("no PEM data in input");
  const { type, bytes } = block;
  if (type === "PRIVATE KEY") return read(bytes, "pkcs8", "decoding PEM as PKCS#8");
  if (!type.endsWith(" PRIVATE KEY")) throw new GoError(`no private key data in PEM block of type ${type}`);
  switch (type.slice(0, -" PRIVATE KEY".length)) {
    case "RSA":
      return read(bytes, "pkcs1", "parsing RSA private key from PEM");
    case "EC":
      return read(bytes, "sec1", "parsing EC private key from PEM");
    case "DSA":
      return { pem: toPem(type, bytes) };
    default:
      throw new GoError(`invalid private key type ${type.slice(0, -" PRIVATE KEY".length)}`);
  }
}

function read(bytes: Buffer, type: "pkcs1" | "pkcs8" | "sec1", words: string): PrivateKey {
  try {
    const key = createPrivateKey({ key: bytes, format: "der", type });
    return { key, pem: pemOf(key) };
  } catch {
    throw new GoError(`${words}: asn1: structure error: malformed key`);
  }
}
