import { connect } from "node:net";
import { createServer } from "node:tls";
import { createAuthority } from "@sluice/testing";
import { parse } from "@sluice/yaml";

/**
 * HTTPS in front of a cluster that speaks HTTP: kubectl, as all of client-go, sends tokens and impersonation over TLS
 * only (k8s.io/client-go/tools/clientcmd, ClientConfig), and would be anonymous otherwise.
 * @param text a kubeconfig of the cluster
 * @returns a kubeconfig that goes by the front
 */
export async function tlsFront(text: string): Promise<{ kubeconfig: string; close(): void }> {
  const kubeconfig = parse(text) as { clusters: [{ cluster: Record<string, string> }] };
  const { cluster } = kubeconfig.clusters[0];
  const { hostname, port } = new URL(cluster.server!);
  const authority = createAuthority();
  const closing = new AbortController();
  const server = createServer(authority.server(["127.0.0.1"]), (client) => {
    const behind = connect(Number(port), hostname);
    for (const [one, other] of [
      [client, behind],
      [behind, client],
    ] as const) {
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.once("close", () => other.destroy());
    }
    closing.signal.addEventListener("abort", () => client.destroy(), { once: true });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address() as { port: number };
  cluster.server = `https://127.0.0.1:${address.port}`;
  cluster["certificate-authority-data"] = Buffer.from(authority.cert).toString("base64");
  const close = () => {
    closing.abort();
    server.close();
  };
  return { kubeconfig: JSON.stringify(kubeconfig), close };
}
