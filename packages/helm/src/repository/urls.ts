import { ChartError } from "../errors.ts";

/**
 * Where an archive is that the index of a repository names: its own address, or a path from the repository's, whose query it
 * gets. ResolveReferenceURL of Helm's pkg/repo/v1.
 * @throws {ChartError} `bad-index`
 */
export function archiveUrl(repository: string, reference: string): string {
  try {
    if (/^[a-z][a-z0-9+.-]*:/i.test(reference)) return new URL(reference) && reference;
    const base = new URL(repository);
    const query = base.search;
    base.search = "";
    base.pathname = `${base.pathname.replace(/\/$/, "")}/`;
    const resolved = new URL(reference, base);
    resolved.search = query;
    return resolved.href;
  } catch (cause) {
    throw new ChartError(
      "bad-index",
      `failed to make chart URL absolute: failed to parse ${reference} as URL`,
      { cause },
    );
  }
}
