/** URLs as net/url reads and writes them, and the path functions. */
import { encode } from "../bytes.ts";
import { GoError, saying } from "../errors.ts";
import { checkAddress } from "../netip.ts";
import { goQuote } from "../quote.ts";
import { GoMap, kindOf, type Value } from "../value.ts";
import { type Functions, fn } from "./define.ts";
import { lower } from "./strings.ts";

type Mode = "path" | "host" | "zone" | "user" | "query" | "fragment";

/** Characters that stay as they are, besides letters, digits and `-._~`. */
const PLAIN: Record<Mode, string> = {
  path: "$&+,/:;=@",
  host: "!$&'()*+,;=:[]<>\"",
  zone: "!$&'()*+,;=:[]<>\"",
  user: "$&+,;=",
  query: "",
  fragment: "$&+,/:;=?@!()*",
};

function isPlain(byte: string, mode: Mode): boolean {
  return /[A-Za-z0-9\-._~]/.test(byte) || PLAIN[mode].includes(byte);
}

function percentEncoded(text: string, mode: Mode): string {
  return text.replace(/[^A-Za-z0-9\-._~]/g, (byte) => {
    if (isPlain(byte, mode)) return byte;
    if (byte === " " && mode === "query") return "+";
    return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
}

/** Go's url.QueryEscape. */
export function queryEscape(text: string): string {
  return percentEncoded(text, "query");
}

const bad = (message: string): GoError => new GoError(message);

function percentDecoded(text: string, mode: Mode): string {
  const strict = mode === "host" || mode === "zone";
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== "%") {
      if (strict && text[i]! < "\x80" && !isPlain(text[i]!, mode))
        throw bad(`invalid character ${goQuote(text[i]!)} in host name`);
      continue;
    }
    const triple = text.slice(i, i + 3);
    const byte = /^%[0-9a-fA-F]{2}$/.test(triple) ? Number.parseInt(triple.slice(1), 16) : -1;
    const ascii = mode === "host" && byte < 0x80 && triple !== "%25";
    const odd =
      mode === "zone" && triple !== "%25" && byte !== 0x20 && !isPlain(String.fromCharCode(byte), "host");
    if (byte < 0 || ascii || odd) throw bad(`invalid URL escape ${goQuote(triple)}`);
    i += 2;
  }
  return text.replace(/%(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

type User = { name: string; password?: string };
export type Url = {
  scheme: string;
  opaque: string;
  user?: User;
  host: string;
  path: string;
  rawPath: string;
  query: string;
  forceQuery: boolean;
  fragment: string;
  rawFragment: string;
  omitHost: boolean;
};

const NO_URL: Url = {
  scheme: "",
  opaque: "",
  host: "",
  path: "",
  rawPath: "",
  query: "",
  forceQuery: false,
  fragment: "",
  rawFragment: "",
  omitHost: false,
};

/** Go's url.Parse. @throws {GoError} in Go's words */
export function parseUrl(text: string): Url {
  const hash = text.indexOf("#");
  const main = hash === -1 ? text : text.slice(0, hash);
  const fragment = hash === -1 ? "" : text.slice(hash + 1);
  const url = saying(`parse ${goQuote(main)}`, () => parseMain(main));
  if (fragment === "") return url;
  return saying(`parse ${goQuote(text)}`, () => ({ ...url, ...encoded("fragment", fragment) }));
}

/** A part with its spelling, if that is not the usual one. */
function encoded(part: "path" | "fragment", text: string): Partial<Url> {
  const value = percentDecoded(text, part);
  const raw = percentEncoded(value, part) === text ? "" : text;
  return part === "path" ? { path: value, rawPath: raw } : { fragment: value, rawFragment: raw };
}

function parseMain(text: string): Url {
  if (/[\0-\x1f\x7f]/.test(text)) throw bad("net/url: invalid control character in URL");
  if (text === "*") return { ...NO_URL, path: "*" };
  if (text.startsWith(":")) throw bad("missing protocol scheme");
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text)?.[1] ?? "";
  const url: Url = { ...NO_URL, scheme: lower(scheme) };
  let rest = scheme === "" ? text : text.slice(scheme.length + 1);
  const question = rest.indexOf("?");
  if (question !== -1 && question === rest.length - 1) url.forceQuery = true;
  if (question !== -1) [rest, url.query] = [rest.slice(0, question), rest.slice(question + 1)];
  if (!rest.startsWith("/")) {
    if (scheme !== "") return { ...url, opaque: rest };
    if (rest.split("/")[0]!.includes(":")) throw bad("first path segment in URL cannot contain colon");
  }
  if (rest.startsWith("//") && (scheme !== "" || !rest.startsWith("///"))) {
    const slash = rest.indexOf("/", 2);
    const authority = slash === -1 ? rest.slice(2) : rest.slice(2, slash);
    rest = slash === -1 ? "" : rest.slice(slash);
    Object.assign(url, parseAuthority(url.scheme, authority));
  } else if (scheme !== "" && rest.startsWith("/")) url.omitHost = true;
  return { ...url, ...encoded("path", rest) };
}

function parseAuthority(scheme: string, authority: string): Pick<Url, "user" | "host"> {
  const at = authority.lastIndexOf("@");
  const host = parseHost(scheme, authority.slice(at + 1));
  if (at === -1) return { host };
  const info = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(info)) throw bad("net/url: invalid userinfo");
  const colon = info.indexOf(":");
  if (colon === -1) return { host, user: { name: percentDecoded(info, "user") } };
  const user = {
    name: percentDecoded(info.slice(0, colon), "user"),
    password: percentDecoded(info.slice(colon + 1), "user"),
  };
  return { host, user };
}

function checkPort(port: string): void {
  if (!/^(?::[0-9]*)?$/.test(port)) throw bad(`invalid port ${goQuote(port)} after host`);
}

function parseHost(scheme: string, host: string): string {
  const open = host.lastIndexOf("[");
  if (open > 0) throw bad("invalid IP-literal");
  if (open === 0) return parseLiteral(host);
  const first = host.indexOf(":");
  if (first !== -1) {
    const web = scheme === "http" || scheme === "https";
    checkPort(host.slice(web ? first : host.lastIndexOf(":")));
  }
  return percentDecoded(host, "host");
}

function parseLiteral(host: string): string {
  const close = host.lastIndexOf("]");
  if (close === -1) throw bad("missing ']' in host");
  const port = host.slice(close + 1);
  checkPort(port);
  const name = host.slice(1, close);
  const zone = name.indexOf("%25");
  const address =
    zone === -1
      ? percentDecoded(name, "host")
      : percentDecoded(name.slice(0, zone), "host") + percentDecoded(name.slice(zone), "zone");
  saying("invalid host", () => checkAddress(address));
  if (!address.includes(":")) throw bad("invalid IP-literal");
  return `[${address}]${port}`;
}

/** The host without its port and brackets. */
function hostname({ host }: Url): string {
  if (host.startsWith("[")) return host.slice(1, host.indexOf("]"));
  const colon = host.lastIndexOf(":");
  return colon !== -1 && /^:[0-9]*$/.test(host.slice(colon)) ? host.slice(0, colon) : host;
}

const userText = ({ name, password }: User): string =>
  percentEncoded(name, "user") + (password === undefined ? "" : `:${percentEncoded(password, "user")}`);

/** A part as it was spelled, if that spelling still fits. */
function escapedPart(raw: string, value: string, mode: "path" | "fragment"): string {
  const valid =
    raw !== "" && [...raw].every((byte) => isPlain(byte, mode) || "!$&'()*+,;=:@[]%".includes(byte));
  if (valid && percentDecoded(raw, mode) === value) return raw;
  return mode === "path" && value === "*" ? "*" : percentEncoded(value, mode);
}

/** Go's (*URL).String. */
function urlText(url: Url): string {
  let out = url.scheme === "" ? "" : `${url.scheme}:`;
  if (url.opaque !== "") out += url.opaque;
  else {
    const { user, host } = url;
    const hasHost = host !== "" || user !== undefined;
    if ((url.scheme !== "" || hasHost) && !(url.omitHost && !hasHost)) {
      if (hasHost || url.path !== "") out += "//";
      if (user) out += `${userText(user)}@`;
      out += percentEncoded(host, "host");
    }
    const path = escapedPart(url.rawPath, url.path, "path");
    if (path !== "" && path[0] !== "/" && host !== "") out += "/";
    if (out === "" && path.split("/")[0]!.includes(":")) out += "./";
    out += path;
  }
  if (url.forceQuery || url.query !== "") out += `?${url.query}`;
  if (url.fragment !== "") out += `#${escapedPart(url.rawFragment, url.fragment, "fragment")}`;
  return out;
}

function urlParse(text: string): GoMap {
  const url = saying("unable to parse url", () => parseUrl(text));
  return new GoMap(
    new Map<string, Value>([
      ["scheme", url.scheme],
      ["host", url.host],
      ["hostname", hostname(url)],
      ["path", url.path],
      ["query", url.query],
      ["opaque", url.opaque],
      ["fragment", url.fragment],
      ["userinfo", url.user ? userText(url.user) : ""],
    ]),
  );
}

function textAt(map: GoMap, key: string): string {
  const value = map.m.has(key) ? map.m.get(key) : "";
  if (typeof value === "string") return value;
  if (value === null) throw bad("runtime error: invalid memory address or nil pointer dereference");
  throw bad(`unable to parse ${key} key, must be of type string, but ${kindOf(value)} found`);
}

function urlJoin(map: GoMap): string {
  const url: Url = {
    ...NO_URL,
    scheme: textAt(map, "scheme"),
    host: textAt(map, "host"),
    path: textAt(map, "path"),
    query: textAt(map, "query"),
    opaque: textAt(map, "opaque"),
    fragment: textAt(map, "fragment"),
  };
  const info = textAt(map, "userinfo");
  if (info !== "")
    url.user = saying("unable to parse userinfo in dict", () => parseUrl(`proto://${info}@host`)).user;
  return urlText(url);
}

/** Go's path.Clean. */
export function cleanPath(path: string): string {
  if (path === "") return ".";
  const rooted = path.startsWith("/");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length > 0 && parts[parts.length - 1] !== "..") parts.pop();
    else if (!rooted) parts.push("..");
  }
  return (rooted ? "/" : "") + parts.join("/") || ".";
}

/** Go's path.Base. */
export function basePath(path: string): string {
  if (path === "") return ".";
  const trimmed = path.replace(/\/+$/, "");
  return trimmed === "" ? "/" : trimmed.slice(trimmed.lastIndexOf("/") + 1);
}

const dirPath = (path: string): string => cleanPath(path.slice(0, path.lastIndexOf("/") + 1));

function extension(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot === -1 ? "" : name.slice(dot);
}

const paths: Functions = {
  base: fn("string", (_, path) => basePath(path)),
  dir: fn("string", (_, path) => dirPath(path)),
  clean: fn("string", (_, path) => cleanPath(path)),
  ext: fn("string", (_, path) => extension(path)),
  isAbs: fn("string", (_, path: string) => path.startsWith("/")),
};

/** The same again for paths of the system, which is a Unix. */
const systemPaths: Functions = Object.fromEntries(
  Object.entries(paths).map(([name, one]) => [`os${name[0]!.toUpperCase()}${name.slice(1)}`, one]),
);

export const urls: Functions = {
  ...paths,
  ...systemPaths,
  urlParse: fn("string", (_, text) => urlParse(text)),
  urlJoin: fn("dict", (_, map) => urlJoin(map)),
  getHostByName: fn("string", ({ run }, name) => encode(run.host.resolve?.(name) ?? "")),
};
