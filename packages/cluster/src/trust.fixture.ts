import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { type Cluster, type ClusterOptions, startCluster } from "./cluster.ts";

/** A cluster that `fetch` of this process trusts. */
export async function trustedCluster(options: ClusterOptions): Promise<Cluster> {
  const cluster = await startCluster(options);
  setDefaultCACertificates([...getCACertificates("default"), cluster.ca]);
  return cluster;
}
