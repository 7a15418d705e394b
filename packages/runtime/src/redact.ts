/** Secret values that were seen, so that they can be hidden wherever they turn up. */
export type Secrets = {
  /** From now on `value` (and its lines, its base64 and its URL form) is masked. Values below six characters are not. */
  remember(value: string): void;
  /** `text` with every remembered value, credentials in URLs, bearer strings and well-known tokens masked. */
  mask(text: string): string;
};

export const maskText = "*****";

// Shorter ones would mask words of ordinary messages ("admin"), and tell by that what the password is.
const shortest = 6;
const prefixLength = 6;
// Enough for every credential that a process of a large installation uses; the oldest go first.
const mostValues = 20_000;

const patterns: [RegExp, string][] = [
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"'<>]+@/gi, `$1${maskText}@`],
  [/\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi, `$1 ${maskText}`],
  [/\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-)[A-Za-z0-9_-]{10,}/g, maskText],
  [/\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g, maskText],
  [/\bAGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]{20,}/g, maskText],
  [
    /-----BEGIN [A-Z ]*PRIVATE KEY[A-Z ]*-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY[A-Z ]*-----|$)/g,
    maskText,
  ],
];

/** An empty registry of secrets. */
export function createSecrets(): Secrets {
  const values = new Set<string>();
  // By their first characters, so that masking costs the same however many there are.
  const byPrefix = new Map<string, Set<string>>();

  const forget = (value: string) => {
    const prefix = value.slice(0, prefixLength);
    const group = byPrefix.get(prefix);
    group?.delete(value);
    if (group?.size === 0) byPrefix.delete(prefix);
    values.delete(value);
  };
  const keep = (value: string) => {
    if (value.length < shortest) return;
    forget(value);
    values.add(value);
    const prefix = value.slice(0, prefixLength);
    byPrefix.set(prefix, (byPrefix.get(prefix) ?? new Set()).add(value));
    if (values.size > mostValues) forget(values.values().next().value!);
  };
  const longestAt = (text: string, at: number): number => {
    const group = byPrefix.get(text.slice(at, at + prefixLength));
    let longest = 0;
    for (const value of group ?? [])
      if (value.length > longest && text.startsWith(value, at)) longest = value.length;
    return longest;
  };
  const maskValues = (text: string): string => {
    if (byPrefix.size === 0) return text;
    let result = "";
    let copied = 0;
    for (let at = 0; at + shortest <= text.length; at++) {
      const length = longestAt(text, at);
      if (length === 0) continue;
      result += text.slice(copied, at) + maskText;
      copied = at + length;
      at = copied - 1;
    }
    return copied === 0 ? text : result + text.slice(copied);
  };
  return {
    remember: (value) => formsOf(value).forEach(keep),
    mask: (text) => patterns.reduce((seen, [pattern, by]) => seen.replace(pattern, by), maskValues(text)),
  };
}

/** The ways in which a secret may be repeated: as it is, by line (PEM), quoted in JSON, in base64, in a URL. */
function formsOf(value: string): string[] {
  const whole = value.trim();
  const lines = whole.includes("\n")
    ? whole
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line.length >= 16)
    : [];
  // The frame of a PEM file is no secret, and masking it would hide what a message is about.
  const own = lines.filter((line) => !line.startsWith("-----"));
  const quoted = JSON.stringify(whole).slice(1, -1);
  return [
    ...new Set([whole, quoted, Buffer.from(value).toString("base64"), encodeURIComponent(whole), ...own]),
  ];
}

const sensitive =
  /(?:^|[^a-z])(?:password|passwd|passphrase|token|authorization|api-?key|private-?key|secret|client-?secret|credentials?|cookie|set-cookie)$/;

/** Whether the value under `key` of a log line must not be shown, judged by the name alone. */
export function isSensitiveKey(key: string): boolean {
  const words = key.replace(/([a-z0-9])([A-Z])/g, "$1-$2").replace(/[_.\s]/g, "-");
  return sensitive.test(words.toLowerCase());
}
