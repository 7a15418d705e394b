import type { KubeObject } from "@sluice/api";
import { type Clock, sameJson } from "@sluice/kube";
import { announcement, newsOf } from "./judge.ts";
import type { StatusWriter } from "./status.ts";
import type { Because, Log } from "./types.ts";

/** Says in the status that a visit is under way, when it is worth a write. */
export type Announcer = {
  /** A step begins; call the result when it has ended. */
  enter(step: string): () => void;
  /** Writes facts that are new now, and with them, since it costs nothing more, that the visit is under way. */
  save(facts: Record<string, unknown>): Promise<void>;
  /** Says no more; resolves when nothing is being written. */
  stop(): Promise<void>;
};

// What is over sooner does not say that it has begun: the verdict says all, for half the writes.
export const newsAfter = 300;
export const stepAfter = 2000;
// At its interval an object is looked at, not worked on; after a failure it is Reconciling already.
const quiet: readonly Because[] = ["interval", "retry"];

export type AnnouncerOptions = {
  object: KubeObject;
  because: Because;
  clock: Clock;
  writer: StatusWriter;
  log: Log;
};

/** An announcer for one visit to `object`. A new generation or request is announced, and each step that runs long. */
export function createAnnouncer({ object, because, clock, writer, log }: AnnouncerOptions): Announcer {
  const news = object.metadata.deletionTimestamp ? undefined : newsOf(object);
  const silent = news === undefined && quiet.includes(because);
  const stopped = new AbortController();
  let step: string | undefined;
  let pending = Promise.resolve();

  const said = (status: Record<string, unknown> | undefined) => {
    const message = step === undefined ? (news ?? "reconciling") : `running '${step}'`;
    return announcement({ ...object, status }, { message, fresh: news !== undefined, now: clock.now() });
  };
  const later = (ms: number, signal: AbortSignal) => {
    const say = () => {
      if (signal.aborted || stopped.signal.aborted) return;
      const written = writer
        .write(said)
        .catch((error) => log.debug("could not announce the reconciliation", { error }));
      pending = Promise.all([pending, written]).then(() => undefined);
    };
    void clock.sleep(ms, signal).then(say, () => undefined);
  };
  if (news !== undefined) later(newsAfter, stopped.signal);
  return {
    enter(name) {
      step = name;
      const left = new AbortController();
      if (!silent) later(stepAfter, left.signal);
      return () => left.abort();
    },
    save: (facts) =>
      writer.write((status) => {
        const saved = { ...status, ...facts };
        return silent || sameJson(saved, status) ? saved : { ...said(status), ...facts };
      }),
    stop() {
      stopped.abort();
      return pending;
    },
  };
}
