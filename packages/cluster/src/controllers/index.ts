export type SimulatedRef = { kind: string; namespace?: string; name: string };
export type Simulation = {
  fail(ref: SimulatedRef, reason: string): void;
  hang(ref: SimulatedRef): void;
  clear(): void;
  stop(): void;
};
/** Starts the simulated controllers on an in-process store. */
export function startSimulation(_store: unknown, _options: object = {}): Simulation {
  return { fail() {}, hang() {}, clear() {}, stop() {} };
}
