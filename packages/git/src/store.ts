import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Bare, bareAt, type Local } from "./bare.ts";
import type { FetchOptions } from "./fetch.ts";
import type { Wanted } from "./refs.ts";
import type { Access } from "./remote.ts";
import { BASE_CONFIG, baseEnvironment, type Environment, renderConfig } from "./session.ts";
import type { Credentials, Limits, Resolved } from "./types.ts";
import type { Remote } from "./url.ts";

/** What the functions behind `Mirrors` share. */
export type Store = {
  root: string;
  /** For sessions and indexes; nobody else may look into it. */
  temporary: string;
  environment: Environment;
  /** Environment of git commands that stay on this machine. */
  env: Record<string, string>;
  limits: Limits;
  mirrors: Map<string, Mirror>;
  proofs: WeakMap<Resolved, Proof>;
};

/**
 * The repositories of one URL: `tips` has the commits that were at the tip of a ref, without history; `history` has
 * branches with theirs, for pinned commits. They are apart because a shallow fetch would cut the history off again.
 */
export type Mirror = {
  key: string;
  tips: Bare;
  history: Bare;
  /** Keys of the mirrors that checkouts of this one needed for submodules. */
  submodules: Set<string>;
};

/** That some credentials were good for a listing of a remote, what was wanted then, and which commits were at the tips. */
export type Proof = {
  remote: string;
  credentials: string;
  wanted: Wanted;
  /** The ref that the answer was found under. */
  ref?: string;
  /** commit → ref; empty unless a commit was wanted. */
  tips: ReadonlyMap<string, string>;
};

/** Sets up `dir`, which belongs to this process alone, and clears what a crash may have left of secrets. */
export function openStore(dir: string, limits: Limits, environment: Environment): Store {
  const root = resolve(dir);
  const temporary = join(root, "tmp");
  const configFile = join(root, "gitconfig");
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  chmodSync(temporary, 0o700);
  writeFileSync(configFile, renderConfig(BASE_CONFIG));
  const env = baseEnvironment(temporary, configFile, environment);
  return { root, temporary, environment, env, limits, mirrors: new Map(), proofs: new WeakMap() };
}

/** The mirror with this key; made on first sight, and kept for as long as the process lives, since it holds the queue. */
export function mirrorOf(store: Store, key: string): Mirror {
  const known = store.mirrors.get(key);
  if (known) return known;
  const dir = join(store.root, key);
  const tips = bareAt(join(dir, "tips.git"));
  const mirror = { key, tips, history: bareAt(join(dir, "history.git")), submodules: new Set<string>() };
  store.mirrors.set(key, mirror);
  return mirror;
}

export function accessOf(store: Store, remote: Remote, credentials: Credentials): Access {
  return { remote, credentials, parent: store.temporary, environment: store.environment };
}

export function localOf(store: Store, signal: AbortSignal): Local {
  return { env: store.env, signal };
}

export function fetchOptionsOf(store: Store, access: Access, signal: AbortSignal): FetchOptions {
  return { access, signal, env: store.env, fetchBytes: store.limits.fetchBytes };
}

/** Tells credentials apart without keeping them. */
export function fingerprint(credentials: Credentials): string {
  const sorted = Object.entries(credentials).filter(([, value]) => value !== undefined);
  sorted.sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex");
}
