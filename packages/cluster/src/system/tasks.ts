/**
 * Work that follows from writes but is not part of them. Tasks run one after the other once the current turn of the event loop is done, a
 * batch at a time, so that requests are answered in between. The same key waits once.
 */
export type Tasks = {
  add(key: string, work: () => void): void;
  stop(): void;
};

const BATCH = 200;

export function newTasks(log: (line: string) => void): Tasks {
  const waiting = new Map<string, () => void>();
  let scheduled: NodeJS.Immediate | undefined;
  let stopped = false;
  const run = () => {
    scheduled = undefined;
    let left = BATCH;
    for (const [key, work] of waiting) {
      if (left-- === 0) break;
      waiting.delete(key);
      try {
        work();
      } catch (thrown) {
        log(`the task ${key} failed: ${(thrown as Error).stack}`);
      }
    }
    if (waiting.size > 0) schedule();
  };
  const schedule = () => {
    if (!stopped) scheduled ??= setImmediate(run);
  };
  return {
    add(key, work) {
      waiting.set(key, work);
      schedule();
    },
    stop() {
      stopped = true;
      clearImmediate(scheduled);
      waiting.clear();
    },
  };
}
