export type { Artifact } from "@sluice/api";
export type { Fingerprint } from "./digest.ts";
export { type ArtifactError, type ArtifactErrorCode, isArtifactError } from "./errors.ts";
export {
  type DownloadOptions,
  downloadArtifact,
  type Fetchable,
  type FetchOptions,
  fetchArtifact,
} from "./fetch.ts";
export { type Ignore, ignoreMatcher, readSourceIgnore, type SourceIgnoreFile } from "./ignore.ts";
export { limits } from "./limits.ts";
export { type PackOptions, packDirectory } from "./pack.ts";
export { type ArtifactServer, type ServeOptions, serveStore } from "./server.ts";
export { openStore, type PutInput, type Store, type StoreOptions } from "./store.ts";
export { type Unpacked, type UnpackOptions, unpack } from "./unpack.ts";
