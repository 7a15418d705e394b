import { createHash } from "node:crypto";
import { gitError } from "./errors.ts";

/** A repository's address, checked and without secrets. */
export type Remote = {
  scheme: "http" | "https" | "ssh";
  /** What git is given: no password, for SSH with the user name. */
  href: string;
  /** Scheme, host and port: what credentials belong to. */
  origin: string;
  /** Names the mirror on disk. */
  key: string;
  /** User name and password that stood in an HTTP address. */
  username?: string;
  password?: string;
};

const SCHEMES: Record<string, Remote["scheme"]> = { "http:": "http", "https:": "https", "ssh:": "ssh" };
const DEFAULT_SSH_USER = "git";

/**
 * Checks the address of a repository: http, https or ssh, nothing that git or ssh could take for an option.
 * Throws `bad-url`.
 */
export function parseRemote(text: string): Remote {
  const refuse = (because: string) =>
    gitError(
      "bad-url",
      `${redactUrl(text)}: ${because}; use https://host/path, http://host/path or ssh://user@host/path`,
    );
  if (/[\s\p{Cc}\\]/u.test(text)) throw refuse("a URL has no spaces, control characters or backslashes");
  if (!URL.canParse(text)) throw refuse("not a URL");
  const url = new URL(text);
  const scheme = SCHEMES[url.protocol];
  if (!scheme) throw refuse(`the scheme ${url.protocol.slice(0, -1)} is not supported`);
  if (!url.hostname) throw refuse("the host is missing");
  if (url.hash) throw refuse("a fragment (#…) has no meaning here");
  const path = decoded(url.pathname) ?? "-";
  const user = decoded(url.username) ?? "-";
  const password = decoded(url.password) ?? "-";
  // see CVE-2017-1000117: ssh reads a leading dash as an option
  if ([url.hostname, user, path.replace(/^\/+/, "")].some((part) => part.startsWith("-"))) {
    throw refuse("host, user and path must not start with a dash");
  }
  if (/\p{Cc}/u.test(path + user)) throw refuse("encoded control characters are not allowed");
  url.password = "";
  url.username = scheme === "ssh" ? url.username || DEFAULT_SSH_USER : "";
  const remote = { scheme, href: url.href, origin: `${url.protocol}//${url.host}`, key: keyOf(url) };
  return scheme === "ssh"
    ? remote
    : { ...remote, username: user || undefined, password: password || undefined };
}

/** Two spellings of one address share a mirror: a trailing slash makes no difference. */
function keyOf(url: URL): string {
  return createHash("sha256").update(url.href.replace(/\/+$/, "")).digest("hex").slice(0, 40);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * The address of a submodule as `.gitmodules` spells it: absolute, in the short form `git@host:path`, or relative to the
 * address of the repository that names it. Throws `bad-url`.
 */
export function submoduleRemote(parent: Remote, spelled: string): Remote {
  if (spelled.startsWith("./") || spelled.startsWith("../")) {
    const base = parent.href.endsWith("/") ? parent.href : `${parent.href}/`;
    return parseRemote(new URL(spelled, base).href);
  }
  const short = /^(?:([\w.-]+)@)?([\w.-]+):(?!\/\/|:)(.+)$/.exec(spelled);
  if (short)
    return parseRemote(`ssh://${short[1] ?? DEFAULT_SSH_USER}@${short[2]}/${short[3]?.replace(/^\/+/, "")}`);
  return parseRemote(spelled);
}

/** Takes user name and password out of every URL in a text. */
export function redactUrl(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*(?:@[^\s/@]*)*@/gi, "$1");
}
