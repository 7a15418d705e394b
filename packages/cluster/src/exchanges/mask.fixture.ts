import type { Loose } from "./scenario.fixture.ts";

/** Replaces what differs from run to run by words. Numbers keep relations: the same uid or version is the same number. */
export type Mask = (value: unknown) => Loose;

const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** The masks for one scenario; what it has numbered it knows again in later calls. */
export function newMask(): Mask {
  const uids = new Map<string, string>();
  const versions = new Map<string, string>();
  const names = new Map<string, string>();
  const numbered = (known: Map<string, string>, word: string, value: string): string => {
    if (!known.has(value)) known.set(value, `<${word} ${known.size + 1}>`);
    return known.get(value)!;
  };

  const text = (value: string): string => {
    let masked = value.replace(UID, (uid) => numbered(uids, "uid", uid));
    masked = masked.replaceAll(/(?<=\b(?:Wrong_|some-))[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "<name>");
    for (const [name, word] of names) masked = masked.replaceAll(name, word);
    return maskText(masked);
  };

  const field = (key: string, value: unknown, parent: Loose): unknown => {
    if (typeof value === "string" && value !== "") {
      // the version of a list is that of the whole cluster, in which others write too
      if (key === "resourceVersion" && /^\d+$/.test(value))
        return isOfList(parent) ? "<version>" : numbered(versions, "version", value);
      if (key === "continue") return "<continue>";
      if (key === "caBundle" && value.length > 100) return "<ca>";
      if (key === "token") return "<token>";
      if (key === "serverAddress") return "<address>";
    }
    // prose of the columns of tables
    if (key === "description" && typeof value === "string" && "priority" in parent) return "<description>";
    // their order is that of whole seconds, then of names
    if (key === "managedFields" && Array.isArray(value))
      return walk(value.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)));
    if (typeof value === "number" && /nodePort$/i.test(key)) return "<port>";
    return walk(value);
  };

  const walk = (value: Loose): Loose => {
    if (typeof value === "string") return text(value);
    if (Array.isArray(value)) return value.map(walk);
    if (value === null || typeof value !== "object") return value;
    noteName(value, names);
    // in one order, so that numbers do not depend on how a server writes its objects
    return Object.fromEntries(
      Object.keys(value)
        .sort()
        .map((key) => [text(key), field(key, value[key], value)]),
    );
  };
  return walk;
}

const orderOf = ({ manager, operation, subresource, apiVersion }: Loose): string =>
  [operation, manager, subresource, apiVersion].join(" ");

/** The names that the server made up for a prefix. */
function noteName({ metadata }: Loose, names: Map<string, string>): void {
  const { name, generateName } = metadata ?? {};
  if (typeof generateName !== "string" || typeof name !== "string" || names.has(name)) return;
  if (name.startsWith(generateName) && /[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(name))
    names.set(name, `${generateName}<name ${names.size + 1}>`);
}

/** Of lists only: objects have one of these. */
function isOfList(metadata: Loose): boolean {
  return (
    metadata.name === undefined && metadata.uid === undefined && metadata.creationTimestamp === undefined
  );
}

function maskText(value: string): string {
  return value
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g, "<microtime>")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "<time>")
    .replace(/127\.0\.0\.1:\d{3,}/g, "127.0.0.1:<port>")
    .replace(/127\.0\.0\.1:\d+->/g, "127.0.0.1:<port>->")
    .replace(/\b10\.\d+\.\d+\.\d+\b/g, "<ip>")
    .replace(/hash=[0-9A-F]{32,}/g, "hash=<hash>")
    .replace(/(current: |object meta: |resource version: \d+ \(|in record \()\d+/g, "$1<version>")
    .replace(/(\\?"resourceVersion\\?":\\?"|resourceVersion:)\d+/g, "$1<version>")
    .replace(/^\d+(s|ms)$/, "<age>");
}
