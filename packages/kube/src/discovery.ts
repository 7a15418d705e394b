import { apiVersionOf } from "@sluice/api";
import type { Clock } from "./clock.ts";
import { isApiError } from "./errors.ts";
import type { Transport } from "./transport.ts";
import type { Kind } from "./types.ts";

type Wanted = { group: string; version: string; kind: string };

/** Which kinds a server knows. */
export type Discovery = {
  /** `version` "" asks for the preferred version of the group that has the kind. */
  kindOf(wanted: Wanted, signal?: AbortSignal): Promise<Kind | undefined>;
  /** All kinds that the server has now. */
  all(signal?: AbortSignal): Promise<Kind[]>;
  /** A CustomResourceDefinition of `group` was written: what is known of the group may be old. */
  forget(group: string): void;
};

/** How soon an unknown kind is asked for again, in ms; CRDs appear at any moment. */
const askAgainMs = 2_000;

const aggregated = [
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
  "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
  "application/json",
].join(",");

/**
 * Learns all kinds in two requests where the server has aggregated discovery. A kind that is then missing, and any
 * kind of an older server, costs one request for its group and version, at most every two seconds.
 */
export function createDiscovery(transport: Transport, clock: Clock): Discovery {
  const kinds = new Map<string, Kind>();
  const asked = new Map<string, { at: number; answer: Promise<void> }>();
  // Versions of each group, preferred first.
  const versions = new Map<string, string[]>();
  let started: Promise<void> | undefined;

  const learnAll = async (signal?: AbortSignal) => {
    for (const path of ["/api", "/apis"]) {
      const { body } = await transport.send({
        method: "GET",
        path,
        headers: { accept: aggregated },
        repeatable: true,
        signal,
      });
      for (const { group, version, found } of readAll(body)) {
        versions.set(group, [...new Set([...(versions.get(group) ?? []), version])]);
        for (const kind of found) kinds.set(idOf(kind), kind);
      }
    }
  };

  const learn = async (group: string, version: string, signal?: AbortSignal) => {
    const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    try {
      const { body } = await transport.send({ method: "GET", path, repeatable: true, signal });
      for (const kind of readList(body, group, version)) kinds.set(idOf(kind), kind);
    } catch (thrown) {
      if (!isApiError(thrown, 404)) throw thrown;
    }
  };

  /** One question at a time, and not again within two seconds. */
  const ask = (group: string, version: string, signal?: AbortSignal): Promise<void> => {
    const key = apiVersionOf({ group, version });
    const before = asked.get(key);
    if (before && clock.now() - before.at < askAgainMs) return before.answer;
    const answer = learn(group, version, signal);
    asked.set(key, { at: clock.now(), answer });
    answer.catch(() => asked.delete(key));
    return answer;
  };

  const start = (signal?: AbortSignal): Promise<void> => {
    started ??= learnAll(signal).catch((thrown) => {
      started = undefined;
      throw thrown;
    });
    return started;
  };

  return {
    async kindOf(wanted, signal) {
      await start(signal);
      const known = kinds.get(idOf(wanted));
      if (known) return known;
      const candidates = wanted.version ? [wanted.version] : (versions.get(wanted.group) ?? []);
      for (const version of candidates) {
        const found = kinds.get(idOf({ ...wanted, version }));
        if (found) return found;
        await ask(wanted.group, version, signal);
        const learnt = kinds.get(idOf({ ...wanted, version }));
        if (learnt) return learnt;
      }
      return undefined;
    },
    async all(signal) {
      await start(signal);
      const served = [...versions].flatMap(([group, each]) => each.map((version) => ({ group, version })));
      const known = new Set([...kinds.values()].map(apiVersionOf));
      // A server without aggregation tells the kinds of a version only when it is asked for them.
      for (const gv of served) if (!known.has(apiVersionOf(gv))) await ask(gv.group, gv.version, signal);
      return [...kinds.values()];
    },
    forget(group) {
      for (const [id, kind] of kinds) if (kind.group === group) kinds.delete(id);
      for (const key of asked.keys()) if (key.startsWith(`${group}/`)) asked.delete(key);
      // Learn its versions anew with the next question.
      if (!versions.has(group)) started = undefined;
    },
  };
}

const idOf = ({ group, version, kind }: Wanted) => `${group}/${version}/${kind}`;

type AggregatedResource = {
  resource: string;
  responseKind?: { kind?: string };
  scope?: string;
};
type AggregatedList = {
  kind?: string;
  items?: {
    metadata?: { name?: string };
    versions?: { version: string; resources?: AggregatedResource[] }[];
  }[];
  /** APIGroupList and APIVersions, of servers without aggregation. */
  groups?: { name: string; preferredVersion?: { version: string }; versions: { version: string }[] }[];
  versions?: string[];
};

/** Group versions of an answer of `/api` or `/apis`, preferred versions first; kinds only if it is aggregated. */
function readAll(body: unknown): { group: string; version: string; found: Kind[] }[] {
  const { items, groups, versions } = (body ?? {}) as AggregatedList;
  if (items) {
    return items.flatMap(({ metadata, versions = [] }) => {
      const group = metadata?.name ?? "";
      return versions.map(({ version, resources = [] }) => ({
        group,
        version,
        found: resources
          .filter(({ responseKind }) => responseKind?.kind)
          .map(({ resource, responseKind, scope }) => ({
            group,
            version,
            kind: responseKind!.kind!,
            plural: resource,
            namespaced: scope === "Namespaced",
          })),
      }));
    });
  }
  const grouped = (groups ?? []).flatMap(({ name, preferredVersion, versions }) =>
    [...(preferredVersion ? [preferredVersion] : []), ...versions].map(({ version }) => ({
      group: name,
      version,
    })),
  );
  const core = (versions ?? []).map((version) => ({ group: "", version }));
  return [...core, ...grouped].map((served) => ({ ...served, found: [] }));
}

type ResourceList = { resources?: { name: string; kind: string; namespaced: boolean; group?: string }[] };

function readList(body: unknown, group: string, version: string): Kind[] {
  const { resources = [] } = (body ?? {}) as ResourceList;
  return resources
    .filter(({ name }) => !name.includes("/"))
    .map(({ name, kind, namespaced }) => ({ group, version, kind, plural: name, namespaced }));
}
