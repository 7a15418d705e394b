import { connect, createServer, type Server, type Socket } from "node:net";
import type { Api, Loose } from "../api.ts";
import { localOf } from "../network.ts";

/** Where a port of a Service leads. */
export type Route = { address: string; port: number; targets: { host: string; port: number }[] };

/**
 * The routes of all Services, from their EndpointSlices, as kube-proxy has them: TCP, ready endpoints only. Addresses are
 * those of this machine.
 */
export function routesOf(services: Loose[], slices: Loose[]): Route[] {
  return services.flatMap(({ metadata, spec }) => {
    if (!spec.clusterIP || spec.clusterIP === "None") return [];
    const own = slices.filter(
      (slice) =>
        slice.metadata.namespace === metadata.namespace &&
        slice.metadata.labels?.["kubernetes.io/service-name"] === metadata.name,
    );
    return (spec.ports ?? [])
      .filter(({ protocol = "TCP" }: Loose) => protocol === "TCP")
      .map(({ name, port }: Loose) => ({
        address: localOf(spec.clusterIP),
        port,
        targets: own.flatMap((slice) => targetsOf(slice, name)),
      }));
  });
}

function targetsOf({ endpoints, ports }: Loose, name: string | undefined): Route["targets"] {
  const target = (ports ?? []).find((port: Loose) => (port.name ?? "") === (name ?? ""));
  if (target === undefined) return [];
  return (endpoints ?? [])
    .filter(({ conditions }: Loose) => conditions?.ready !== false)
    .flatMap(({ addresses }: Loose) => addresses)
    .map((address: string) => ({ host: localOf(address), port: target.port }));
}

/** The /etc/hosts of a pod in `namespace`: itself, and all Services by the names that the cluster's DNS would know. */
export function hostsOf(
  services: Loose[],
  pod: { name: string; namespace: string; address: string },
): string {
  const lines = services
    .filter(({ spec }) => spec.clusterIP && spec.clusterIP !== "None")
    .map(({ metadata: { name, namespace }, spec }) => {
      const full = `${name}.${namespace}.svc.cluster.local`;
      const near = namespace === pod.namespace ? [name] : [];
      return [
        localOf(spec.clusterIP),
        `${full}.`,
        full,
        `${name}.${namespace}.svc`,
        `${name}.${namespace}`,
        ...near,
      ].join(" ");
    });
  return ["127.0.0.1 localhost", `${pod.address} ${pod.name}`, ...lines.sort(), ""].join("\n");
}

/**
 * Follows Services and EndpointSlices, listens on the addresses of the former and passes connections on to the latter,
 * until `signal`.
 * @param onServices hears of all Services whenever one changes
 */
export function serveServices(api: Api, onServices: (services: Loose[]) => void, signal: AbortSignal): void {
  const services = new Map<string, Loose>();
  const slices = new Map<string, Loose>();
  const proxy = createProxy();
  signal.addEventListener("abort", () => proxy.close(), { once: true });
  const follow = (path: string, held: Map<string, Loose>) =>
    void api.follow(
      path,
      (type, object) => {
        if (type === "gone") held.delete(object.metadata.uid);
        else held.set(object.metadata.uid, object);
        proxy.serve(routesOf([...services.values()], [...slices.values()]));
        if (held === services) onServices([...services.values()]);
      },
      signal,
    );
  follow("/api/v1/services", services);
  follow("/apis/discovery.k8s.io/v1/endpointslices", slices);
}

function createProxy() {
  const open = new Map<string, { server: Server; route: Route }>();
  const serve = (routes: Route[]) => {
    const wanted = new Map(routes.map((route) => [`${route.address}:${route.port}`, route]));
    for (const [key, { server }] of open) {
      if (wanted.has(key)) continue;
      server.close();
      open.delete(key);
    }
    for (const [key, route] of wanted) {
      const held = open.get(key);
      if (held) held.route = route;
      else {
        const entry = { server: createServer(), route };
        open.set(key, entry);
        entry.server.on("connection", (socket) => passOn(socket, entry.route.targets));
        entry.server.on("error", (error) => console.error(`Service at ${key}: ${error.message}`));
        entry.server.listen({ host: route.address, port: route.port });
      }
    }
  };
  const close = () => serve([]);
  return { serve, close };
}

/** Connects to one of the targets, by chance; without any the connection is refused, as kube-proxy does. */
function passOn(socket: Socket, targets: Route["targets"]): void {
  const target = targets[Math.floor(Math.random() * targets.length)];
  if (target === undefined) return void socket.resetAndDestroy();
  const onward = connect(target);
  const end = () => {
    socket.destroy();
    onward.destroy();
  };
  socket.setNoDelay(true).pipe(onward.setNoDelay(true)).pipe(socket);
  for (const side of [socket, onward]) side.once("error", end).once("close", end);
}
