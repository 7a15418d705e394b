/** `status.artifact` of a source, as contract and Flux have it. Times are RFC 3339, sizes bytes. */
export type Artifact = {
  /** Relative to the store: `<kind>/<namespace>/<name>/<file>`. */
  path: string;
  url: string;
  revision: string;
  digest: string;
  lastUpdateTime: string;
  size: number;
  metadata?: Record<string, string>;
};
