// The process kubelet of a control plane: `up.ts` starts it with what it has to know as one JSON argument.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { apiOf } from "../api.ts";
import { accessOf } from "../credentials.ts";
import type { Address } from "../network.ts";
import { startKubelet } from "./kubelet.ts";
import { serveLogs } from "./logs.ts";
import { serveServices } from "./services.ts";

/** What `up.ts` tells the kubelet. */
export type KubeletConfig = {
  dir: string;
  octet: number;
  apiserver: Address;
  listen: Address;
  kubeconfig: string;
  proxyKubeconfig: string;
  certificate: string;
  key: string;
};

const config: KubeletConfig = JSON.parse(process.argv[2]!);
rmSync(config.dir, { recursive: true, force: true });
mkdirSync(config.dir, { recursive: true });
const stopping = new AbortController();
const kubelet = startKubelet({
  api: apiOf(await accessOf(config.kubeconfig)),
  dir: config.dir,
  network: { octet: config.octet },
  apiserver: config.apiserver,
  listen: config.listen,
  repository: join(import.meta.dirname, "../../.."),
});
serveServices(apiOf(await accessOf(config.proxyKubeconfig)), kubelet.setServices, stopping.signal);
serveLogs(kubelet, config.listen, {
  cert: readFileSync(config.certificate, "utf8"),
  key: readFileSync(config.key, "utf8"),
});
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    stopping.abort();
    void kubelet.close().finally(() => process.exit(0));
  });
}
