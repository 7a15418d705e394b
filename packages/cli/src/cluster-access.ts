import { type Client, createClient } from "@sluice/kube";
import type { Terminal } from "./terminal.ts";

/** Options that every command about a cluster has. */
export type ClusterOptions = { kubeconfig?: string; context?: string; namespace: string; timeout: string };

/** What a command works with. */
export type Access = {
  client: Client;
  namespace: string;
  terminal: Terminal;
  signal: AbortSignal;
  now: () => number;
};

/** Opens the cluster that kubectl would use: --kubeconfig, $KUBECONFIG, ~/.kube/config, or the pod's own. */
export function clientOf({ kubeconfig, context }: Pick<ClusterOptions, "kubeconfig" | "context">): Client {
  return createClient({ kubeConfig: { file: kubeconfig, context }, userAgent: "sluice-cli" });
}
