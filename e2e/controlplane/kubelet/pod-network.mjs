// Preloaded into the processes of pods: what listens on all addresses listens on the pod's. This stands for the network of its
// own that a container has; without it two controllers could not both have port 9440.
import net from "node:net";

const address = process.env.SLUICE_POD_ADDRESS;
const everywhere = new Set([undefined, null, "", "0.0.0.0", "::"]);
const own = (host) => (everywhere.has(host) ? address : host);
const isPort = (value) => typeof value === "number" || /^\d+$/.test(String(value));

/** The arguments of net.Server.listen() with the host filled in; those for pipes and handles stay. */
export function onPodAddress(args) {
  const [first, second, ...rest] = args;
  if (typeof first === "object" && first !== null && first.port !== undefined)
    return [{ ...first, host: own(first.host) }, second, ...rest];
  if (!isPort(first)) return args;
  return typeof second === "string" ? [first, own(second), ...rest] : [first, address, ...args.slice(1)];
}

if (address) {
  const listen = net.Server.prototype.listen;
  net.Server.prototype.listen = function (...args) {
    return listen.apply(this, onPodAddress(args));
  };
}
