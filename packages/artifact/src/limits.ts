const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

/** Every bound of this package, in one place. Sizes are bytes, times are milliseconds. */
export const limits = {
  /** Compressed size of an artifact that a consumer downloads. */
  maxBytes: 1 * GiB,
  /** Size of the tar stream inside: contents, headers and padding. */
  maxUnpackedBytes: 4 * GiB,
  /** Files, directories and links in one archive. */
  maxEntries: 500_000,
  /** One extended header (pax record block or GNU long name). */
  maxExtendedHeaderBytes: 64 * KiB,
  /** A path inside an archive: Linux's PATH_MAX. */
  maxPathBytes: 4 * KiB,
  maxSymlinks: 10_000,
  maxSymlinkTargetBytes: 1 * KiB,
  /** One `.sourceignore` file. */
  maxIgnoreFileBytes: 1 * MiB,
  /** Patterns of all `.sourceignore` files and of spec.ignore together. */
  maxIgnorePatterns: 10_000,

  /** Attempts after the first one that a fetch makes; Flux's `--http-retry`. */
  retries: 9,
  retryMinMs: 250,
  retryMaxMs: 10_000,
  /** A download that receives nothing for this long is given up and retried. */
  idleMs: 30_000,

  /** A temporary file of the store that nobody has written to for this long was left by a crash. */
  staleTemporaryMs: 120_000,
  /** A file that has not changed on disk is hashed again after this long, to find silent corruption. */
  rehashMs: 3_600_000,
  /** An object's directory is swept only if nothing was written to it for this long: its object may be news. */
  sweepGraceMs: 300_000,
  /** Files whose digest is remembered. */
  maxKnownDigests: 50_000,

  /** The file server: request line and headers. */
  maxRequestHeaderBytes: 8 * KiB,
  maxConnections: 2_000,
  /** A client has this long to send a request. */
  requestMs: 10_000,
  /** A connection on which nothing moves for this long is closed, in the middle of a download too. */
  socketIdleMs: 60_000,
  /** Downloads in progress have this long to finish when the server closes. */
  drainMs: 5_000,
} as const;
