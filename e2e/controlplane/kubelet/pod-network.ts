// Preloaded into the processes of pods: what listens on all addresses listens on the pod's. This stands for the network of its
// own that a container has; without it two controllers could not both have port 9440.
import net from "node:net";

const everywhere: unknown[] = [undefined, null, "", "0.0.0.0", "::"];
const isPort = (value: unknown): boolean => typeof value === "number" || /^\d+$/.test(String(value));

/** The arguments of net.Server.listen() with the pod's address filled in; those for pipes, handles and single addresses stay. */
export function listenOn(address: string, args: unknown[]): unknown[] {
  const [first, second, ...rest] = args;
  const own = (host: unknown) => (everywhere.includes(host) ? address : host);
  if (typeof first === "object" && first !== null && "port" in first)
    return [{ ...first, host: own((first as { host?: unknown }).host) }, ...args.slice(1)];
  if (!isPort(first)) return args;
  return typeof second === "string" ? [first, own(second), ...rest] : [first, address, ...args.slice(1)];
}

const address = process.env.SLUICE_POD_ADDRESS;
if (address) {
  const listen = net.Server.prototype.listen as (...args: unknown[]) => net.Server;
  net.Server.prototype.listen = function (this: net.Server, ...args: unknown[]) {
    return listen.apply(this, listenOn(address, args));
  } as typeof net.Server.prototype.listen;
}
