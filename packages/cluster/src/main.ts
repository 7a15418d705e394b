/** Runs the cluster as a process of its own: `node packages/cluster/src/main.ts --port 0 --kubeconfig PATH --snapshot FILE --log-dir DIR`. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parse } from "@sluice/yaml";
import { startCluster } from "./cluster.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    host: { type: "string", default: "127.0.0.1" },
    token: { type: "string" },
    kubeconfig: { type: "string" },
    snapshot: { type: "string" },
    "log-dir": { type: "string" },
    "no-simulate": { type: "boolean", default: false },
  },
});

// started again after a crash: those who have the kubeconfig go on with it
const token = values.token ?? tokenIn(values.kubeconfig);
const cluster = await startCluster({
  port: Number(values.port),
  host: values.host,
  simulate: !values["no-simulate"],
  log: (line) => console.error(line),
  ...(token === undefined ? {} : { token }),
  ...(values.snapshot === undefined ? {} : { snapshotFile: values.snapshot }),
  ...(values["log-dir"] === undefined ? {} : { logDir: values["log-dir"] }),
});
// it holds the token
if (values.kubeconfig !== undefined) writeFileSync(values.kubeconfig, cluster.kubeconfig(), { mode: 0o600 });
console.log(cluster.url);

const stop = () => {
  void cluster.close().then(() => process.exit(0));
};
process.once("SIGINT", stop);
process.once("SIGTERM", stop);

/** The token of a kubeconfig that this program wrote; undefined when there is none. */
function tokenIn(kubeconfig: string | undefined): string | undefined {
  if (kubeconfig === undefined || !existsSync(kubeconfig)) return undefined;
  const config = parse(readFileSync(kubeconfig, "utf8")) as {
    users?: { user?: { token?: string } }[];
  } | null;
  return config?.users?.[0]?.user?.token;
}
