/** The event that controllers post to notification-controller, and that Providers pass on. */
export type Event = {
  involvedObject: {
    apiVersion?: string;
    kind?: string;
    namespace?: string;
    name?: string;
    uid?: string;
    resourceVersion?: string;
  };
  severity: "trace" | "info" | "error";
  /** RFC 3339. */
  timestamp: string;
  /** At most `maxEventMessage` characters. */
  message: string;
  reason: string;
  metadata?: Record<string, string>;
  /** Name of the controller, for example `source-controller`. */
  reportingController: string;
  /** Name of the pod. */
  reportingInstance?: string;
};

/** Characters of an event's message. */
export const maxEventMessage = 39_000;

/** Keys of an event's `metadata`; on Kubernetes events they are annotations `<group of the kind>/<key>`. */
export const eventMetadata = {
  revision: "revision",
  originRevision: "originRevision",
  digest: "digest",
  /** What `digest` was called before; still understood. */
  checksum: "checksum",
  /** Sets apart events that are otherwise the same, against rate limits. */
  token: "token",
  commit: "commit",
  /** With the value `update`: the event is for commit statuses only. */
  commitStatus: "commit_status",
  /** The change request (pull request) that the event is about. */
  changeRequest: "change_request",
  summary: "summary",
} as const;
