// `npm run e2e [-- --cluster embedded|real] [NAME…]`: the scenarios, each controller its own process.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { withoutProxyToItself } from "../scripts/loopback.ts";

const { values, positionals } = parseArgs({
  options: { cluster: { type: "string", default: "embedded" } },
  allowPositionals: true,
});
if (values.cluster !== "embedded" && values.cluster !== "real") {
  console.error(`--cluster takes embedded or real, not '${values.cluster}'`);
  process.exit(2);
}
const dir = join(import.meta.dirname, "scenarios");
const files = readdirSync(dir)
  .filter(
    (name) =>
      name.endsWith(".test.ts") &&
      (positionals.length === 0 || positionals.some((wanted) => name.startsWith(wanted))),
  )
  .map((name) => join(dir, name));
// What the control plane itself promises, and Deployments as processes on it.
if (values.cluster === "real" && (positionals.length === 0 || positionals.includes("controlplane")))
  files.push(join(import.meta.dirname, "controlplane/**/*.test.ts"));
if (files.length === 0) {
  console.error(`no scenario is named ${positionals.join(", ")}`);
  process.exit(2);
}
const done = spawnSync("node", ["--test", "--test-concurrency=1", ...files], {
  stdio: "inherit",
  env: { ...withoutProxyToItself(process.env), SLUICE_E2E_CLUSTER: values.cluster },
});
process.exit(done.status ?? 1);
