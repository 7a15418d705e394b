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
export type Shop = {
  root: string;
  /** For sessions and indexes; nobody else may look into it. */
  temporary: string;
  environment: Environment;
  /** Environment of git commands that stay on this machine. */
  env: Record<string, string>;
  limits: Limits;
  rooms: Map<string, Room>;
  proofs: WeakMap<Resolved, Proof>;
};

/**
 * The repositories of one URL: `tips` has the commits that were at the tip of a ref, without history; `history` has
 * branches with theirs, for pinned commits. They are apart because a shallow fetch would cut the history off again.
 */
export type Room = {
  key: string;
  tips: Bare;
  history: Bare;
  /** Keys of the rooms that checkouts of this one needed for submodules. */
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
export function openShop(dir: string, limits: Limits, environment: Environment): Shop {
  const root = resolve(dir);
  const temporary = join(root, "tmp");
  const configFile = join(root, "gitconfig");
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  chmodSync(temporary, 0o700);
  writeFileSync(configFile, renderConfig(BASE_CONFIG));
  const env = baseEnvironment(temporary, configFile, environment);
  return { root, temporary, environment, env, limits, rooms: new Map(), proofs: new WeakMap() };
}

/** The room with this key; made on first sight, and kept for as long as the process lives, since it holds the queue. */
export function roomOf(shop: Shop, key: string): Room {
  const known = shop.rooms.get(key);
  if (known) return known;
  const dir = join(shop.root, key);
  const tips = bareAt(join(dir, "tips.git"));
  const room = { key, tips, history: bareAt(join(dir, "history.git")), submodules: new Set<string>() };
  shop.rooms.set(key, room);
  return room;
}

export function accessOf(shop: Shop, remote: Remote, credentials: Credentials): Access {
  return { remote, credentials, parent: shop.temporary, environment: shop.environment };
}

export function localOf(shop: Shop, signal: AbortSignal): Local {
  return { env: shop.env, signal };
}

export function fetchOptionsOf(shop: Shop, access: Access, signal: AbortSignal): FetchOptions {
  return { access, signal, env: shop.env, fetchBytes: shop.limits.fetchBytes };
}

/** Tells credentials apart without keeping them. */
export function fingerprint(credentials: Credentials): string {
  const sorted = Object.entries(credentials).filter(([, value]) => value !== undefined);
  sorted.sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex");
}
