/**
 * An artifact's revision in parts. `main@sha1:1ab2…` has all three; `sha256:…` has no `name`;
 * a chart version such as `6.5.0` is a `name` alone.
 */
export type Revision = { name?: string; algorithm?: string; hash?: string };

const digestForm = /^(?:(.*)@)?([a-z0-9]+(?:[.+_-][a-z0-9]+)*):([a-zA-Z0-9=_-]+)$/s;

/**
 * Splits a revision. Takes today's form and the one of Flux before 2.0 (`main/1ab2…`, `HEAD/1ab2…`, a bare
 * hash of 40 or 64 hex digits). Anything else is a name; the empty text gives an empty revision.
 */
export function parseRevision(text: string): Revision {
  if (text === "") return {};
  const match = digestForm.exec(text);
  if (match) {
    const [, name, algorithm, hash] = match;
    return name ? { name, algorithm, hash } : { algorithm, hash };
  }
  return parseOldRevision(text) ?? { name: text };
}

function parseOldRevision(text: string): Revision | undefined {
  const slash = text.lastIndexOf("/");
  const hash = text.slice(slash + 1);
  const algorithm = algorithmOf(hash);
  if (text.includes(":") || algorithm === undefined) return undefined;
  const name = text.slice(0, Math.max(slash, 0));
  return name === "" || name === "HEAD" ? { algorithm, hash } : { name, algorithm, hash };
}

/** Writes a revision in today's form: `name@algorithm:hash`, leaving out what is missing. */
export function formatRevision({ name, algorithm, hash }: Revision): string {
  const digest = hash ? `${algorithm ?? algorithmOf(hash) ?? "sha1"}:${hash}` : "";
  return [name ?? "", digest].filter((part) => part !== "").join("@");
}

/** Rewrites an old revision (`main/<sha>`) into today's form (`main@sha1:<sha>`); others stay as they are. */
export function normalizeRevision(text: string): string {
  return formatRevision(parseRevision(text));
}

/** `sha1` or `sha256` by the length of a lower-case hex hash; undefined if it is neither. */
export function algorithmOf(hash: string): "sha1" | "sha256" | undefined {
  if (!/^[0-9a-f]+$/.test(hash)) return undefined;
  return hash.length === 40 ? "sha1" : hash.length === 64 ? "sha256" : undefined;
}
