/**
 * Milliseconds to wait before try `attempt`, from 0: they double from `first` up to `most`, and half of them is left to chance,
 * so that a herd spreads out.
 */
export function backoff(attempt: number, random: () => number, first: number, most: number): number {
  const full = Math.min(most, first * 2 ** attempt);
  return full / 2 + (full / 2) * random();
}
