/** URLs as Go's net/url reads them: more is one than to a browser. */

/** The parts are as they were written, escapes and all. */
export type GoUrl = { scheme: string; host: string; path: string; query: string };

/** What url.ParseRequestURI says of a text that is neither an absolute URL nor a path from the root. */
export function uriProblem(text: string): string | undefined {
  try {
    parse(text);
    return undefined;
  } catch (thrown) {
    return `parse ${JSON.stringify(text)}: ${(thrown as Error).message}`;
  }
}

/** An absolute URL, or a path from the root. @throws in Go's words */
export function parseUrl(text: string): GoUrl {
  const problem = uriProblem(text);
  if (problem !== undefined) throw new Error(problem);
  return parse(text.split("#")[0]!);
}

function parse(text: string): GoUrl {
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new Error("net/url: invalid control character in URL");
  if (text === "") throw new Error("empty url");
  if (text.startsWith(":")) throw new Error("missing protocol scheme");
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1] ?? "";
  const rest = scheme === "" ? text : text.slice(scheme.length + 1);
  const [place = "", ...queries] = rest.split("?");
  const url = { scheme: scheme.toLowerCase(), host: "", path: "", query: queries.join("?") };
  if (!place.startsWith("/")) {
    if (scheme === "" && text !== "*") throw new Error("invalid URI for request");
    return url; // "mailto:someone" has no parts that anybody asks for
  }
  const hasAuthority = scheme !== "" && place.startsWith("//");
  const [, authority = "", path = ""] = hasAuthority ? /^\/\/([^/]*)(.*)$/s.exec(place)! : ["", "", place];
  const host = hostOf(authority);
  requireEscapes(path);
  return { ...url, host, path };
}

function hostOf(authority: string): string {
  const at = authority.lastIndexOf("@");
  if (at >= 0 && !/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(authority.slice(0, at)))
    throw new Error("net/url: invalid userinfo");
  const host = authority.slice(at + 1);
  const bracket = host.lastIndexOf("]");
  if (host.startsWith("[") && bracket < 0) throw new Error("missing ']' in host");
  const colon = host.startsWith("[") ? bracket + 1 : host.lastIndexOf(":");
  const port = colon < 0 ? "" : host.slice(colon);
  if (!/^(?::\d*)?$/.test(port)) throw new Error(`invalid port ${JSON.stringify(port)} after host`);
  requireEscapes(host);
  const odd = /[^\u0080-\uffffA-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%]/.exec(host)?.[0];
  if (odd !== undefined) throw new Error(`invalid character ${JSON.stringify(odd)} in host name`);
  return host;
}

function requireEscapes(text: string): void {
  const wrong = /%(?![0-9a-f]{2}).{0,2}/is.exec(text)?.[0];
  if (wrong !== undefined) throw new Error(`invalid URL escape ${JSON.stringify(wrong)}`);
}

/** Host without port and brackets. */
export const hostnameOf = ({ host }: GoUrl): string => host.replace(/:\d*$/, "").replace(/^\[|\]$/g, "");
export const portOf = ({ host }: GoUrl): string => /:(\d*)$/.exec(host)?.[1] ?? "";

/** The path as it was written; escaped anew when it holds what must be escaped. */
export function escapedPath({ path }: GoUrl): string {
  if (/^[A-Za-z0-9\-_.~!$&'()*+,;=:@[\]%/]*$/.test(path)) return path;
  return decodeURIComponent(path).replace(/[^A-Za-z0-9\-_.~$&+,/:;=@]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
      .join(""),
  );
}

/** The values of each key; parts that cannot be read are left out. */
export function queryOf({ query }: GoUrl): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const part of query.split("&")) {
    if (part === "" || part.includes(";")) continue;
    try {
      const [key, ...value] = part.split("=").map((text) => decodeURIComponent(text.replaceAll("+", " ")));
      (found[key!] ??= []).push(value.join("="));
    } catch {}
  }
  return found;
}
