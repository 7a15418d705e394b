/** A map that forgets what was not used for longest. */
export type Lru<V> = { get(key: string): V | undefined; set(key: string, value: V): void };

export function createLru<V>(most: number): Lru<V> {
  const held = new Map<string, V>();
  const set = (key: string, value: V) => {
    held.delete(key);
    held.set(key, value);
    if (held.size > most) held.delete(held.keys().next().value!);
  };
  return {
    get(key) {
      const value = held.get(key);
      if (value !== undefined) set(key, value);
      return value;
    },
    set,
  };
}
