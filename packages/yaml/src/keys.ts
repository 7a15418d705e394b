const LETTER = /\p{L}/u;
const SIMPLE_KEYS = /^[A-Za-z]*$/;

/**
 * Order of mapping keys as Go's YAML writes them: letters by code point, digits by the number they form, everything else
 * before letters (keyList.Less in go.yaml.in/yaml).
 */
function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  if (SIMPLE_KEYS.test(a) && SIMPLE_KEYS.test(b)) return a < b ? -1 : 1;
  return before([...a], [...b]) ? -1 : 1;
}

/** The keys of a mapping in the order in which they are written. */
export function sortedKeys(value: object): string[] {
  return Object.keys(value).sort(compareKeys);
}

function before(a: string[], b: string[]): boolean {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] === b[i]) continue;
    const aLetter = LETTER.test(a[i]!);
    const bLetter = LETTER.test(b[i]!);
    if (aLetter && bLetter) return codePoint(a[i]!) < codePoint(b[i]!);
    if (aLetter || bLetter) return bLetter;
    return numberBefore(a, b, i);
  }
  return a.length < b.length;
}

function numberBefore(a: string[], b: string[], at: number): boolean {
  const lead = (a[at] === "0" || b[at] === "0") && followsNumber(a, at) ? 1n : 0n;
  const [aNumber, aEnd] = numberAt(a, at, lead);
  const [bNumber, bEnd] = numberAt(b, at, lead);
  if (aNumber !== bNumber) return aNumber < bNumber;
  if (aEnd !== bEnd) return aEnd < bEnd;
  return codePoint(a[at]!) < codePoint(b[at]!);
}

/** Whether a digit other than zero stands directly before, so that a zero here is no leading zero. */
function followsNumber(a: string[], at: number): boolean {
  for (let j = at - 1; j >= 0 && isDigit(a[j]!); j--) if (a[j] !== "0") return true;
  return false;
}

function numberAt(a: string[], at: number, lead: bigint): [bigint, number] {
  let end = at;
  let value = lead;
  for (; end < a.length && isDigit(a[end]!); end++) {
    value = BigInt.asIntN(64, value * 10n + BigInt(codePoint(a[end]!) - 0x30));
  }
  return [value, end];
}

const isDigit = (ch: string): boolean => (ch >= "0" && ch <= "9") || (ch > "\x7f" && /\p{Nd}/u.test(ch));
const codePoint = (ch: string): number => ch.codePointAt(0)!;
