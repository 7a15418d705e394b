/** What becomes of a chart that does not lie here. */
import type { Warn } from "@sluice/helm";
import type { Shell } from "../shell.ts";

/** How repositories are asked. */
export type Fetching = Pick<Shell, "signal" | "env"> & { warn: Warn };

/** An archive, and what vouches for it. */
export type Fetched = {
  bytes: Buffer;
  /** As the archive is called in its provenance file. */
  fileName: string;
  address: string;
  provenance: Provenance;
};

type Provenance = { kind: "none" } | { kind: "there"; data: Buffer } | { kind: "missing"; because: string };

/** What is fetched, and who hears of charts that were pulled from registries. */
export type Wish = { provenance: boolean; say(line: string): void };

/** The provenance file that `read` fetches, if it is wished for; that there is none may be no mistake. */
export async function provenanceBy(
  read: () => Promise<Buffer>,
  { provenance }: Pick<Wish, "provenance">,
  signal: AbortSignal,
): Promise<Provenance> {
  if (!provenance) return { kind: "none" };
  try {
    return { kind: "there", data: await read() };
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return { kind: "missing", because: (thrown as Error).message };
  }
}
