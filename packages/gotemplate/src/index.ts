export { KNOWN_API_VERSIONS } from "./api-versions.ts";
export { decode, encode } from "./bytes.ts";
export { mapOf } from "./data.ts";
export {
  type ChartTemplate,
  parseChart,
  renderBytes,
  renderOrder,
  renderTemplate,
} from "./engine.ts";
export { type ErrorCode, type Place, TemplateError } from "./errors.ts";
export * as go from "./go.ts";
export {
  type Capabilities,
  type ChartMetadata,
  capabilitiesObject,
  chartObject,
  filesObject,
  type KubeVersion,
  parseKubeVersion,
  type Release,
  releaseObject,
  VALUES,
  valuesObject,
} from "./objects.ts";
export { DEFAULT_LIMITS, type Host, type Limits, type Trace } from "./runtime.ts";
export {
  type ExecuteOptions,
  type ParseOptions,
  parseTemplates,
  type TemplateFile,
  TemplateSet,
} from "./set.ts";
export { DICT, GoList, GoMap, int64, type Value } from "./value.ts";
