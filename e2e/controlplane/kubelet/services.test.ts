import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hostsOf, routesOf } from "./services.ts";

const service = (name: string, clusterIP: string, ports: object[] = [{ name: "http", port: 80 }]) => ({
  metadata: { name, namespace: "flux-system" },
  spec: { clusterIP, ports },
});
const slice = (name: string, endpoints: object[], ports: object[] = [{ name: "http", port: 9090 }]) => ({
  metadata: { namespace: "flux-system", labels: { "kubernetes.io/service-name": name } },
  endpoints,
  ports,
});

describe("routesOf", () => {
  const web = service("web", "10.40.0.9");
  const route = (...targets: string[]) => [
    { address: "127.40.0.9", port: 80, targets: targets.map((host) => ({ host, port: 9090 })) },
  ];
  const rows: [string, object[], object[], object[]][] = [
    [
      "ready endpoints",
      [web],
      [slice("web", [{ addresses: ["10.40.128.1"], conditions: { ready: true } }])],
      route("127.40.128.1"),
    ],
    [
      "not the others",
      [web],
      [slice("web", [{ addresses: ["10.40.128.1"], conditions: { ready: false } }])],
      route(),
    ],
    ["not those of other Services", [web], [slice("api", [{ addresses: ["10.40.128.1"] }])], route()],
    [
      "ports by their name",
      [web],
      [slice("web", [{ addresses: ["10.40.128.1"] }], [{ name: "other", port: 1 }])],
      route(),
    ],
    ["nothing for headless Services", [service("web", "None")], [], []],
    ["nothing for UDP", [service("web", "10.40.0.9", [{ port: 53, protocol: "UDP" }])], [], []],
  ];
  for (const [what, services, slices, expected] of rows)
    test(what, () => assert.deepEqual(routesOf(services, slices), expected));
});

test("hostsOf: the pod itself and each Service by all its names", () => {
  const hosts = hostsOf([service("web", "10.40.0.9"), service("none", "None")], {
    name: "p",
    namespace: "flux-system",
    address: "127.40.128.1",
  });
  assert.deepEqual(hosts.split("\n"), [
    "127.0.0.1 localhost",
    "127.40.128.1 p",
    "127.40.0.9 web.flux-system.svc.cluster.local. web.flux-system.svc.cluster.local web.flux-system.svc web.flux-system web",
    "",
  ]);
});

test("hostsOf: a Service of another namespace has no short name", () =>
  assert.doesNotMatch(
    hostsOf([service("web", "10.40.0.9")], { name: "p", namespace: "other", address: "a" }),
    / web$/m,
  ));
