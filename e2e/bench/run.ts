// `npm run bench [-- NAME…]`: the benchmarks of this folder, one after the other. Figures are for reading, not for passing.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname;
const known = readdirSync(here)
  .filter((name) => name.endsWith(".bench.ts"))
  .map((name) => name.replace(".bench.ts", ""));
const [asked, ...args] = process.argv.slice(2);
if (asked !== undefined && !known.includes(asked)) {
  console.error(`no benchmark is named ${asked} (there are ${known.join(", ")})`);
  process.exit(2);
}
for (const name of asked === undefined ? known : [asked]) {
  console.log(`── ${name}`);
  const { status } = spawnSync("node", [join(here, `${name}.bench.ts`), ...args], { stdio: "inherit" });
  // 3: this machine lacks what it takes, which it has said
  if (status !== 0 && status !== 3) process.exit(status ?? 1);
}
