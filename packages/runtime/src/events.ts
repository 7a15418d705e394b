import {
  type Event,
  eventAnnotationPrefix,
  type KubeObject,
  maxEventMessage,
  splitApiVersion,
} from "@sluice/api";
import type { Client } from "@sluice/kube";
import { createPoster, type Poster } from "./poster.ts";
import { createRecorder, type Recorder } from "./recorder.ts";
import type { EventNote, Log } from "./types.ts";

/** Sends events: to Kubernetes and to `--events-addr`. Never blocks and never throws. */
export type Events = {
  send(object: KubeObject, note: EventNote): void;
  /** Waits until everything has been sent, at most `ms`. */
  flush(ms: number): Promise<void>;
};

export type EventsOptions = {
  client: Client;
  /** Name of the controller. */
  name: string;
  /** Name of the pod. */
  instance: string;
  /** Where events are posted to; nowhere when empty. */
  address: string;
  now: () => number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  log: Log;
};

/** Both ways out, each with its own bounded queue. */
export function createEvents({ client, name, instance, address, now, sleep, log }: EventsOptions): Events {
  const recorder: Recorder = createRecorder({ client, now, log });
  const poster: Poster | undefined = address === "" ? undefined : createPoster({ address, sleep, log });
  return {
    send(object, note) {
      const at = now();
      recorder.record(kubeEventOf(object, note, { name, at }));
      // Traces are for those who look at the object, not for those who get alerts.
      if (note.severity !== "trace") poster?.post(postedEventOf(object, note, { name, instance, at }));
    },
    async flush(ms) {
      const stop = new AbortController();
      const all = Promise.all([recorder.idle(), poster?.idle()]);
      await Promise.race([all, sleep(ms, stop.signal).catch(() => undefined)]);
      stop.abort();
    },
  };
}

/**
 * The metadata of an event under the names that travel: `<group of the kind>/<key>`, and what the user asks to be added
 * by annotations `event.toolkit.fluxcd.io/*` of the object.
 */
function metadataOf(object: KubeObject, metadata: Record<string, string>): Record<string, string> {
  const { group } = splitApiVersion(object.apiVersion);
  const own = Object.entries(metadata).map(([key, value]) => [
    key.includes("/") ? key : `${group}/${key}`,
    value,
  ]);
  const wanted = Object.entries(object.metadata.annotations ?? {}).filter(([key]) =>
    key.startsWith(eventAnnotationPrefix),
  );
  return Object.fromEntries([...own, ...wanted]) as Record<string, string>;
}

/** The JSON that notification-controller receives. */
export function postedEventOf(
  object: KubeObject,
  { severity, reason, message, metadata }: EventNote,
  { name, instance, at }: { name: string; instance: string; at: number },
): Event {
  const all = metadataOf(object, metadata);
  return {
    involvedObject: involved(object),
    severity,
    timestamp: seconds(at),
    message: message.slice(0, maxEventMessage),
    reason,
    ...(Object.keys(all).length > 0 ? { metadata: all } : {}),
    reportingController: name,
    reportingInstance: instance,
  };
}

/** The Kubernetes Event, as client-go's recorder writes it. */
export function kubeEventOf(
  object: KubeObject,
  { type, severity, reason, message, metadata }: EventNote,
  { name, at }: { name: string; at: number },
): KubeObject {
  const time = seconds(at);
  const annotations = metadataOf(object, metadata);
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: {
      name: `${object.metadata.name}.${(BigInt(at) * 1_000_000n).toString(16)}`,
      namespace: object.metadata.namespace ?? "default",
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    involvedObject: involved(object),
    reason,
    message: message.slice(0, maxEventMessage),
    source: { component: name },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    type: severity === "trace" ? "Normal" : type,
    eventTime: null,
    reportingComponent: name,
    reportingInstance: "",
  };
}

function involved({ apiVersion, kind, metadata }: KubeObject): Event["involvedObject"] {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { kind, namespace, name, uid, apiVersion, resourceVersion };
}

const seconds = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
