import { gitError } from "./errors.ts";
import { choose, listingOptions, tipsOf, wantedOf } from "./refs.ts";
import { listRemote } from "./remote.ts";
import { accessOf, fingerprint, type Proof, type Store } from "./store.ts";
import type { CheckoutRequest, Credentials, Ref, Resolved } from "./types.ts";
import { parseRemote } from "./url.ts";

/** Asks the remote what `ref` means, and remembers the answer as proof of access. */
export async function resolveRef(
  store: Store,
  url: string,
  ref: Ref,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<Resolved> {
  const remote = parseRemote(url);
  const wanted = wantedOf(ref);
  const listing = await listRemote(accessOf(store, remote, credentials), listingOptions(wanted), signal);
  const resolved = Object.freeze(choose(listing, wanted, remote.href));
  store.proofs.set(resolved, {
    remote: remote.key,
    credentials: fingerprint(credentials),
    wanted,
    ref: resolved.ref,
    tips: wanted.kind === "commit" ? tipsOf(listing, wanted.branch) : new Map(),
  });
  return resolved;
}

/**
 * What the caller's own credentials have shown about the remote: when `resolved` was made, or else now. A mirror is shared
 * by everyone who names the URL, so nothing is read from it without this. Throws `ref-missing` when the ref moved on.
 */
export async function proofOf(store: Store, request: CheckoutRequest): Promise<Proof> {
  const { url, resolved, ref, credentials, signal } = request;
  const remote = parseRemote(url);
  const earlier = store.proofs.get(resolved);
  if (earlier && earlier.remote === remote.key && earlier.credentials === fingerprint(credentials))
    return earlier;
  const now = await resolveRef(store, url, ref, credentials, signal);
  if (now.commit === resolved.commit) return store.proofs.get(now) as Proof;
  throw gitError(
    "ref-missing",
    `${remote.href}: now at ${now.revision} instead of ${resolved.commit}; resolve the reference again`,
  );
}
