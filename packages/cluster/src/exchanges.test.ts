import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Cluster, startCluster } from "./cluster.ts";
import { idOf, judge } from "./exchanges/compare.fixture.ts";
import { type Exchange, type Player, playerOf, requireOwnScenes } from "./exchanges/play.fixture.ts";
import { readKnown, readRecording } from "./exchanges/recordings.fixture.ts";
import { suites } from "./exchanges/suites.fixture.ts";

// What a real kube-apiserver answered was recorded by `npm run differential -- --record`; here the embedded one is asked the same.
describe("answers as kube-apiserver v1.36.3 does", () => {
  let cluster: Cluster;
  let player: Player;
  const known = readKnown();
  let [agreed, total] = [0, 0];

  before(async () => {
    requireOwnScenes(suites);
    cluster = await startCluster({ simulate: false, unreachableWebhooks: "fail" });
    player = playerOf(cluster);
  });
  after(async () => {
    player.close();
    await cluster.close();
    console.log(`${agreed} of ${total} exchanges agree`);
  });

  for (const [suite, scenarios] of Object.entries(suites)) {
    it(suite, async () => {
      const recorded = readRecording(suite);
      assert.deepEqual(Object.keys(scenarios), Object.keys(recorded), `record ${suite} again`);
      const pairs = new Map<string, { real?: Exchange; ours?: Exchange }>();
      for (const [sentence, steps] of Object.entries(scenarios)) {
        const [real, ours] = [recorded[sentence]!, await player.play(sentence, steps)];
        for (let index = 0; index < Math.max(real.length, ours.length); index++)
          pairs.set(idOf(suite, sentence, index), pairOf(real[index], ours[index]));
        assert.deepEqual(
          ours.map(({ request: { method, path } }) => `${method} ${path}`),
          real.map(({ request: { method, path } }) => `${method} ${path}`),
          `the scenario "${sentence}" has changed: record ${suite} again`,
        );
      }
      const listed = new Map([...known].filter(([id]) => id.startsWith(`${suite}: `)));
      const verdict = judge(pairs, listed);
      agreed += verdict.agreed;
      total += verdict.total;
      assert.equal(verdict.unexpected.join("\n"), "", "unexpected differences");
      assert.deepEqual(verdict.overcome, [], "these agree now: take them off known-differences.txt");
    });
  }

  it("lists known differences of scenarios that exist", () => {
    const strangers = [...known.keys()].filter((id) => !(id.split(": ")[0]! in suites));
    assert.deepEqual(strangers, []);
  });
});

function pairOf(real: Exchange | undefined, ours: Exchange | undefined) {
  return { ...(real && { real }), ...(ours && { ours }) };
}
