const KiB = 1024;
const MiB = 1024 * KiB;

/** Every bound of this package, in one place. Sizes are bytes, times are milliseconds. */
export const limits = {
  /** A manifest; registries need not take larger ones by the specification. */
  maxManifestBytes: 4 * MiB,
  /** A blob, unless the caller says otherwise. */
  maxBlobBytes: 1024 * MiB,
  maxTags: 100_000,
  maxTagPages: 1_000,
  maxTagPageBytes: 8 * MiB,
  /** What a token server answers. */
  maxTokenBytes: 128 * KiB,
  /** As much of an error's body is looked at. */
  maxErrorBytes: 8 * KiB,
  maxRedirects: 5,

  /** Attempts after the first one. */
  retries: 4,
  retryMinMs: 250,
  retryMaxMs: 3_000,
  /** A registry that asks for more patience than this is told of instead of waited for. */
  maxRetryAfterMs: 15_000,
  connectMs: 10_000,
  /** Until an answer begins, and between two of its parts. */
  idleMs: 30_000,
  /** One operation as a whole, with all its requests and attempts. */
  operationMs: 600_000,
} as const;
