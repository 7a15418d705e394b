import { readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { type Bare, destroy, exclusively, tidy } from "./bare.ts";
import { localOf, type Mirror, mirrorOf, type Store } from "./store.ts";
import { parseRemote } from "./url.ts";

/** Drops the mirrors of URLs that are not active, and tidies the others. Mirrors that are being read are left for next time. */
export async function sweepMirrors(
  store: Store,
  activeUrls: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  const active = activeKeys(store, activeUrls);
  const onDisk = (await readdir(store.root)).filter((name) => /^[0-9a-f]{40}$/.test(name));
  for (const key of onDisk) {
    signal.throwIfAborted();
    const mirror = mirrorOf(store, key);
    if (active.has(key)) await tidyMirror(store, mirror, signal);
    else await dropMirror(store, mirror, signal);
  }
}

async function tidyMirror(store: Store, mirror: Mirror, signal: AbortSignal): Promise<void> {
  for (const bare of [mirror.tips, mirror.history]) {
    await whenIdle(bare, signal, () => tidy(bare, store.limits.mirrorBytes, localOf(store, signal)));
  }
}

async function dropMirror(store: Store, mirror: Mirror, signal: AbortSignal): Promise<void> {
  await whenIdle(mirror.tips, signal, () => destroy(mirror.tips));
  await whenIdle(mirror.history, signal, () => destroy(mirror.history));
  mirror.submodules.clear();
  // stays when someone began to use it again meanwhile
  await rmdir(join(store.root, mirror.key)).catch(() => {});
}

async function whenIdle(bare: Bare, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  await exclusively(bare, signal, async () => {
    if (bare.readers === 0) await work();
  });
}

/** Keys of the active URLs and of the submodules that their checkouts needed. */
function activeKeys(store: Store, urls: ReadonlySet<string>): Set<string> {
  const active = new Set<string>();
  const add = (key: string) => {
    if (active.has(key)) return;
    active.add(key);
    for (const child of store.mirrors.get(key)?.submodules ?? []) add(child);
  };
  for (const url of urls) {
    try {
      add(parseRemote(url).key);
    } catch {
      // an object with an unusable URL has no mirror
    }
  }
  return active;
}
