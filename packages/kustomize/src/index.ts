export { type BuildOptions, type BuildResult, type BuiltObject, type BuiltResource, build } from "./build.ts";
export { type FilePosition, KustomizeError, type KustomizeErrorCode } from "./errors.ts";
export { diskFileSystem, type FileSystem, memoryFileSystem } from "./filesystem.ts";
export type { ChartPull, ChartRendering, Helm } from "./helm-charts.ts";
export {
  FILE_NAMES as KUSTOMIZATION_FILE_NAMES,
  type Kustomization,
  readKustomization,
} from "./load/kustomization.ts";
export type { RemoteBase, Remotes } from "./load/loader.ts";
export { hashFiles } from "./load/loader.ts";
export { parseRemoteUrl, type RemoteUrl } from "./load/remote-url.ts";
export { outputFiles } from "./output.ts";
export { buildWithRemotes, type Fetched, type Fetchers } from "./remotes.ts";
export { matchesAnchored, matchesLabels, type Selector } from "./select.ts";
export type { FieldOrigin, ObjectOrigins, SetBy } from "./trace.ts";
