import { BlockList, isIP } from "node:net";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for an address, as the environment says: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, read as Go reads them
 * (golang.org/x/net/http/httpproxy), but that what is no proxy is refused where one is wanted. This machine itself is never asked
 * through one.
 * @throws from what it returns
 */
export function proxyOf(env: Environment): (url: URL) => string | undefined {
  const given = (name: string) => env[name] || env[name.toLowerCase()] || undefined;
  const exempt = exemptions(given("NO_PROXY") ?? "");
  return (url) => {
    const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
    const proxy = given(name);
    if (proxy === undefined || exempt(url)) return undefined;
    const address = proxy.includes("://") ? proxy : `http://${proxy}`;
    if (/^(https?|socks5):$/.test(URL.parse(address)?.protocol ?? "")) return address;
    // It may hold a password.
    throw new Error(`${name} holds no address of a proxy; write it like http://host:port`);
  };
}

const own = new BlockList();
own.addSubnet("127.0.0.0", 8, "ipv4");
own.addAddress("::1", "ipv6");

function exemptions(noProxy: string): (url: URL) => boolean {
  const entries = noProxy
    .split(",")
    .map((one) => one.trim().toLowerCase())
    .filter(Boolean);
  return ({ hostname, port, protocol }) => {
    const host = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
    if (host === "localhost" || isIn(own, host)) return true;
    const at = port || (protocol === "https:" ? "443" : "80");
    return entries.some((entry) => entry === "*" || matches(entry, host, at));
  };
}

/** An entry is a network, or a host or domain with a port perhaps; a domain with a dot before it is its subdomains only. */
function matches(entry: string, host: string, port: string): boolean {
  const [, net = "", bits = ""] = /^(.+)\/(\d+)$/.exec(entry) ?? [];
  if (isIP(net)) return isIn(networkOf(net, Number(bits)), host);
  const [, bare = entry, wanted] = isIP(entry) ? [] : (/^\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? []);
  if (wanted !== undefined && wanted !== port) return false;
  const domain = bare.replace(/^\*(?=\.)/, "");
  return domain.startsWith(".")
    ? host.endsWith(domain)
    : host === domain || (!isIP(host) && host.endsWith(`.${domain}`));
}

function networkOf(net: string, bits: number): BlockList {
  const list = new BlockList();
  if (bits <= (isIP(net) === 4 ? 32 : 128)) list.addSubnet(net, bits, isIP(net) === 4 ? "ipv4" : "ipv6");
  return list;
}

const isIn = (list: BlockList, host: string): boolean =>
  isIP(host) !== 0 && list.check(host, isIP(host) === 4 ? "ipv4" : "ipv6");
