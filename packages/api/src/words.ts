/** Turns words into a constant that maps each to itself: `words("Ready").Ready === "Ready"`. */
export function words<const W extends readonly string[]>(...list: W): { readonly [K in W[number]]: K } {
  return Object.fromEntries(list.map((word) => [word, word])) as { [K in W[number]]: K };
}
