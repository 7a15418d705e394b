/** Where the Services of webhooks can be reached from here: nothing runs in the pods of this cluster. */
import { tableOf } from "../storage/storage.ts";
import { entryIn } from "../storage/table.ts";
import type { World } from "../world.ts";
import type { ClientConfig } from "./webhooks.ts";

/** On a Service: HOST:PORT at which a process of this machine answers for it. */
const ADDRESS = "cluster.sluice.dev/address";

/** Where to connect to, or why nothing can be there. */
export type Place = { kind: "at"; host: string; port: number } | { kind: "nowhere"; because: string };

/** The address behind a Service: the annotated one, or that of an external name. */
export function placeOf(world: World, service: NonNullable<ClientConfig["service"]>): Place {
  const { namespace, name, port = 443 } = service;
  const found = entryIn(tableOf(world.storage, "/services"), namespace, name)?.object;
  if (!found) return { kind: "nowhere", because: `service ${JSON.stringify(name)} not found` };
  const [, host, own] = /^(.+):(\d+)$/.exec(found.metadata.annotations?.[ADDRESS] ?? "") ?? [];
  if (host && own) return { kind: "at", host: host.replace(/^\[|\]$/g, ""), port: Number(own) };
  if (found.spec.type === "ExternalName") return { kind: "at", host: found.spec.externalName, port };
  if (!(found.spec.ports ?? []).some((each: { port: number }) => each.port === port))
    return { kind: "nowhere", because: `no service port ${port} found for service ${JSON.stringify(name)}` };
  return { kind: "nowhere", because: `no endpoints available for service ${JSON.stringify(name)}` };
}
