/** Runs the cluster as a process of its own: `node packages/cluster/src/main.ts --port 0 --kubeconfig PATH --snapshot FILE --log-dir DIR`. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
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

const cluster = await startCluster({
  port: Number(values.port),
  host: values.host,
  simulate: !values["no-simulate"],
  log: (line) => console.error(line),
  ...(values.token === undefined ? {} : { token: values.token }),
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
