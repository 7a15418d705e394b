import { createAuthenticator } from "./auth.ts";
import type { CredentialsFor } from "./credentials.ts";
import { type Descriptor, digestOf, isDigest, verified } from "./digest.ts";
import { ociError } from "./errors.ts";
import { type Answer, createExchange, type ExchangeOptions } from "./exchange.ts";
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

  /** Asks with the credentials that are known to serve; if others are wanted, once more with those. */
  async function ask(wanted: Ask): Promise<Answer> {
    const { repository, url, at, method = "GET", accept, signal } = wanted;
    const send = (authorization: string | undefined) =>
      exchange.send({
        method,
        url,
        at,
        signal,
        headers: { ...(accept && { accept }), ...(authorization && { authorization }) },
      });
    const known = auth.known(repository);
    const first = await send(known);
    // Whoever the registry redirects to is not told who we are.
    if (first.status !== 401 || first.url.origin !== url.origin) return first;
    const header = await auth.answer(repository, first, at, signal);
    if (header === undefined || header === known) return first;
    await first.discard();
    return send(header);
  }

  async function expectOk(answer: Answer, at: string): Promise<Answer> {
    if (answer.status === 200) return answer;
    throw await refusal(answer, at, auth.redact);
  }

  async function manifest(reference: Reference, { signal }: Asking): Promise<Pulled> {
    const at = formatReference(reference);
    const answer = await ask({ ...manifestAsk(reference), signal: bounded(signal) });
    await expectOk(answer, at);
    const bytes = await collect(answer.body, limits.maxManifestBytes, at);
    const digest = expectDigest(bytes, reference.digest ?? announced(answer), at);
    const { mediaType, manifest } = readManifest(bytes, contentType(answer), at);
    return { descriptor: { mediaType, digest, size: bytes.length }, manifest, bytes };
  }

  const manifestAsk = (reference: Reference) => ({
    repository: reference,
    url: urlOf(reference, `manifests/${reference.digest ?? reference.tag ?? "latest"}`, plainHttp),
    accept: manifestTypes.join(", "),
    at: formatReference(reference),
  });

  return {
    manifest,
    close: exchange.close,
    async resolve(reference, options) {
      const wanted = manifestAsk(reference);
      const answer = await ask({ ...wanted, method: "HEAD", signal: bounded(options.signal) });
      await expectOk(answer, wanted.at);
      await answer.discard();
      const digest = announced(answer);
      const size = Number(answer.headers["content-length"] ?? Number.NaN);
      // What the specification only recommends to tell is found out.
      if (digest === undefined || Number.isNaN(size)) return (await manifest(reference, options)).descriptor;
      if (reference.digest !== undefined && reference.digest !== digest)
        throw ociError("bad-digest", `${wanted.at}: the registry has ${digest} there`);
      return { mediaType: contentType(answer), digest, size };
    },
    async tags(repository, options) {
      const signal = bounded(options.signal);
      const at = `tags of ${formatReference({ registry: repository.registry, path: repository.path })}`;
      const tags: string[] = [];
      let url: URL | undefined = urlOf(repository, "tags/list", plainHttp);
      for (let page = 0; url; page++) {
        if (page === limits.maxTagPages) throw ociError("too-large", `${at}: more than ${page} pages`);
        const answer = await expectOk(await ask({ repository, url, at, signal }), at);
        tags.push(...tagsIn(await collect(answer.body, limits.maxTagPageBytes, at), at));
        if (tags.length > limits.maxTags) throw ociError("too-large", `${at}: more than ${limits.maxTags}`);
        url = nextPage(answer, url, at);
      }
      return tags;
    },
    async *blob(repository, descriptor, { signal: given, maxBytes = limits.maxBlobBytes }) {
      const { digest, size } = descriptor;
      const at = formatReference({ registry: repository.registry, path: repository.path, digest });
      if (size > maxBytes)
        throw ociError("too-large", `${at}: ${size} bytes are more than the ${maxBytes} that are allowed`);
      const url = urlOf(repository, `blobs/${digest}`, plainHttp);
      const answer = await expectOk(await ask({ repository, url, at, signal: bounded(given) }), at);
      yield* verified(answer.body, descriptor, at);
    },
  };
}

type Ask = {
  repository: Repository;
  url: URL;
  at: string;
  method?: "GET" | "HEAD";
  accept?: string;
  signal: AbortSignal;
};

const bounded = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(limits.operationMs)]);

/** Docker Hub's registry has another name than Docker Hub. */
function urlOf({ registry, path }: Repository, rest: string, plainHttp = false): URL {
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
  let found: { tags?: unknown } | null;
  try {
    found = JSON.parse(body.toString());
  } catch {
    throw ociError("bad-answer", `${at}: the answer is not JSON`);
  }
  // Some registries have null for a repository without tags.
  const tags = found?.tags ?? [];
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === "string"))
    throw ociError("bad-answer", `${at}: the answer holds no list of tags`);
  return tags;
}

/** Where the list goes on: RFC 8288, with the relation `next`. It stays with the registry, as credentials go there. */
function nextPage({ headers }: Answer, url: URL, at: string): URL | undefined {
  const link = [headers.link ?? []].flat().join(", ");
  const target = /<([^>]*)>\s*;\s*rel="?next"?(?:\s*[,;]|\s*$)/i.exec(link)?.[1];
  if (target === undefined) return undefined;
  const next = URL.parse(target, url);
  if (next?.origin === url.origin && next.pathname === url.pathname && next.search !== url.search)
    return next;
  throw ociError("bad-answer", `${at}: the next page is not in the same list`);
}
