import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { isIP } from "node:net";

/** A certificate and its private key, both PEM. */
export type Certificate = { cert: string; key: string };

export type Authority = {
  /** The certificate of the authority itself, PEM. */
  cert: string;
  /** Issues a server certificate for host names and IP addresses. */
  server(names: readonly string[]): Certificate;
  /** Issues a client certificate with this common name. */
  client(name: string): Certificate;
};

// Wide enough that no clock matters; 2099 is where RFC 5280 wants GeneralizedTime instead of UTCTime.
const NOT_BEFORE = der(0x17, Buffer.from("200101000000Z"));
const NOT_AFTER = der(0x18, Buffer.from("20991231235959Z"));
const ECDSA_WITH_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const CRITICAL = der(0x01, Buffer.from([0xff]));

/** Makes a new certificate authority with an EC P-256 key. Everything it issues is valid from 2020 to the end of 2099. */
export function createAuthority(name = "Sluice test authority"): Authority {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  let serial = 1;
  const cert = certify({
    serial,
    subject: name,
    publicKey: keys.publicKey,
    issuer: name,
    issuerKeys: keys,
    extensions: [
      extension("2.5.29.19", sequence(CRITICAL), true),
      extension("2.5.29.15", bitString(Buffer.from([0x06]), 1), true),
    ],
  });
  const issue = (subject: string, purpose: string, extensions: Buffer[]): Certificate => {
    const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
    serial += 1;
    return {
      key: own.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
      cert: certify({
        serial,
        subject,
        publicKey: own.publicKey,
        issuer: name,
        issuerKeys: keys,
        extensions: [
          extension("2.5.29.19", sequence(), true),
          extension("2.5.29.15", bitString(Buffer.from([0x80]), 7), true),
          extension("2.5.29.37", sequence(oid(purpose))),
          ...extensions,
        ],
      }),
    };
  };
  return {
    cert,
    server: (names) =>
      issue(names[0] ?? "server", "1.3.6.1.5.5.7.3.1", [extension("2.5.29.17", altNames(names))]),
    client: (subject) => issue(subject, "1.3.6.1.5.5.7.3.2", []),
  };
}

function certify(wanted: {
  serial: number;
  subject: string;
  publicKey: KeyObject;
  issuer: string;
  issuerKeys: { publicKey: KeyObject; privateKey: KeyObject };
  extensions: Buffer[];
}): string {
  const identifiers = [
    extension("2.5.29.14", der(0x04, keyId(wanted.publicKey))),
    extension("2.5.29.35", sequence(der(0x80, keyId(wanted.issuerKeys.publicKey)))),
  ];
  const body = sequence(
    der(0xa0, integer(2)),
    integer(wanted.serial),
    ECDSA_WITH_SHA256,
    distinguishedName(wanted.issuer),
    sequence(NOT_BEFORE, NOT_AFTER),
    distinguishedName(wanted.subject),
    spki(wanted.publicKey),
    der(0xa3, sequence(...wanted.extensions, ...identifiers)),
  );
  const signature = sign("sha256", body, wanted.issuerKeys.privateKey);
  return pem("CERTIFICATE", sequence(body, ECDSA_WITH_SHA256, bitString(signature, 0)));
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" }) as Buffer;
}

function keyId(key: KeyObject): Buffer {
  return createHash("sha1").update(spki(key)).digest();
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid("2.5.4.3"), der(0x0c, Buffer.from(commonName)))));
}

function altNames(names: readonly string[]): Buffer {
  return sequence(
    ...names.map((name) =>
      isIP(name) === 4 ? der(0x87, Buffer.from(name.split(".").map(Number))) : der(0x82, Buffer.from(name)),
    ),
  );
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [CRITICAL] : []), der(0x04, value));
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function integer(value: number): Buffer {
  return der(0x02, Buffer.from([value]));
}

function bitString(bytes: Buffer, unusedBits: number): Buffer {
  return der(0x03, Buffer.concat([Buffer.from([unusedBits]), bytes]));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const septets = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) septets.unshift((left & 0x7f) | 0x80);
    bytes.push(...septets);
  }
  return der(0x06, Buffer.from(bytes));
}

/** One tag, length, value triple of the distinguished encoding rules. */
function der(tag: number, value: Buffer): Buffer {
  if (value.length < 0x80) return Buffer.concat([Buffer.from([tag, value.length]), value]);
  const length: number[] = [];
  for (let left = value.length; left > 0; left >>= 8) length.unshift(left & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), value]);
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
