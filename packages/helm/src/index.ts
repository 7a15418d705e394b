export { KNOWN_API_VERSIONS, type KubeVersion } from "@sluice/gotemplate";
export {
  type DependencyList,
  type DependencyRow,
  type DependencyStatus,
  listDependencies,
} from "./chart/dependencies.ts";
export { type LoadOptions, loadArchive, loadChart, loadDirectory, type PathOptions } from "./chart/load.ts";
export { checkLock, lockDigest } from "./chart/lock.ts";
export { metadataShape, readMetadata } from "./chart/metadata.ts";
export { type PackagedChart, type PackageOptions, packageChart } from "./chart/package.ts";
export type { DependencyFetcher } from "./chart/resolve.ts";
export {
  buildDependencies,
  type DependencyOptions,
  type DependencyOutcome,
  updateDependencies,
} from "./chart/update.ts";
export type { Chart, ChartFile, Dependency, Lock, Metadata, Values } from "./chart.ts";
export { ChartError, type ChartErrorCode, type ChartErrorFacts } from "./errors.ts";
export {
  decodeRelease,
  encodeRelease,
  RELEASE_SECRET_TYPE,
  type Release,
  type ReleaseInfo,
  type ReleaseStatus,
  releaseJson,
  releaseOf,
  releaseSecret,
  releaseSecretName,
  type StoredChart,
  type StoredFile,
  SYSTEM_LABELS,
  storeChart,
} from "./release/record.ts";
export { type Crd, crdsOf } from "./render/crds.ts";
export { type Head, readHead } from "./render/head.ts";
export {
  deletesAt,
  HOOK_EVENTS,
  type Hook,
  type HookDeletePolicy,
  type HookEvent,
  type HookOutputLogPolicy,
  type HookRun,
  hooksFor,
  logsAt,
  uninstalling,
} from "./render/hooks.ts";
export { checkInstallable } from "./render/installable.ts";
export { type LintOptions, printForLint } from "./render/lint.ts";
export type { Manifest } from "./render/manifests.ts";
export { sortByKind, splitManifests } from "./render/order.ts";
export {
  type ManifestObject,
  POST_RENDER_FILE,
  type PostRenderer,
  type PostRenderStrategy,
  postRenderText,
} from "./render/postrender.ts";
export { type Origin, originOf } from "./render/provenance.ts";
export {
  DEFAULT_KUBE_VERSION,
  HELM_VERSION,
  kubeVersionOf,
  type Rendered,
  type RenderOptions,
  renderRelease,
} from "./render/render.ts";
export { type TemplateOptions, templateText } from "./render/template.ts";
export {
  type ChartVersion,
  type IndexOptions,
  RepositoryIndex,
  readIndex,
  selectVersion,
} from "./repository/index.ts";
export {
  type ChartManifest,
  chartLayer,
  OCI_TYPES,
  selectTaggedVersion,
  tagOfVersion,
  versionsOfTags,
} from "./repository/oci.ts";
export { type Signed, type Verification, verifyProvenance } from "./repository/provenance.ts";
export { archiveUrl } from "./repository/urls.ts";
export { coalesceTables, coalesceValues } from "./values/coalesce.ts";
export { mergeValues, type ValuesSources } from "./values/merge.ts";
export { readValues } from "./values/read.ts";
export { processDependencies } from "./values/requirements.ts";
export { validateValues } from "./values/schema.ts";
export { parseSet, type ReadFile, type SetKind } from "./values/strvals.ts";
export { logLine, type Warn } from "./values/warn.ts";
