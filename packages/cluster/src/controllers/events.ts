/** Events as controllers, the scheduler and the kubelet write them: what `kubectl describe` shows at its end. */
import type { KubeObject } from "@sluice/api";
import { isApiError } from "../errors.ts";
import type { Store } from "../store.ts";
import { NODE } from "./common.ts";
import { refOf } from "./engine.ts";

/** What happened to an object, told by a part of the cluster. */
export type News = {
  component: string;
  type: "Normal" | "Warning";
  reason: string;
  message: string;
  /** the part of the object: `spec.containers{web}` */
  fieldPath?: string;
};

/** Events of the simulation that are kept; the oldest go first. */
const KEPT = 1000;
/** Events in one second of the cluster's clock; what is beyond is lost, as from the full queue of a real recorder. */
const BURST = 500;

/** Writes events down, the same one once with a count. One for each simulation. */
export function newRecorder(store: Store): (about: KubeObject, news: News) => void {
  const known = new Map<string, KubeObject>();
  let [second, told, serial] = [0, 0, 0];
  const forget = (key: string, event: KubeObject) => {
    known.delete(key);
    if (store.get(refOf(event))) store.delete(refOf(event));
  };
  const write = (about: KubeObject, news: News) => {
    const key = JSON.stringify([about.metadata.uid, news]);
    const before = known.get(key);
    const live = before && store.get(refOf(before));
    known.delete(key);
    const name = `${about.metadata.name}.${(BigInt(store.now()) * 1_000_000n + BigInt(serial++)).toString(16)}`;
    const event = live
      ? store.update(repeated(live, store.now()), { manager: news.component })
      : store.create(eventOf(about, news, name, store.now()), { manager: news.component });
    known.set(key, event);
    for (const [oldest, each] of known) if (known.size > KEPT) forget(oldest, each);
  };
  return (about, news) => {
    const now = Math.floor(store.now() / 1000);
    if (now !== second) [second, told] = [now, 0];
    if (told++ >= BURST) return;
    try {
      write(about, news);
    } catch (thrown) {
      // a namespace on its way out takes no events
      if (!isApiError(thrown)) throw thrown;
    }
  };
}

const seconds = (now: number) => `${new Date(now).toISOString().slice(0, 19)}Z`;

function eventOf(about: KubeObject, news: News, name: string, now: number): KubeObject {
  const { component, type, reason, message, fieldPath } = news;
  const { namespace, name: subject, uid, resourceVersion } = about.metadata;
  const isScheduler = component === "default-scheduler";
  const times = isScheduler
    ? { eventTime: new Date(now).toISOString().replace("Z", "000Z"), action: "Binding" }
    : {
        source: { component, ...(component === "kubelet" && { host: NODE }) },
        firstTimestamp: seconds(now),
        lastTimestamp: seconds(now),
        count: 1,
      };
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: namespace ?? "default" },
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name: subject,
      uid,
      resourceVersion,
      ...(namespace && { namespace }),
      ...(fieldPath && { fieldPath }),
    },
    type,
    reason,
    message,
    ...times,
    reportingComponent: component,
    reportingInstance: isScheduler ? `${component}-${NODE}` : component === "kubelet" ? NODE : "",
  };
}

function repeated(event: KubeObject, now: number): KubeObject {
  const count = ((event["count"] as number | undefined) ?? 1) + 1;
  return { ...event, count, lastTimestamp: seconds(now) };
}
