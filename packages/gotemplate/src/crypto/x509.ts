/** Certificates as Go's crypto/x509 makes them. */
import { createHash, createPublicKey, type KeyObject, sign, X509Certificate } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";
import {
  BIT_STRING,
  BOOLEAN,
  der,
  derInteger,
  derOid,
  GENERAL_TIME,
  ipBytes,
  OCTET_STRING,
  PRINTABLE,
  readAll,
  SEQUENCE,
  SET,
  UTC_TIME,
  UTF8,
} from "@sluice/x509";
import { bytesOf, isAscii, isUtf8 } from "../bytes.ts";
import { GoError } from "../errors.ts";
import { goQuote } from "../quote.ts";
import type { PrivateKey } from "./keys.ts";

/** What a certificate says. */
export type CertificateTemplate = {
  commonName: string;
  ips: string[];
  dnsNames: string[];
  /** Milliseconds since 1970. */
  notBefore: number;
  notAfter: number;
  serial: bigint;
  isCa: boolean;
};

/** Who signs: the subject's name, its key identifier and its public key, if they are known. */
export type Issuer = { subject: Buffer; keyId?: Buffer; publicKey?: KeyObject };

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

/**
 * A certificate in DER.
 * @param signee the key whose owner is certified
 * @param issuer undefined for one that signs itself
 * @throws {GoError} in Go's words
 */
export function createCertificate(
  template: CertificateTemplate,
  signee: PrivateKey,
  signer: PrivateKey,
  issuer?: Issuer,
): Buffer {
  if (!signer.key) throw new GoError("x509: certificate private key does not implement crypto.Signer");
  if (!signee.key) throw new GoError("x509: unsupported public key type: *dsa.PublicKey");
  const signerPublic = createPublicKey(signer.key);
  if (issuer?.publicKey && !issuer.publicKey.equals(signerPublic))
    throw new GoError("x509: provided PrivateKey doesn't match parent's PublicKey");
  const publicKey = createPublicKey(signee.key).export({ format: "der", type: "spki" });
  const subject = nameOf(template.commonName);
  const issuerName = issuer?.subject ?? subject;
  const keyId = template.isCa ? keyIdOf(publicKey) : undefined;
  const authority = issuerName.equals(subject) ? undefined : issuer?.keyId;
  const { algorithm, digest } = signatureOf(signer.key);
  const body = der(
    SEQUENCE,
    der(0xa0, derInteger(2n)),
    derInteger(template.serial),
    algorithm,
    issuerName,
    der(SEQUENCE, timeOf(template.notBefore), timeOf(template.notAfter)),
    subject,
    publicKey,
    der(0xa3, der(SEQUENCE, ...extensions(template, subject, keyId, authority))),
  );
  const signature = sign(digest, body, signer.key);
  return der(SEQUENCE, body, algorithm, bitString(signature));
}

const bitString = (bytes: Uint8Array, unused = 0): Buffer => der(BIT_STRING, Buffer.from([unused]), bytes);

/** A name that consists of a common name, or of nothing. */
function nameOf(commonName: string): Buffer {
  if (commonName === "") return der(SEQUENCE);
  if (!isUtf8(commonName)) throw new GoError("asn1: string not valid UTF-8");
  const tag = /^[A-Za-z0-9'()+,\-./:=? ]*$/.test(commonName) ? PRINTABLE : UTF8;
  return der(SEQUENCE, der(SET, der(SEQUENCE, derOid("2.5.4.3"), der(tag, bytesOf(commonName)))));
}

/** Whole seconds; years from 2050 on need four digits. */
function timeOf(milliseconds: number): Buffer {
  const date = new Date(Math.min(milliseconds, Date.UTC(9999, 11, 31, 23, 59, 59)));
  const text = `${date.toISOString().replace(/[-:T]|\.\d+/g, "")}`;
  const year = date.getUTCFullYear();
  if (year >= 1950 && year < 2050) return der(UTC_TIME, Buffer.from(text.slice(2)));
  return der(GENERAL_TIME, Buffer.from(text));
}

/** The first 20 bytes of the SHA-256 of the public key, which is what Go takes since 1.25. */
function keyIdOf(publicKey: Buffer): Buffer {
  const bits = readAll(readAll(publicKey)![0]!.body)![1]!.body.subarray(1);
  return createHash("sha256").update(bits).digest().subarray(0, 20);
}

function extension(oid: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [der(BOOLEAN, Buffer.from([0xff]))] : [];
  return der(SEQUENCE, derOid(oid), ...flag, der(OCTET_STRING, value));
}

function extensions(
  template: CertificateTemplate,
  subject: Buffer,
  keyId?: Buffer,
  authority?: Buffer,
): Buffer[] {
  const { isCa, dnsNames, ips } = template;
  // Digital signature and key encipherment; a CA also signs certificates.
  const usage = isCa ? bitString(Buffer.from([0xa4]), 2) : bitString(Buffer.from([0xa0]), 5);
  const all = [
    extension("2.5.29.15", true, usage),
    extension("2.5.29.37", false, der(SEQUENCE, derOid(SERVER_AUTH), derOid(CLIENT_AUTH))),
    extension("2.5.29.19", true, isCa ? der(SEQUENCE, der(BOOLEAN, Buffer.from([0xff]))) : der(SEQUENCE)),
  ];
  if (keyId) all.push(extension("2.5.29.14", false, der(OCTET_STRING, keyId)));
  if (authority) all.push(extension("2.5.29.35", false, der(SEQUENCE, der(0x80, authority))));
  if (dnsNames.length + ips.length > 0) {
    const names = [...dnsNames.map(dnsName), ...ips.map((ip) => der(0x87, ipBytes(ip)))];
    all.push(extension("2.5.29.17", subject.length === 2, der(SEQUENCE, ...names)));
  }
  return all;
}

function dnsName(name: string): Buffer {
  if (!isAscii(name)) throw new GoError(`x509: ${goQuote(name)} cannot be encoded as an IA5String`);
  return der(0x82, bytesOf(name));
}

/** Whether a text is an address as Go reads them. */
export function isAddress(text: string): boolean {
  return isIPv4(text) || (isIPv6(text) && !text.includes("%"));
}

/** The signature algorithm that Go takes for a key. */
function signatureOf(key: KeyObject): { algorithm: Buffer; digest: string | null } {
  if (key.asymmetricKeyType === "rsa") {
    const algorithm = der(SEQUENCE, derOid("1.2.840.113549.1.1.11"), Buffer.from([0x05, 0x00]));
    return { algorithm, digest: "sha256" };
  }
  if (key.asymmetricKeyType === "ed25519")
    return { algorithm: der(SEQUENCE, derOid("1.3.101.112")), digest: null };
  if (key.asymmetricKeyType !== "ec") throw new GoError("x509: only RSA, ECDSA and Ed25519 keys supported");
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const [arc, digest] =
    curve === "secp384r1" ? [3, "sha384"] : curve === "secp521r1" ? [4, "sha512"] : [2, "sha256"];
  return { algorithm: der(SEQUENCE, derOid(`1.2.840.10045.4.3.${arc}`)), digest: digest as string };
}

/** What a certificate that signs others says of itself. @throws {GoError} in Go's words */
export function readIssuer(bytes: Buffer): Issuer {
  const [outer] = readAll(bytes) ?? [];
  if (outer?.tag !== SEQUENCE) throw new GoError("x509: malformed certificate");
  const [body] = readAll(outer.body) ?? [];
  if (body?.tag !== SEQUENCE) throw new GoError("x509: malformed tbs certificate");
  const certificate = parse(bytes);
  const parts = readAll(body.body) ?? [];
  // The version comes first, unless it is the first one.
  const subject = parts[parts[0]?.tag === 0xa0 ? 5 : 4]!.whole;
  const list = parts.find(({ tag }) => tag === 0xa3);
  const found = list && readAll(readAll(list.body)![0]!.body)?.find(({ body: one }) => one.includes(KEY_ID));
  const octets = found && readAll(found.body)?.at(-1);
  const keyId = octets && readAll(octets.body)?.[0]?.body;
  return { subject, keyId, publicKey: certificate.publicKey };
}

const KEY_ID = derOid("2.5.29.14");

function parse(bytes: Buffer): X509Certificate {
  try {
    return new X509Certificate(bytes);
  } catch {
    throw new GoError("x509: malformed certificate");
  }
}
