import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLine } from "./line.ts";
import type { Because } from "./types.ts";

describe("the line", () => {
  const take = (line: ReturnType<typeof createLine>, count: number) =>
    Array.from({ length: count }, () => line.next()?.key);

  it("serves the most urgent first, and first come first served among equals", () => {
    const line = createLine();
    const order: [string, Because][] = [
      ["r", "retry"],
      ["i1", "interval"],
      ["d", "drift"],
      ["n", "input"],
      ["c", "change"],
      ["q", "request"],
      ["i2", "interval"],
    ];
    for (const [at, [key, because]] of order.entries()) line.add(key, because, undefined, at);
    assert.deepEqual(take(line, 8), ["q", "c", "n", "d", "i1", "i2", "r", undefined]);
  });

  it("moves a key forward for a more urgent reason, and never back", () => {
    const line = createLine();
    line.add("a", "input", undefined, 0);
    line.add("b", "retry", undefined, 1);
    line.add("b", "change", "x", 2);
    line.add("b", "retry", undefined, 3);
    assert.deepEqual(line.next(), { key: "b", because: "change", origin: "x", since: 1 });
    assert.equal(line.size(), 1);
  });

  it("starves nobody: a retry comes through a flood of changes", () => {
    const line = createLine();
    line.add("old", "retry", undefined, 0);
    let turns = 0;
    for (let at = 1; ; at++) {
      line.add(`change ${at}`, "change", undefined, at);
      turns++;
      if (line.next()?.key === "old") break;
      assert.ok(turns < 20, "the retry is still waiting");
    }
    assert.ok(turns <= 8);
  });

  it("lets a flood of retries cost a change nothing", () => {
    const line = createLine();
    for (let at = 0; at < 1000; at++) line.add(`retry ${at}`, "retry", undefined, at);
    line.add("change", "change", undefined, 5000);
    assert.ok(take(line, 2).includes("change"));
  });
});
