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
