import { type Authenticator, createAuthenticator } from "./auth.ts";
import type { CredentialsFor } from "./credentials.ts";
import { type Descriptor, digestOf, isDigest, verified } from "./digest.ts";
import { ociError } from "./errors.ts";
import { type Answer, createExchange, type Exchange, type ExchangeOptions } from "./exchange.ts";
import { isObject, parseJson } from "./json.ts";
import { limits } from "./limits.ts";
import { type Manifest, manifestTypes, readManifest } from "./manifest.ts";
import { formatReference, type Reference, type Repository } from "./reference.ts";
import { collect, refusal } from "./refusal.ts";

export type RegistryOptions = ExchangeOptions & {
  /** Asked when a registry wants credentials; nobody has any unless given. */
  credentials?: CredentialsFor;
  /** Whether registries are asked over HTTP without TLS. */
  plainHttp?: boolean;
};

/** A manifest that was pulled; `descriptor` names the bytes, which were verified. */
export type Pulled = { descriptor: Descriptor; manifest: Manifest; bytes: Uint8Array };

type Asking = { signal: AbortSignal };

/** Reads what lies in registries: OCI Distribution Specification 1.1, the category «Pull» and the listing of tags. */
export type RegistryClient = {
  /** What a reference stands for, without its content; the tag `latest` if it names neither a tag nor a digest. */
  resolve(reference: Reference, options: Asking): Promise<Descriptor>;
  /** The manifest that a reference stands for. */
  manifest(reference: Reference, options: Asking): Promise<Pulled>;
  /** The tags of a repository, as the registry sorts them. */
  tags(repository: Repository, options: Asking): Promise<string[]>;
  /**
   * The content of a blob, verified while it is read: it is to be trusted when it has ended, not before.
   * @throws {OciError} while it is read too, `bad-digest` for one
   */
  blob(
    repository: Repository,
    descriptor: Descriptor,
    options: Asking & { maxBytes?: number },
  ): AsyncGenerator<Uint8Array>;
  /** Ends what is under way. */
  close(): Promise<void>;
};

/**
 * A client of registries. It keeps connections, and the tokens of the repositories that it was asked about.
 * Its methods throw {OciError}, and nothing that a registry may cause is thrown otherwise.
 */
export function createRegistryClient({
  credentials = () => undefined,
  plainHttp,
  ...options
}: RegistryOptions): RegistryClient {
  const exchange = createExchange(options);
  const auth = createAuthenticator(exchange, credentials);
  const ask = async (wanted: Ask) => {
    const answer = await askTwice(exchange, auth, wanted, urlOf(wanted, plainHttp));
    if (answer.status === 200) return answer;
    throw await refusal(answer, wanted.at, auth.redact);
  };
  return {
    resolve: (reference, { signal }) => resolve(ask, reference, bounded(signal)),
    manifest: (reference, { signal }) => pullManifest(ask, reference, bounded(signal)),
    tags: (repository, { signal }) => listTags(ask, repository, bounded(signal)),
    blob: (repository, descriptor, { signal, maxBytes }) =>
      readBlob(ask, { repository, descriptor, maxBytes }, signal),
    close: exchange.close,
  };
}

type Ask = {
  repository: Repository;
  /** What follows the repository's name in the address. */
  rest: string;
  at: string;
  method?: "GET" | "HEAD";
  accept?: string;
  signal: AbortSignal;
};

/** Asks for something in a repository. @throws {OciError} for every answer but 200 */
type Asker = (wanted: Ask) => Promise<Answer>;

/** Asks with the credentials that are known to serve; if others are wanted, once more with those. */
async function askTwice(exchange: Exchange, auth: Authenticator, wanted: Ask, url: URL): Promise<Answer> {
  const { repository, at, method = "GET", accept, signal } = wanted;
  const send = (authorization: string | undefined) => {
    const headers = { ...(accept && { accept }), ...(authorization && { authorization }) };
    return exchange.send({ method, url, at, signal, headers });
  };
  const known = auth.known(repository);
  const first = await send(known);
  // Whoever the registry redirects to is not told who we are.
  if (first.status !== 401 || first.url.origin !== url.origin) return first;
  const header = await auth.answer(repository, first, at, signal);
  if (header === undefined || header === known) return first;
  await first.discard();
  return send(header);
}

const manifestAsk = (reference: Reference, signal: AbortSignal): Ask => ({
  repository: reference,
  rest: `manifests/${reference.digest ?? reference.tag ?? "latest"}`,
  accept: manifestTypes.join(", "),
  at: formatReference(reference),
  signal,
});

async function resolve(ask: Asker, reference: Reference, signal: AbortSignal): Promise<Descriptor> {
  const wanted = manifestAsk(reference, signal);
  const answer = await ask({ ...wanted, method: "HEAD" });
  await answer.discard();
  const digest = announced(answer);
  const size = Number(answer.headers["content-length"] ?? Number.NaN);
  // What the specification only recommends to tell is found out.
  if (digest === undefined || Number.isNaN(size))
    return (await pullManifest(ask, reference, signal)).descriptor;
  if (reference.digest !== undefined && reference.digest !== digest)
    throw ociError("bad-digest", `${wanted.at}: the registry has ${digest} there`);
  return { mediaType: contentType(answer), digest, size };
}

async function pullManifest(ask: Asker, reference: Reference, signal: AbortSignal): Promise<Pulled> {
  const wanted = manifestAsk(reference, signal);
  const answer = await ask(wanted);
  const bytes = await collect(answer.body, limits.maxManifestBytes, wanted.at);
  const digest = expectDigest(bytes, reference.digest ?? announced(answer), wanted.at);
  const { mediaType, manifest } = readManifest(bytes, contentType(answer), wanted.at);
  return { descriptor: { mediaType, digest, size: bytes.length }, manifest, bytes };
}

async function listTags(ask: Asker, repository: Repository, signal: AbortSignal): Promise<string[]> {
  const at = `tags of ${nameOf(repository)}`;
  const pages: string[][] = [];
  let count = 0;
  for (let rest: string | undefined = "tags/list"; rest !== undefined; ) {
    if (pages.length === limits.maxTagPages)
      throw ociError("too-large", `${at}: more than ${pages.length} pages`);
    const answer = await ask({ repository, rest, at, signal });
    const page = tagsIn(await collect(answer.body, limits.maxTagPageBytes, at), at);
    count += page.length;
    if (count > limits.maxTags) throw ociError("too-large", `${at}: more than ${limits.maxTags} tags`);
    pages.push(page);
    const query = nextPage(answer, at);
    if (query !== undefined && `tags/list${query}` === rest) throw strayed(at);
    rest = query === undefined ? undefined : `tags/list${query}`;
  }
  return pages.flat();
}

async function* readBlob(
  ask: Asker,
  wanted: { repository: Repository; descriptor: Descriptor; maxBytes?: number },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { repository, descriptor, maxBytes = limits.maxBlobBytes } = wanted;
  const { digest, size } = descriptor;
  const at = `${nameOf(repository)}@${digest}`;
  if (size > maxBytes)
    throw ociError("too-large", `${at}: ${size} bytes are more than the ${maxBytes} that are allowed`);
  const answer = await ask({ repository, rest: `blobs/${digest}`, at, signal: bounded(signal) });
  yield* verified(answer.body, descriptor, at);
}

const nameOf = ({ registry, path }: Repository) => formatReference({ registry, path });

const bounded = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(limits.operationMs)]);

/** Docker Hub's registry has another name than Docker Hub. */
function urlOf({ repository: { registry, path }, rest }: Ask, plainHttp = false): URL {
  const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
  return new URL(`${plainHttp ? "http" : "https"}://${host}/v2/${path}/${rest}`);
}

const contentType = ({ headers }: Answer) =>
  String(headers["content-type"] ?? "")
    .split(";")[0]!
    .trim();

/** The digest that the registry tells, if it is one. */
function announced({ headers }: Answer): string | undefined {
  const digest = String(headers["docker-content-digest"] ?? "");
  return isDigest(digest) ? digest : undefined;
}

/** @throws {OciError} `bad-digest` */
function expectDigest(bytes: Uint8Array, expected: string | undefined, at: string): string {
  const digest = digestOf(bytes, expected);
  if (expected === undefined || digest === expected) return digest;
  throw ociError(
    "bad-digest",
    `${at}: expected ${expected}, and its digest is ${digest}; it was replaced or damaged`,
  );
}

function tagsIn(body: Buffer, at: string): string[] {
  const found = parseJson(body);
  if (found === undefined) throw ociError("bad-answer", `${at}: the answer is not JSON`);
  // The reference implementation has null for a page without tags.
  const tags = isObject(found) ? (found["tags"] ?? []) : undefined;
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === "string"))
    throw ociError("bad-answer", `${at}: the answer holds no list of tags`);
  return tags;
}

/** The query of the page that a list goes on at, by RFC 8288; it stays in the list, as credentials go there. */
function nextPage({ headers, url }: Answer, at: string): string | undefined {
  const link = [headers.link ?? []].flat().join(", ");
  const target = /<([^>]*)>\s*;\s*rel="?next"?(?:\s*[,;]|\s*$)/i.exec(link)?.[1];
  if (target === undefined) return undefined;
  const next = URL.parse(target, url);
  if (next?.origin === url.origin && next.pathname === url.pathname) return next.search;
  throw strayed(at);
}

const strayed = (at: string) => ociError("bad-answer", `${at}: the next page is not in the same list`);
