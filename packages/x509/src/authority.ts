import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { isIP } from "node:net";
import { ipBytes } from "./addresses.ts";
import {
  BIT_STRING,
  BOOLEAN,
  der,
  derInteger,
  derOid,
  GENERAL_TIME,
  OCTET_STRING,
  SEQUENCE,
  SET,
  UTC_TIME,
  UTF8,
} from "./der.ts";

/** A certificate and its private key, both PEM. */
export type Certificate = { cert: string; key: string };

export type Authority = {
  /** The certificate of the authority itself, PEM. */
  cert: string;
  /** All that makes it again. */
  pem: Certificate;
  /** Issues a server certificate for host names and IP addresses. */
  server(names: readonly string[]): Certificate;
  /** Issues a client certificate with this common name. */
  client(name: string): Certificate;
};

// Wide enough that no clock matters; RFC 5280 wants GeneralizedTime from 2050 on.
const NOT_BEFORE = der(UTC_TIME, Buffer.from("200101000000Z"));
const NOT_AFTER = der(GENERAL_TIME, Buffer.from("20991231235959Z"));
const ECDSA_WITH_SHA256 = der(SEQUENCE, derOid("1.2.840.10045.4.3.2"));
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
const CRITICAL = der(BOOLEAN, Buffer.from([0xff]));

/**
 * A certificate authority with an EC P-256 key. Everything it issues is valid from 2020 to the end of 2099.
 * @param name its common name
 * @param pem that of an authority of this name; a new one is made unless given
 */
export function createAuthority(name = "Sluice test authority", pem?: Certificate): Authority {
  const key = pem === undefined ? newKey() : createPrivateKey(pem.key);
  const issuer = { name, key };
  const own = [
    extension("2.5.29.19", der(SEQUENCE, CRITICAL), true),
    extension("2.5.29.15", bitString(Buffer.from([0x06]), 1), true),
  ];
  const cert = pem?.cert ?? certify({ subject: name, key, issuer, extensions: own });
  const issue = (subject: string, purpose: string, more: Buffer[]): Certificate => {
    const key = newKey();
    const extensions = [
      extension("2.5.29.19", der(SEQUENCE), true),
      extension("2.5.29.15", bitString(Buffer.from([0x80]), 7), true),
      extension("2.5.29.37", der(SEQUENCE, derOid(purpose))),
      ...more,
    ];
    return { key: pemOf(key), cert: certify({ subject, key, issuer, extensions }) };
  };
  return {
    cert,
    pem: { cert, key: pemOf(key) },
    server: (names) => issue(names[0] ?? "server", SERVER_AUTH, [extension("2.5.29.17", altNames(names))]),
    client: (subject) => issue(subject, CLIENT_AUTH, []),
  };
}

const newKey = (): KeyObject => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

const pemOf = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }) as string;

function certify(wanted: {
  subject: string;
  key: KeyObject;
  issuer: { name: string; key: KeyObject };
  extensions: Buffer[];
}): string {
  const spki = spkiOf(wanted.key);
  const identifiers = [
    extension("2.5.29.14", der(OCTET_STRING, keyId(spki))),
    extension("2.5.29.35", der(SEQUENCE, der(0x80, keyId(spkiOf(wanted.issuer.key))))),
  ];
  const body = der(
    SEQUENCE,
    der(0xa0, derInteger(2n)),
    // by chance, as an authority does not remember between restarts how far it has counted
    derInteger(randomBytes(8).readBigUInt64BE() | 1n),
    ECDSA_WITH_SHA256,
    distinguishedName(wanted.issuer.name),
    der(SEQUENCE, NOT_BEFORE, NOT_AFTER),
    distinguishedName(wanted.subject),
    spki,
    der(0xa3, der(SEQUENCE, ...wanted.extensions, ...identifiers)),
  );
  const signature = sign("sha256", body, wanted.issuer.key);
  return toPem("CERTIFICATE", der(SEQUENCE, body, ECDSA_WITH_SHA256, bitString(signature, 0)));
}

const spkiOf = (key: KeyObject): Buffer => createPublicKey(key).export({ type: "spki", format: "der" });

const keyId = (spki: Buffer): Buffer => createHash("sha1").update(spki).digest();

function distinguishedName(commonName: string): Buffer {
  return der(SEQUENCE, der(SET, der(SEQUENCE, derOid("2.5.4.3"), der(UTF8, Buffer.from(commonName)))));
}

function altNames(names: readonly string[]): Buffer {
  const one = (name: string) => (isIP(name) > 0 ? der(0x87, ipBytes(name)) : der(0x82, Buffer.from(name)));
  return der(SEQUENCE, ...names.map(one));
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return der(SEQUENCE, derOid(id), ...(critical ? [CRITICAL] : []), der(OCTET_STRING, value));
}

const bitString = (bytes: Buffer, unusedBits: number): Buffer =>
  der(BIT_STRING, Buffer.from([unusedBits]), bytes);

/** Bytes as a PEM block of this type. */
export function toPem(type: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${type}-----\n${lines.map((line) => `${line}\n`).join("")}-----END ${type}-----\n`;
}
