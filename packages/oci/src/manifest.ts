import { type Descriptor, isDigest } from "./digest.ts";
import { ociError } from "./errors.ts";
import { isObject, parseJson } from "./json.ts";

/** What a manifest says: the one of a single thing, with its configuration and layers, or the one that lists others. */
export type Manifest =
  | {
      kind: "image";
      artifactType?: string;
      config: Descriptor;
      layers: readonly Descriptor[];
      annotations: Annotations;
    }
  | { kind: "index"; artifactType?: string; manifests: readonly Descriptor[]; annotations: Annotations };

type Annotations = Readonly<Record<string, string>>;

/** What is understood, in the order of preference; registries convert nothing that they need not. */
export const manifestTypes = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
] as const;

/**
 * Reads a manifest: OCI image specification, manifest.md and image-index.md, and their forerunners of Docker.
 * @param contentType as the registry calls it; the manifest must not call itself something else (CVE-2021-41190)
 * @throws {OciError} `bad-answer`
 */
export function readManifest(
  bytes: Uint8Array,
  contentType: string,
  at: string,
): { mediaType: string; manifest: Manifest } {
  const bad = (what: string) => ociError("bad-answer", `${at}: the manifest ${what}`);
  const raw = parseJson(Buffer.from(bytes));
  if (raw === undefined) throw bad("is not JSON");
  if (!isObject(raw)) throw bad("is no object");
  const mediaType = typeof raw["mediaType"] === "string" ? raw["mediaType"] : contentType;
  if (!manifestTypes.some((known) => known === mediaType))
    throw bad(`is of type ${JSON.stringify(mediaType)}, which is not understood`);
  if (contentType !== mediaType && manifestTypes.some((known) => known === contentType))
    throw bad(`says that it is ${mediaType}, and the registry that it is ${contentType}`);
  if (raw["manifests"] !== undefined && (raw["layers"] !== undefined || raw["config"] !== undefined))
    throw bad("is one of layers and of manifests at once");
  const artifactType = typeof raw["artifactType"] === "string" ? raw["artifactType"] : undefined;
  const annotations = annotationsOf(raw["annotations"]) ?? {};
  const list = (name: string) => {
    const found = raw[name] ?? [];
    if (!Array.isArray(found)) throw bad(`has ${name} that are no list`);
    return found.map((one, index) => descriptor(one, `${name}[${index}]`, bad));
  };
  const manifest: Manifest = /index|list/.test(mediaType)
    ? { kind: "index", artifactType, manifests: list("manifests"), annotations }
    : {
        kind: "image",
        artifactType,
        config: descriptor(raw["config"], "config", bad),
        layers: list("layers"),
        annotations,
      };
  return { mediaType, manifest };
}

function descriptor(raw: unknown, field: string, bad: (what: string) => Error): Descriptor {
  const { mediaType, digest, size, annotations } = isObject(raw) ? raw : {};
  if (typeof mediaType !== "string" || typeof digest !== "string" || !isDigest(digest))
    throw bad(`has no descriptor at ${field}`);
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    throw bad(`has no size at ${field}`);
  return { mediaType, digest, size, annotations: annotationsOf(annotations) };
}

function annotationsOf(raw: unknown): Annotations | undefined {
  if (!isObject(raw)) return undefined;
  return Object.fromEntries(
    Object.entries(raw).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
