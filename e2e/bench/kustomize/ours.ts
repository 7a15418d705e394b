/**
 * Builds a kustomization in process a number of times, as the Go program in `peer` does, and prints the milliseconds of each
 * build and the peak memory as JSON.
 *
 *   node e2e/bench/kustomize/ours.ts DIRECTORY RUNS
 */
import { resourceUsage } from "node:process";
import { build } from "../../../packages/kustomize/src/index.ts";

const [dir = ".", runs = "1"] = process.argv.slice(2);
const ms = Array.from({ length: Number(runs) }, () => {
  const start = performance.now();
  build(dir).yaml();
  return performance.now() - start;
});
console.log(JSON.stringify({ ms, kilobytes: resourceUsage().maxRSS }));
