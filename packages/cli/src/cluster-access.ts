import { parseDuration } from "@sluice/api";
import { type Client, createClient } from "@sluice/kube";
import type { Shell } from "./shell.ts";
import type { Terminal } from "./terminal.ts";

/** Options that every command has; those about a cluster matter to most. */
export type ClusterOptions = { kubeconfig?: string; context?: string; namespace: string; timeout: string };

/** What a command about a cluster works with. */
export type Access = {
  client: Client;
  namespace: string;
  terminal: Terminal;
  /** Ends with Ctrl-C, and at `--timeout` unless the command goes on until it is interrupted. */
  signal: AbortSignal;
  now: () => number;
};

/** Opens the cluster that kubectl would use: --kubeconfig, $KUBECONFIG, ~/.kube/config, or the pod's own. */
function clientOf({ kubeconfig, context }: Pick<ClusterOptions, "kubeconfig" | "context">): Client {
  return createClient({ kubeConfig: { file: kubeconfig, context }, userAgent: "sluice-cli" });
}

/** Opens the cluster, runs `work` on it for no longer than `--timeout`, and closes it; `endless` work ends with Ctrl-C. */
export async function withCluster(
  { terminal, signal, now }: Shell,
  options: ClusterOptions & { watch?: boolean; follow?: boolean },
  work: (access: Access) => Promise<void>,
): Promise<void> {
  const endless = options.watch || options.follow;
  const timeout = AbortSignal.timeout(timeoutOf(options));
  const client = clientOf(options);
  const limit = endless ? signal : AbortSignal.any([signal, timeout]);
  try {
    await work({ client, namespace: options.namespace, terminal, signal: limit, now });
  } catch (thrown) {
    if (endless && signal.aborted) return;
    if (!limit.aborted || signal.aborted) throw thrown;
    const { code, message } = thrown as Error & { code?: string };
    const about = code === "gave-up" ? `: ${message}` : "";
    throw new Error(`timed out after ${options.timeout}${about}; give it longer with --timeout`);
  } finally {
    await client.close();
  }
}

/** `--timeout` in milliseconds. Throws when it is not a duration. */
export function timeoutOf({ timeout }: Pick<ClusterOptions, "timeout">): number {
  try {
    return parseDuration(timeout);
  } catch {
    throw new Error(`--timeout takes a duration like 30s or 5m, not '${timeout}'`);
  }
}
