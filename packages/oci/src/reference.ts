import { isDigest } from "./digest.ts";
import { ociError } from "./errors.ts";

/** A repository of a registry. */
export type Repository = {
  /** Host, with a port perhaps. */
  registry: string;
  /** Name of the repository: `org/app`. */
  path: string;
};

/** Something in a repository; a digest wins over a tag. */
export type Reference = Repository & { tag?: string; digest?: string };

/** Names by the OCI Distribution Specification 1.1, with the double underscores that Docker has always taken. */
const component = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const pathForm = new RegExp(`^${component}(?:/${component})*$`);
const tagForm = /^\w[\w.-]{0,127}$/;
const registryForm = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?::\d{1,5})?$/;
/** Of the path; registries take 255 with their own host. */
const longestPath = 255;

/**
 * Reads `oci://host[:port]/path[:tag][@digest]`, with or without the scheme.
 * @throws {OciError} `bad-reference`
 */
export function parseReference(text: string): Reference {
  const [, registry = "", rest] = /^(?:oci:\/\/)?([^/]*)(?:\/(.*))?$/s.exec(text) ?? [];
  const fail = (what: string) =>
    ociError("bad-reference", `invalid reference ${shown(text)}: ${what}; write it like oci://host/path:tag`);
  if (!registryForm.test(registry) || !URL.canParse(`https://${registry}`))
    throw fail("it begins with no host; credentials do not belong into it");
  if (!rest) throw fail("it names no repository");
  const [, name = "", digest] = /^([^@]*)(?:@(.*))?$/s.exec(rest) ?? [];
  const colon = name.indexOf(":");
  const path = colon < 0 ? name : name.slice(0, colon);
  const tag = colon < 0 ? undefined : name.slice(colon + 1);
  if (path.length > longestPath || !pathForm.test(path))
    throw fail(`${JSON.stringify(path)} is no repository`);
  if (tag !== undefined && !tagForm.test(tag)) throw fail(`${JSON.stringify(tag)} is no tag`);
  if (digest !== undefined && !isDigest(digest)) throw fail(`${JSON.stringify(digest)} is no digest`);
  return { registry, path, tag, digest };
}

/** Writes a reference as people do, without a scheme; the digest instead of the tag if it has both. */
export function formatReference({ registry, path, tag, digest }: Reference): string {
  if (digest !== undefined) return `${registry}/${path}@${digest}`;
  return tag === undefined ? `${registry}/${path}` : `${registry}/${path}:${tag}`;
}

/** What stands before an `@` may be a password, unless a digest follows. */
const shown = (text: string) => JSON.stringify(text.replace(/^(oci:\/\/)?.*@(?!sha\d+:)/s, "$1***@"));
