// `npm run fuzz -- NAME [OPTION…]`: one of the fuzzers of this folder, which say at their beginning what they compare.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const known = ["gotemplate", "helm-charts", "helm-malformed", "kustomize"];
const [asked, ...args] = process.argv.slice(2);
if (asked === undefined || !known.includes(asked)) {
  console.error(`give the name of a fuzzer: ${known.join(", ")}`);
  process.exit(2);
}
const { status } = spawnSync("node", [join(import.meta.dirname, `${asked}.ts`), ...args], {
  stdio: "inherit",
});
process.exit(status ?? 1);
