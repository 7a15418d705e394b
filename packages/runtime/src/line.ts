import type { KeyText } from "@sluice/kube";
import type { Because } from "./types.ts";

const urgency: readonly Because[] = ["request", "change", "input", "drift", "interval", "retry"];

/** Whether `one` is a more urgent reason to visit than `other`. */
export function isMoreUrgent(one: Because, other: Because): boolean {
  return urgency.indexOf(one) < urgency.indexOf(other);
}

/** A key in the line, and since when (milliseconds since the epoch). */
export type Place = { key: KeyText; because: Because; origin?: string; since: number };

/** The keys that wait for a slot: each once, the most urgent first, first come first served among equals. */
export type Line = {
  /** Lines `key` up, or moves it forward when it is there for less urgent a reason. False when it was there already. */
  add(key: KeyText, because: Because, origin: string | undefined, now: number): boolean;
  /** Takes the next key out. */
  next(): Place | undefined;
  has(key: KeyText): boolean;
  delete(key: KeyText): void;
  size(): number;
};

// Every eighth turn goes to whoever has waited longest, so that nobody waits for ever and a flood of changes costs the others
// an eighth of the slots at most.
const turnsPerOldest = 8;

/** An empty line. */
export function createLine(): Line {
  const lanes = new Map(urgency.map((because) => [because, new Map<KeyText, Place>()]));
  const places = new Map<KeyText, Place>();
  let turns = 0;

  const leave = (place: Place) => {
    places.delete(place.key);
    lanes.get(place.because)!.delete(place.key);
  };
  const enter = (place: Place) => {
    places.set(place.key, place);
    lanes.get(place.because)!.set(place.key, place);
  };
  return {
    add(key, because, origin, now) {
      const old = places.get(key);
      if (!old) {
        enter({ key, because, origin, since: now });
        return true;
      }
      if (isMoreUrgent(because, old.because)) {
        leave(old);
        enter({ key, because, origin, since: old.since });
      }
      return false;
    },
    next() {
      const heads = [...lanes.values()].flatMap((lane) => lane.values().next().value ?? []);
      if (heads.length === 0) return undefined;
      turns = (turns + 1) % turnsPerOldest;
      const oldest = () => heads.reduce((one, other) => (other.since < one.since ? other : one));
      const place = turns === 0 ? oldest() : heads[0]!;
      leave(place);
      return place;
    },
    has: (key) => places.has(key),
    delete(key) {
      const place = places.get(key);
      if (place) leave(place);
    },
    size: () => places.size,
  };
}
