// `npm run differential -- [--record] [SUITE…]`: the same requests to kube-apiserver and to the embedded cluster. It prints
// `N of M agree` and each difference that is not listed as known; --record writes down what kube-apiserver answered.
import { parseArgs } from "node:util";
import { startCluster } from "@sluice/cluster";
import { idOf, judge } from "../../packages/cluster/src/exchanges/compare.fixture.ts";
import {
  type Exchange,
  playerOf,
  requireOwnScenes,
  type Target,
} from "../../packages/cluster/src/exchanges/play.fixture.ts";
import { readKnown, writeRecording } from "../../packages/cluster/src/exchanges/recordings.fixture.ts";
import { suites } from "../../packages/cluster/src/exchanges/suites.fixture.ts";
import { startReferenceServer } from "./server.ts";

const { values, positionals } = parseArgs({
  options: { record: { type: "boolean", default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !(name in suites));
if (unknown.length > 0) {
  console.error(`no suite is named ${unknown.join(", ")} (there are ${Object.keys(suites).join(", ")})`);
  process.exit(2);
}
const names = positionals.length > 0 ? positionals : Object.keys(suites);
requireOwnScenes(suites);

try {
  const reference = await startReferenceServer((step) => console.error(step));
  const cluster = await startCluster({ simulate: false, unreachableWebhooks: "fail" });
  try {
    await compare(reference, cluster);
  } finally {
    await cluster.close();
    await reference.stop();
  }
} catch (thrown) {
  console.error((thrown as Error).message);
  process.exitCode = (thrown as { exitCode?: number }).exitCode ?? 1;
}

type Played = Record<string, Record<string, Exchange[]>>;

async function compare(reference: Target, cluster: Target): Promise<void> {
  const [real, ours] = await Promise.all([playAll(reference), playAll(cluster)]);
  if (values.record) for (const name of names) writeRecording(name, real[name]!);
  const pairs = new Map<string, { real?: Exchange; ours?: Exchange }>();
  for (const name of names)
    for (const sentence of Object.keys(suites[name]!)) {
      const [left, right] = [real[name]![sentence]!, ours[name]![sentence]!];
      for (let index = 0; index < Math.max(left.length, right.length); index++)
        pairs.set(idOf(name, sentence, index), {
          ...(left[index] && { real: left[index] }),
          ...(right[index] && { ours: right[index] }),
        });
    }
  const known = new Map([...readKnown()].filter(([id]) => names.includes(id.split(": ")[0]!)));
  const verdict = judge(pairs, known);
  for (const text of verdict.unexpected) console.log(`${text}\n`);
  for (const id of verdict.overcome) console.log(`agrees, but is listed as a known difference: ${id}\n`);
  console.log(`${verdict.agreed} of ${verdict.total} agree; ${known.size} differences are known`);
  if (verdict.unexpected.length + verdict.overcome.length > 0) process.exitCode = 1;
}

/** A scenario that cannot be played to its end counts with the answers it got. */
async function playAll(target: Target): Promise<Played> {
  const player = playerOf(target);
  const played: Played = {};
  for (const name of names) {
    played[name] = {};
    for (const [sentence, steps] of Object.entries(suites[name]!)) {
      try {
        played[name][sentence] = await player.play(sentence, steps);
      } catch (thrown) {
        throw new Error(`${name}: ${sentence}: at ${target.url}: ${(thrown as Error).message}`, {
          cause: thrown,
        });
      }
    }
  }
  player.close();
  return played;
}
