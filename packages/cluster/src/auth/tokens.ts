import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from "node:crypto";

/** The audience of the API server itself: what tokens are for unless they say otherwise. */
export const ISSUER = "https://kubernetes.default.svc.cluster.local";
/** Who says to have made the tokens that lie in Secrets. */
export const LEGACY_ISSUER = "kubernetes/serviceaccount";

type Ref = { name: string; uid: string };

/** What the token of a ServiceAccount states; times in seconds since the epoch. */
export type Claims = {
  aud?: string[];
  exp?: number;
  iat?: number;
  nbf?: number;
  iss: string;
  jti?: string;
  "kubernetes.io"?: { namespace: string; serviceaccount: Ref; pod?: Ref; secret?: Ref; node?: Ref };
  "kubernetes.io/serviceaccount/namespace"?: string;
  "kubernetes.io/serviceaccount/secret.name"?: string;
  "kubernetes.io/serviceaccount/service-account.name"?: string;
  "kubernetes.io/serviceaccount/service-account.uid"?: string;
  sub: string;
};

export type SigningKey = {
  /** the private key, PKCS #8: what a snapshot keeps */
  pem: string;
  sign(claims: Claims): string;
  /** the claims of a token that this key signed; undefined for what is no such token */
  verify(token: string): Claims | undefined;
  /** the public part, as /openid/v1/jwks shows it */
  jwk: Record<string, unknown>;
};

/** How many verified tokens are remembered: a signature costs more than all else about a request. */
const REMEMBERED = 1024;

/** The key of `pem`, or a new one. Tokens are signed by ECDSA on P-256, whose keys are made at once. */
export function signingKey(pem?: string): SigningKey {
  const own =
    pem === undefined ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey : createPrivateKey(pem);
  const open = createPublicKey(own);
  const kid = createHash("sha256")
    .update(open.export({ type: "spki", format: "der" }))
    .digest("base64url");
  const header = encoded({ alg: "ES256", kid });
  const verified = new Map<string, Claims>();
  return {
    pem: own.export({ type: "pkcs8", format: "pem" }) as string,
    jwk: { use: "sig", kid, alg: "ES256", ...open.export({ format: "jwk" }) },
    sign(claims) {
      const body = `${header}.${encoded(claims)}`;
      const signature = sign("sha256", Buffer.from(body), { key: own, dsaEncoding: "ieee-p1363" });
      return `${body}.${signature.toString("base64url")}`;
    },
    verify(token) {
      const known = verified.get(token);
      if (known) return known;
      const [head, body, signature, ...rest] = token.split(".");
      if (head !== header || !body || !signature || rest.length > 0) return undefined;
      const key = { key: open, dsaEncoding: "ieee-p1363" as const };
      if (!verify("sha256", Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url")))
        return undefined;
      const claims: Claims = JSON.parse(Buffer.from(body, "base64url").toString());
      if (verified.size >= REMEMBERED) verified.delete(verified.keys().next().value!);
      verified.set(token, claims);
      return claims;
    },
  };
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
