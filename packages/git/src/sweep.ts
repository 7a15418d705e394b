import { readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { type Bare, destroy, exclusively, tidy } from "./bare.ts";
import { localOf, type Room, roomOf, type Shop } from "./shop.ts";
import { parseRemote } from "./url.ts";

/** Drops the mirrors of URLs that are not active, and tidies the others. Mirrors that are being read are left for next time. */
export async function sweepRooms(
  shop: Shop,
  activeUrls: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  const active = activeKeys(shop, activeUrls);
  const onDisk = (await readdir(shop.root)).filter((name) => /^[0-9a-f]{40}$/.test(name));
  for (const key of onDisk) {
    signal.throwIfAborted();
    const room = roomOf(shop, key);
    if (active.has(key)) await tidyRoom(shop, room, signal);
    else await dropRoom(shop, room, signal);
  }
}

async function tidyRoom(shop: Shop, room: Room, signal: AbortSignal): Promise<void> {
  for (const bare of [room.tips, room.history]) {
    await whenIdle(bare, signal, () => tidy(bare, shop.limits.mirrorBytes, localOf(shop, signal)));
  }
}

async function dropRoom(shop: Shop, room: Room, signal: AbortSignal): Promise<void> {
  await whenIdle(room.tips, signal, () => destroy(room.tips));
  await whenIdle(room.history, signal, () => destroy(room.history));
  room.submodules.clear();
  // stays when someone began to use it again meanwhile
  await rmdir(join(shop.root, room.key)).catch(() => {});
}

async function whenIdle(bare: Bare, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  await exclusively(bare, signal, async () => {
    if (bare.readers === 0) await work();
  });
}

/** Keys of the active URLs and of the submodules that their checkouts needed. */
function activeKeys(shop: Shop, urls: ReadonlySet<string>): Set<string> {
  const active = new Set<string>();
  const add = (key: string) => {
    if (active.has(key)) return;
    active.add(key);
    for (const child of shop.rooms.get(key)?.submodules ?? []) add(child);
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
