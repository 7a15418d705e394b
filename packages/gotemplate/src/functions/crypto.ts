/** Hashes, passwords, ciphers, keys and certificates. */
import { createCipheriv, createDecipheriv, createHash, createHmac, scryptSync } from "node:crypto";
import { toPem } from "@sluice/x509";
import { bytesOf, encode, fromBytes } from "../bytes.ts";
import { bcryptHash } from "../crypto/bcrypt.ts";
import { fromPem, generateKey, type KeyKind, type PrivateKey, parsePrivateKey } from "../crypto/keys.ts";
import {
  type CertificateTemplate,
  createCertificate,
  type Issuer,
  isAddress,
  readIssuer,
} from "../crypto/x509.ts";
import { GoError, saying } from "../errors.ts";
import { printValue } from "../print.ts";
import { allow, type Frame, tick } from "../runtime.ts";
import { type GoList, GoObject, type ObjectType, type Value } from "../value.ts";
import { type Functions, fn } from "./define.ts";
import { fromBase64 } from "./encoding.ts";

/** Steps that a tenth of a second counts for. */
const SLOW = 50_000;

const hash = (algorithm: string) =>
  fn("string", (_, text) => createHash(algorithm).update(bytesOf(text)).digest("hex"));

function adler32(text: string): string {
  let a = 1;
  let b = 0;
  for (let i = 0; i < text.length; i++) {
    a = (a + text.charCodeAt(i)) % 65521;
    b = (b + a) % 65521;
  }
  return String(b * 65536 + a);
}

function bcrypt(frame: Frame, password: string): string {
  if (password.length > 72)
    return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes";
  tick(frame.run, SLOW);
  return bcryptHash(bytesOf(password), frame.run.host.random(16));
}

function htpasswd(frame: Frame, user: string, password: string): string {
  return user.includes(":") ? `invalid username: ${user}` : `${user}:${bcrypt(frame, password)}`;
}

function randBytes({ run }: Frame, count: number): string {
  if (count < 0) throw new GoError("runtime error: makeslice: len out of range");
  allow(run, count);
  return Buffer.from(run.host.random(count)).toString("base64");
}

function uuid({ run }: Frame): string {
  const bytes = Buffer.from(run.host.random(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Spectre's (once Master Password's) forms of passwords, a letter for a set of characters. */
const FORMS: Record<string, readonly string[]> = {
  maximum: ["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
  long: (
    "CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno CvcvnoCvccCvcv " +
    "CvcvCvccnoCvcv CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno CvccnoCvccCvcv CvccCvccnoCvcv " +
    "CvccCvccCvcvno CvcvnoCvccCvcc CvcvCvccnoCvcc CvcvCvccCvccno CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno"
  ).split(" "),
  medium: ["CvcnoCvc", "CvcCvcno"],
  short: ["Cvcn"],
  basic: ["aaanaaan", "aannaaan", "aaannaaa"],
  pin: ["nnnn"],
};
const VOWELS = "AEIOU";
const CONSONANTS = "BCDFGHJKLMNPQRSTVWXYZ";
const LETTERS = VOWELS + VOWELS.toLowerCase() + CONSONANTS + CONSONANTS.toLowerCase();
const DIGITS = "0123456789";
const CHARACTERS: Record<string, string> = {
  V: VOWELS,
  C: CONSONANTS,
  v: VOWELS.toLowerCase(),
  c: CONSONANTS.toLowerCase(),
  A: VOWELS + CONSONANTS,
  a: LETTERS,
  n: DIGITS,
  o: "@&%?,=[]_:-+*$#!'^~;()/.",
  x: `${LETTERS}${DIGITS}!@#$%^&*()`,
};
const SCOPE = Buffer.from("com.lyndir.masterpassword");

/** A number in four bytes. */
function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function derivePassword(
  { run }: Frame,
  counter: number,
  kind: string,
  password: string,
  user: string,
  site: string,
): string {
  const forms = Object.hasOwn(FORMS, kind) ? FORMS[kind]! : undefined;
  if (!forms) return `cannot find password template ${kind}`;
  tick(run, SLOW);
  const salt = Buffer.concat([SCOPE, word(user.length), bytesOf(user)]);
  const key = scryptSync(bytesOf(password), salt, 64, { N: 32768, r: 8, p: 2, maxmem: 96 * 1024 * 1024 });
  const about = Buffer.concat([SCOPE, word(site.length), bytesOf(site), word(counter)]);
  const seed = createHmac("sha256", key).update(about).digest();
  const form = forms[seed[0]! % forms.length]!;
  return Array.from(form, (letter, i) => {
    const set = CHARACTERS[letter]!;
    return set[seed[i + 1]! % set.length];
  }).join("");
}

/** A key of 32 bytes: the password, cut or filled up with zeros. */
function aesKey(password: string): Buffer {
  const key = Buffer.alloc(32);
  bytesOf(password).copy(key);
  return key;
}

function encryptAes({ run }: Frame, password: string, text: string): string {
  if (text === "") return "";
  const iv = Buffer.from(run.host.random(16));
  const cipher = createCipheriv("aes-256-cbc", aesKey(password), iv);
  return Buffer.concat([iv, cipher.update(bytesOf(text)), cipher.final()]).toString("base64");
}

function decryptAes(password: string, text: string): string {
  if (text === "") return "";
  const bytes = bytesOf(fromBase64(text));
  if (bytes.length < 16)
    throw new GoError(
      `runtime error: slice bounds out of range [:16] with capacity ${(text.length >> 2) * 3}`,
    );
  const body = bytes.subarray(16);
  if (body.length % 16 !== 0) throw new GoError("crypto/cipher: input not full blocks");
  if (body.length === 0) throw new GoError("runtime error: index out of range [-1]");
  const cipher = createDecipheriv("aes-256-cbc", aesKey(password), bytes.subarray(0, 16)).setAutoPadding(
    false,
  );
  const plain = Buffer.concat([cipher.update(body), cipher.final()]);
  const length = plain.length - plain[plain.length - 1]!;
  if (length < 0) throw new GoError(`runtime error: slice bounds out of range [:${length}]`);
  return fromBytes(plain.subarray(0, length));
}

const KINDS: Record<string, KeyKind> = {
  "": "rsa4096",
  rsa: "rsa4096",
  dsa: "dsa",
  ecdsa: "ecdsa",
  ed25519: "ed25519",
};

function newKey({ run }: Frame, kind: KeyKind): string {
  tick(run, SLOW);
  return encode((run.host.generateKey ?? generateKey)(kind));
}

function genPrivateKey(frame: Frame, type: string): string {
  return Object.hasOwn(KINDS, type) ? newKey(frame, KINDS[type]!) : `Unknown type ${type}`;
}

const CERTIFICATE: ObjectType = {
  name: "sprig.certificate",
  kind: "struct",
  fields: [
    { name: "Cert", type: "string" },
    { name: "Key", type: "string" },
  ],
  methods: new Map(),
};

function certificate(cert: string, key: string): GoObject {
  return new GoObject(
    CERTIFICATE,
    new Map([
      ["Cert", cert],
      ["Key", key],
    ]),
  );
}

const partOf = (pair: GoObject, part: "Cert" | "Key"): string => String(pair.fields.get(part));

type Request = { name: string; ips?: GoList; dnsNames?: GoList; days: number; isCa?: boolean };

function addresses({ items }: GoList): string[] {
  return items.map((ip) => {
    if (typeof ip !== "string") throw new GoError(`error parsing ip: ${printValue(ip)} is not a string`);
    if (!isAddress(ip)) throw new GoError(`error parsing ip: ${ip}`);
    return ip;
  });
}

function namesOf({ items }: GoList): string[] {
  return items.map((name) => {
    if (typeof name === "string") return name;
    throw new GoError(`error processing alternate dns name: ${printValue(name)} is not a string`);
  });
}

function templateOf(
  { run }: Frame,
  { name, ips, dnsNames, days, isCa = false }: Request,
): CertificateTemplate {
  const now = run.host.now();
  return {
    commonName: name,
    ips: ips ? addresses(ips) : [],
    dnsNames: dnsNames ? namesOf(dnsNames) : [],
    serial: BigInt(`0x${Buffer.from(run.host.random(16)).toString("hex")}`),
    notBefore: now,
    notAfter: now + days * 86_400_000,
    isCa,
  };
}

/** The key to certify: the one that is given, or a new one. */
function keyFor(frame: Frame, pem: string | undefined): PrivateKey {
  if (pem === undefined) return parsePrivateKey(newKey(frame, "rsa2048"));
  return saying("parsing private key", () => parsePrivateKey(pem));
}

function issue(
  frame: Frame,
  request: Request,
  signee: PrivateKey,
  signer: PrivateKey,
  issuer?: Issuer,
): GoObject {
  const template = templateOf(frame, request);
  const bytes = saying("error creating certificate", () =>
    createCertificate(template, signee, signer, issuer),
  );
  return certificate(toPem("CERTIFICATE", bytes), encode(signee.pem));
}

function selfSigned(frame: Frame, request: Request, pem?: string): GoObject {
  const key = keyFor(frame, pem);
  return issue(frame, request, key, key);
}

function signed(frame: Frame, request: Request, ca: GoObject, pem?: string): GoObject {
  const key = keyFor(frame, pem);
  const block = fromPem(partOf(ca, "Cert"));
  if (!block) throw new GoError("unable to decode certificate");
  const issuer = saying("error parsing certificate: decodedCert.Bytes", () => readIssuer(block.bytes));
  const signer = saying("error parsing private key", () => parsePrivateKey(partOf(ca, "Key")));
  return issue(frame, request, key, signer, issuer);
}

function decoded(text: string, what: string): string {
  try {
    return fromBase64(text);
  } catch {
    throw new GoError(`unable to decode base64 ${what}`);
  }
}

function buildCustomCert(cert64: string, key64: string): GoObject {
  const cert = decoded(cert64, "certificate");
  const key = decoded(key64, "private key");
  const block = fromPem(cert);
  if (!block) throw new GoError("unable to decode certificate");
  saying("error parsing certificate: decodedCert.Bytes", () => readIssuer(block.bytes));
  saying("error parsing private key", () => parsePrivateKey(key));
  return certificate(cert, key);
}

export const crypto: Functions = {
  sha1sum: hash("sha1"),
  sha256sum: hash("sha256"),
  sha512sum: hash("sha512"),
  adler32sum: fn("string", (_, text) => adler32(text)),
  bcrypt: fn("string", bcrypt),
  htpasswd: fn("string string", htpasswd),
  randBytes: fn("int", randBytes),
  uuidv4: fn("", uuid),
  derivePassword: fn(
    "uint32 string string string string",
    (frame, counter: bigint, kind, password, user, site): Value =>
      derivePassword(frame, Number(counter), kind, password, user, site),
  ),
  encryptAES: fn("string string", encryptAes),
  decryptAES: fn("string string", (_, password, text) => decryptAes(password, text)),
  genPrivateKey: fn("string", genPrivateKey),
  buildCustomCert: fn("string string", (_, cert, key) => buildCustomCert(cert, key)),
  genCA: fn("string int", (frame, name, days) => selfSigned(frame, { name, days, isCa: true })),
  genCAWithKey: fn("string int string", (frame, name, days, key) =>
    selfSigned(frame, { name, days, isCa: true }, key),
  ),
  genSelfSignedCert: fn("string list list int", (frame, name, ips, dnsNames, days) =>
    selfSigned(frame, { name, ips, dnsNames, days }),
  ),
  genSelfSignedCertWithKey: fn("string list list int string", (frame, name, ips, dnsNames, days, key) =>
    selfSigned(frame, { name, ips, dnsNames, days }, key),
  ),
  genSignedCert: fn("string list list int certificate", (frame, name, ips, dnsNames, days, ca) =>
    signed(frame, { name, ips, dnsNames, days }, ca),
  ),
  genSignedCertWithKey: fn(
    "string list list int certificate string",
    (frame, name, ips, dnsNames, days, ca, key) => signed(frame, { name, ips, dnsNames, days }, ca, key),
  ),
};
