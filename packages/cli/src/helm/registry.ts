/** Charts of registries: `oci://host/path/chart`. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { tryParseVersion } from "@sluice/api";
import { chartLayer, selectTaggedVersion, tagOfVersion, versionsOfTags } from "@sluice/helm";
import {
  type CredentialsFor,
  createRegistryClient,
  formatReference,
  isOciError,
  parseReference,
  type Reference,
  type RegistryClient,
  readDockerConfig,
} from "@sluice/oci";
import { proxyOf } from "../proxy.ts";
import { helmConfig } from "./configuration.ts";
import { LIMITS, type Remote, tlsOf } from "./download.ts";
import { type Fetched, type Fetching, provenanceBy } from "./fetched.ts";
import { HelmError } from "./report.ts";

export const isRegistry = (address: string): boolean => address.startsWith("oci://");

export type ChartRegistry = {
  /** The tags of the repository at an address. */
  tags(address: string): Promise<string[]>;
  /**
   * The archive of the chart at an address, in a version or the latest of a range.
   * @param provenance whether its provenance file is fetched too
   */
  pull(address: string, version: string | undefined, provenance: boolean): Promise<Fetched>;
};

/**
 * Works with registries: pkg/registry of Helm, with its words where it has some.
 * @param say takes what Helm says about charts that it has pulled
 */
export async function withRegistry<T>(
  remote: Remote,
  { signal, env }: Pick<Fetching, "signal" | "env">,
  say: (line: string) => void,
  work: (registry: ChartRegistry) => Promise<T>,
): Promise<T> {
  const { ca, cert, key, rejectUnauthorized } = tlsOf(remote);
  const client = createRegistryClient({
    userAgent: "sluice-cli",
    plainHttp: remote.plainHttp,
    proxyFor: proxyOf(env),
    credentials: credentialsOf(remote, env),
    tls: { ca, cert, key, insecure: !rejectUnauthorized },
  });
  try {
    return await work({
      tags: (address) => client.tags(parseReference(address), { signal }),
      pull: (address, version, provenance) => pull(client, address, { version, provenance, signal, say }),
    });
  } finally {
    await client.close();
  }
}

/** As given, else of `helm registry login`, else of `docker login`. */
function credentialsOf({ username, password, registryConfig }: Remote, env: Fetching["env"]): CredentialsFor {
  if (username && password) return () => ({ kind: "basic", username, password });
  const files = [
    registryConfig || join(helmConfig(env), "registry/config.json"),
    join(env["DOCKER_CONFIG"] || join(homedir(), ".docker"), "config.json"),
  ];
  return (registry) => {
    for (const file of files.filter((each) => existsSync(each))) {
      const found = readDockerConfig(readFileSync(file, "utf8"), file)(registry);
      if (found) return found;
    }
    return undefined;
  };
}

type Pulling = {
  version: string | undefined;
  provenance: boolean;
  signal: AbortSignal;
  say(line: string): void;
};

async function pull(client: RegistryClient, address: string, pulling: Pulling): Promise<Fetched> {
  const { signal, say } = pulling;
  const { reference, version } = await referenceOf(client, address, pulling);
  const shown = formatReference(reference);
  const { descriptor, manifest } = await client.manifest(reference, { signal }).catch((thrown) => {
    if (!isOciError(thrown) || thrown.code !== "not-found") throw thrown;
    const words = `failed to perform "FetchReference" on source: ${shown}: not found`;
    throw new HelmError(words, { cause: thrown });
  });
  if (manifest.kind === "index")
    throw new HelmError(`${shown} is a list of manifests and no chart; name one of them by its digest`);
  const read = (what: "chart" | "provenance") => {
    const layer = chartLayer(manifest, what);
    return buffer(client.blob(reference, layer, { signal, maxBytes: LIMITS[what] }));
  };
  const bytes = await read("chart");
  const provenance = await provenanceBy(() => read("provenance"), pulling, signal);
  say(`Pulled: ${shown}\nDigest: ${descriptor.digest}\n`);
  if (shown.includes("_")) say(`${shown} contains an underscore.\n${UNDERSCORES}\n`);
  // Helm makes the name of the file of what it asked for.
  const { registry, path, digest } = reference;
  const [asked, suffix] = digest
    ? [`@${digest}`, `@${digest.replace(":", "-")}`]
    : [`:${version}`, `-${version}`];
  const fileName = `${path.split("/").at(-1)}${suffix}.tgz`;
  return { bytes, fileName, address: `oci://${registry}/${path}${asked}`, provenance };
}

const UNDERSCORES = `
OCI artifact references (e.g. tags) do not support the plus sign (+). To support
storing semantic versions, Helm adopts the convention of changing plus (+) to
an underscore (_) in chart version tags when pushing to a registry and back to
a plus (+) when pulling from a registry.`;

/** Which tag or digest is meant. ValidateReference of Helm's pkg/registry/client.go. */
async function referenceOf(
  client: RegistryClient,
  address: string,
  { version, signal }: Pulling,
): Promise<{ reference: Reference; version: string }> {
  const [, before = "", tag, digest = ""] = /^(.*?)(?::([^/:@]*))?(@.*)?$/s.exec(address) ?? [];
  const asked = parseReference(`${before}${tag === undefined ? "" : `:${tagOfVersion(tag)}`}${digest}`);
  if (version && asked.tag && asked.tag !== tagOfVersion(version))
    throw new HelmError(`chart reference and version mismatch: ${version} is not ${asked.tag}`);
  const wanted = version || (asked.tag ?? "").replaceAll("_", "+");
  if (asked.digest !== undefined) {
    if (wanted !== "") await expectSame(client, { ...asked, tag: tagOfVersion(wanted) }, signal);
    return { reference: { ...asked, tag: undefined }, version: wanted };
  }
  const at = (found: string) => ({ reference: { ...asked, tag: tagOfVersion(found) }, version: found });
  if (tryParseVersion(wanted)) return at(wanted);
  const tags = versionsOfTags(await client.tags(asked, { signal }));
  if (tags.length === 0) throw new HelmError(`unable to locate any tags in provided repository: ${address}`);
  return at(selectTaggedVersion(tags, wanted));
}

/** A tag beside a digest must stand for it, if there is such a tag. */
async function expectSame(client: RegistryClient, reference: Reference, signal: AbortSignal): Promise<void> {
  const { digest } = reference;
  const found = await client.resolve({ ...reference, digest: undefined }, { signal }).catch((thrown) => {
    if (isOciError(thrown) && thrown.code === "not-found") return undefined;
    throw thrown;
  });
  if (found && found.digest !== digest)
    throw new HelmError(`chart reference digest mismatch: ${found.digest} is not ${digest}`);
}
