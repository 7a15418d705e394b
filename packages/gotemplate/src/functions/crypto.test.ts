import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { test } from "node:test";
import { bcryptHash } from "../crypto/bcrypt.ts";
import { generateKey } from "../crypto/keys.ts";
import { errorOf, render, STILL } from "../render.fixture.ts";

const out = (text: string): string => render(text, {}, STILL);

test("hashes, passwords and ciphers", () => {
  assert.equal(
    out('{{ sha256sum "é" }}'),
    "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c",
  );
  assert.equal(out('{{ adler32sum "Wikipedia" }}'), "300286872");
  assert.equal(out('{{ derivePassword 1 "pin" "password" "user" "example.com" }}'), "6685");
  assert.equal(out('{{ encryptAES "k" "text" | decryptAES "k" }}'), "text");
  assert.match(out("{{ uuidv4 }}"), /^0b30557a-9fc4-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("bcrypt gives the hashes that others give", () => {
  // From the test vectors of jBCrypt: an empty password, six rounds.
  const salt = Buffer.from("144b3d691a7b4ecf39cf735c7fa7a79c", "hex");
  assert.equal(
    bcryptHash(Buffer.from(""), salt, 6),
    "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.",
  );
  assert.match(out('{{ htpasswd "u" "p" }}'), /^u:\$2a\$10\$[./A-Za-z0-9]{53}$/);
  assert.equal(out('{{ htpasswd "a:b" "p" }}'), "invalid username: a:b");
});

test("random texts come from the source that is handed in", () => {
  assert.equal(out("{{ randNumeric 8 }}"), out("{{ randNumeric 8 }}"));
  assert.match(out("{{ randAlphaNum 40 }}"), /^[A-Za-z0-9]{40}$/);
  assert.equal(out("{{ randBytes 3 }}"), "CzBV");
});

const lines = (text: string): string => out(`{{ $c := ${text} }}{{ $c.Cert }}{{ $c.Key }}`);

test("certificates are what OpenSSL takes for certificates", () => {
  const ca = new X509Certificate(lines('genCA "my ca" 10'));
  assert.equal(ca.ca, true);
  assert.equal(ca.subject, "CN=my ca");
  assert.equal(ca.verify(ca.publicKey), true);
  const days = (Date.parse(ca.validTo) - Date.parse(ca.validFrom)) / 86_400_000;
  assert.equal(days, 10);
  const text =
    '{{ $ca := genCA "my ca" 10 }}{{ $c := genSignedCert "web" (list "10.0.0.1" "::1") (list "a.example" "*.b") 5 $ca }}';
  const [first, second] = out(`${text}{{ $ca.Cert }}|{{ $c.Cert }}|`).split("|") as [string, string];
  const issuer = new X509Certificate(first);
  const signed = new X509Certificate(second);
  assert.equal(signed.verify(issuer.publicKey), true);
  assert.equal(signed.checkIssued(issuer), true);
  assert.equal(signed.ca, false);
  assert.equal(
    signed.subjectAltName,
    "DNS:a.example, DNS:*.b, IP Address:10.0.0.1, IP Address:0:0:0:0:0:0:0:1",
  );
});

test("certificates are made for keys of other kinds", () => {
  for (const kind of ["ecdsa", "ed25519"] as const) {
    const pem = out(`{{ genPrivateKey "${kind}" }}`);
    const values = { pem };
    const cert = new X509Certificate(
      render('{{ (genSelfSignedCertWithKey "" nil (list "x") 1 .Values.pem).Cert }}', values, STILL),
    );
    assert.equal(cert.verify(createPublicKey(createPrivateKey(pem))), true);
  }
});

test("keys may come from elsewhere", () => {
  const generateKeyOnce = generateKey("ecdsa");
  const options = { ...STILL, generateKey: () => generateKeyOnce };
  assert.equal(render('{{ genPrivateKey "rsa" }}', {}, options), generateKeyOnce);
});

test("what is no key or certificate is refused", () => {
  const fails = (action: string, words: string): void => {
    const { message } = errorOf(`{{ ${action} }}`, {}, STILL);
    assert.ok(message.endsWith(words), message);
  };
  fails('genCAWithKey "x" 1 "y"', "parsing private key: no PEM data in input");
  fails('genSelfSignedCert "x" (list "1.2.3") nil 1', "error parsing ip: 1.2.3");
  fails('buildCustomCert "!" ""', "unable to decode base64 certificate");
  fails('decryptAES "k" "YQ=="', "runtime error: slice bounds out of range [:16] with capacity 3");
});
