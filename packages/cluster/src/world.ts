import type { Auth } from "./auth/authenticate.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Storage } from "./storage/storage.ts";

/** Everything a request works on. One per cluster; there is no other state. */
export type World = {
  readonly storage: Storage;
  readonly catalogue: Catalogue;
  /** who is who, and who may what */
  readonly auth: Auth;
  /** milliseconds since the epoch */
  readonly now: () => number;
  /** from 0 up to but not including 1 */
  readonly random: () => number;
  readonly log: (line: string) => void;
  /** what becomes of a write when nothing can be behind the Service of a webhook that may not fail */
  readonly unreachableWebhooks: "warn" | "fail";
  /** where files lie that annotations of pods may name as their logs */
  readonly logDir?: string | undefined;
};

/** The time as metadata carries it: RFC 3339, whole seconds. */
export function timestamp(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}

/** A random UID in the form of RFC 4122, version 4. */
export function newUid(random: () => number): string {
  const hex = Array.from({ length: 32 }, (_, index) => {
    const digit = Math.floor(random() * 16);
    if (index === 12) return "4";
    return (index === 16 ? (digit & 3) | 8 : digit).toString(16);
  }).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** No vowels and no look-alikes, as the API server's names have it. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** `generateName` with five random letters; a long prefix is cut so that the whole stays within 63. */
export function generatedName(prefix: string, random: () => number): string {
  const letters = Array.from({ length: 5 }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join("");
  return prefix.slice(0, 58) + letters;
}
