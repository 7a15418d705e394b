import { createHash } from "node:crypto";

type Stored = { mediaType: string; digest: string; data: Buffer };

/** What a blob of a pushed manifest is. */
export type Blob = { mediaType: string; data: string | Uint8Array; annotations?: Record<string, string> };

export type PushedManifest = {
  config: Blob;
  layers: readonly Blob[];
  artifactType?: string;
  annotations?: Record<string, string>;
};

/** The repositories of a registry, in memory. */
export type Content = {
  blob(repository: string, digest: string): Buffer | undefined;
  addBlob(repository: string, data: Uint8Array): string;
  /** @param reference a tag or a digest */
  manifest(repository: string, reference: string): Stored | undefined;
  addManifest(repository: string, tag: string | undefined, mediaType: string, data: Uint8Array): Stored;
  /** In the order of their characters; undefined if nothing was pushed there. */
  tags(repository: string): string[] | undefined;
  push(repository: string, tag: string, pushed: PushedManifest): Stored;
};

export const digestOf = (data: Uint8Array): string =>
  `sha256:${createHash("sha256").update(data).digest("hex")}`;

type Repository = { blobs: Map<string, Buffer>; manifests: Map<string, Stored>; tags: Map<string, string> };

export function createContent(): Content {
  const repositories = new Map<string, Repository>();
  const at = (name: string): Repository => {
    const found = repositories.get(name) ?? { blobs: new Map(), manifests: new Map(), tags: new Map() };
    repositories.set(name, found);
    return found;
  };
  const addBlob = (repository: string, data: Uint8Array) => {
    const digest = digestOf(data);
    at(repository).blobs.set(digest, Buffer.from(data));
    return digest;
  };
  const addManifest: Content["addManifest"] = (repository, tag, mediaType, data) => {
    const stored = { mediaType, digest: digestOf(data), data: Buffer.from(data) };
    at(repository).manifests.set(stored.digest, stored);
    if (tag !== undefined) at(repository).tags.set(tag, stored.digest);
    return stored;
  };
  return {
    addBlob,
    addManifest,
    blob: (repository, digest) => repositories.get(repository)?.blobs.get(digest),
    manifest(repository, reference) {
      const found = repositories.get(repository);
      return found?.manifests.get(found.tags.get(reference) ?? reference);
    },
    tags(repository) {
      const found = repositories.get(repository);
      return found && found.manifests.size > 0 ? [...found.tags.keys()].sort() : undefined;
    },
    push(repository, tag, { config, layers, ...more }) {
      const descriptor = ({ data, ...rest }: Blob) => {
        const bytes = Buffer.from(data);
        return { ...rest, digest: addBlob(repository, bytes), size: bytes.length };
      };
      const mediaType = "application/vnd.oci.image.manifest.v1+json";
      const manifest = {
        schemaVersion: 2,
        mediaType,
        config: descriptor(config),
        layers: layers.map(descriptor),
        ...more,
      };
      return addManifest(repository, tag, mediaType, Buffer.from(JSON.stringify(manifest)));
    },
  };
}
