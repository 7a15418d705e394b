/** Who we are: what the challenges of a registry are answered with. */
import { BlockList, isIP } from "node:net";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Credentials, CredentialsFor } from "./credentials.ts";
import { ociError } from "./errors.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { isObject, parseJson } from "./json.ts";
import { limits } from "./limits.ts";
import type { Repository } from "./reference.ts";
import { collect, refusal } from "./refusal.ts";

export type Authenticator = {
  /** The Authorization header that is known to serve for a repository. */
  known(repository: Repository): string | undefined;
  /**
   * Answers the challenges of a 401.
   * @returns the header to try again with; undefined if there is nothing (more) to show
   * @throws {OciError} `bad-credentials`, `bad-answer`, `denied`, and what `send` throws
   */
  answer(
    repository: Repository,
    challenged: Answer,
    at: string,
    signal: AbortSignal,
  ): Promise<string | undefined>;
  /** Takes what is secret out of a text. */
  redact(text: string): string;
};

export function createAuthenticator(exchange: Exchange, credentialsFor: CredentialsFor): Authenticator {
  const headers = new Map<string, string>();
  const secrets = new Set<string>();
  const redact = (text: string) =>
    [...secrets, ...[...headers.values()].map(secretIn)].reduce(
      (clean, secret) => clean.replaceAll(secret, "***"),
      text,
    );
  const keyOf = ({ registry, path }: Repository) => `${registry}/${path}`;
  return {
    known: (repository) => headers.get(keyOf(repository)),
    redact,
    async answer(repository, challenged, at, signal) {
      const challenges = parseChallenges(challenged.headers["www-authenticate"]);
      const shown = credentialsFor(repository.registry);
      for (const secret of shown ? secretsOf(shown) : []) secrets.add(secret);
      const header = await headerFor(challenges, shown, (challenge) =>
        tokenFor(exchange, { repository, challenge, shown, registry: challenged.url, at, signal, redact }),
      );
      if (header === undefined) return undefined;
      headers.set(keyOf(repository), header);
      return header;
    },
  };
}

/** What an Authorization header shows, without its scheme. */
const secretIn = (header: string) => header.slice(header.indexOf(" ") + 1);

const secretsOf = (shown: Credentials): string[] =>
  (shown.kind === "basic" ? [shown.password, base64Of(shown)] : [shown.token]).filter(Boolean);

async function headerFor(
  challenges: readonly Challenge[],
  shown: Credentials | undefined,
  token: (challenge: Challenge) => Promise<string>,
): Promise<string | undefined> {
  if (shown?.kind === "bearer") return `Bearer ${shown.token}`;
  const bearer = challenges.find(({ scheme }) => scheme === "bearer");
  if (bearer) return `Bearer ${await token(bearer)}`;
  const basic = challenges.some(({ scheme }) => scheme === "basic");
  return basic && shown?.kind === "basic" ? `Basic ${base64Of(shown)}` : undefined;
}

const base64Of = ({ username, password }: Credentials & { kind: "basic" }) =>
  Buffer.from(`${username}:${password}`).toString("base64");

type TokenRequest = {
  repository: Repository;
  challenge: Challenge;
  shown: Credentials | undefined;
  /** Where the challenge came from. */
  registry: URL;
  at: string;
  signal: AbortSignal;
  redact(text: string): string;
};

/**
 * Asks the token server that a challenge names: by GET, anonymously or with a password, or by POST with an identity token.
 * https://distribution.github.io/distribution/spec/auth/token/ and …/oauth/
 */
async function tokenFor(exchange: Exchange, asked: TokenRequest): Promise<string> {
  const { repository, challenge, shown, registry, at, signal, redact } = asked;
  const url = realmOf(challenge, registry, at);
  const { service, scope = `repository:${repository.path}:pull` } = challenge.params;
  const from = `${at}: token server ${url.host}`;
  const answer =
    shown?.kind === "identity-token"
      ? await exchange.send({
          method: "POST",
          url,
          at: from,
          signal,
          ...identityForm(shown.token, service, scope),
        })
      : await exchange.send({
          method: "GET",
          url: withQuery(url, service, scope),
          at: from,
          signal,
          headers: shown?.kind === "basic" ? { authorization: `Basic ${base64Of(shown)}` } : {},
        });
  if (answer.status !== 200) throw await refusal(answer, from, redact);
  const body = await collect(answer.body, limits.maxTokenBytes, from);
  return tokenIn(body, from);
}

function identityForm(token: string, service: string | undefined, scope: string) {
  const form = {
    grant_type: "refresh_token",
    refresh_token: token,
    service: service ?? "",
    scope,
    client_id: "sluice",
  };
  return {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  };
}

function withQuery(realm: URL, service: string | undefined, scope: string): URL {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const one of scope.split(" ").filter(Boolean)) url.searchParams.append("scope", one);
  return url;
}

function tokenIn(body: Buffer, from: string): string {
  const found = parseJson(body);
  if (found === undefined) throw ociError("bad-answer", `${from}: the answer is not JSON`);
  const token = isObject(found) ? found["access_token"] || found["token"] : undefined;
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token))
    throw ociError("bad-answer", `${from}: the answer holds no token`);
  return token;
}

/** Addresses that mean something else on every machine; metadata services of clouds are among them. */
const inner = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const)
  inner.addSubnet(net, bits, "ipv4");
for (const [net, bits] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
] as const)
  inner.addSubnet(net, bits, "ipv6");

/**
 * Where a token is to be had. Credentials go there, so a registry must not send them just anywhere: validateRealm of oras-go.
 * @throws {OciError} `bad-answer`
 */
function realmOf({ params }: Challenge, registry: URL, at: string): URL {
  const realm = URL.parse(params["realm"] ?? "");
  const fail = (what: string) =>
    ociError(
      "bad-answer",
      `${at}: the token server of ${registry.host} ${what}; credentials do not go there`,
    );
  if (!realm || !/^https?:$/.test(realm.protocol)) throw fail("has no address");
  if (realm.username || realm.password) throw fail("has an address with credentials");
  if (realm.protocol === "http:" && registry.protocol === "https:")
    throw fail(`is ${realm.host} without TLS`);
  const host = realm.hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host);
  if (
    family !== 0 &&
    realm.hostname !== registry.hostname &&
    inner.check(host, family === 4 ? "ipv4" : "ipv6")
  )
    throw fail(`is at the inner address ${realm.host}`);
  realm.hash = "";
  return realm;
}
