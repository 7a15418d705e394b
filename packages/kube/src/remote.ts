import type { KubeConfig } from "@kubernetes/client-node";
import { type ClientOptions, createClient } from "./client.ts";
import { loadKubeConfig, rawUsersOf } from "./kubeconfig.ts";
import type { Client } from "./types.ts";

export type RemoteOptions = Omit<ClientOptions, "kubeConfig"> & {
  /** Flux's `--insecure-kubeconfig-exec`. */
  allowExec?: boolean;
  /** Flux's `--insecure-kubeconfig-tls`. */
  allowInsecureTls?: boolean;
};

/**
 * A client for the cluster of `spec.kubeConfig.secretRef`. The text comes from a tenant, so it may only carry
 * credentials of its own: exec plugins, unverified TLS and files of this pod are refused.
 * @param text the kubeconfig in the Secret
 * @throws {Error} saying which entry is refused and what to do instead; never with a part of the text
 */
export function kubeConfigClient(
  text: string,
  { allowExec, allowInsecureTls, ...options }: RemoteOptions = {},
): Client {
  // Before loading, since loading already reads some of the files that the text names.
  const refusal =
    refusalOfUsers(text, allowExec) ?? refusalOfCluster(loadKubeConfig({ text }), allowInsecureTls);
  if (refusal) throw new Error(`kubeconfig refused: ${refusal}`);
  return createClient({ ...options, kubeConfig: { text } });
}

const fileFields = ["tokenFile", "token-file", "client-certificate", "client-key"];
// A file named by a tenant would be read with the rights of this pod, and sent to the tenant's server.
const inline = "names a file of the controller's pod; inline it (kubectl config view --raw --flatten)";

function refusalOfUsers(text: string, allowExec = false): string | undefined {
  const users = [...rawUsersOf(text).values()];
  const file = fileFields.find((field) => users.some((user) => user[field]));
  if (file) return `${file} ${inline}`;
  if (users.some((user) => user["auth-provider"])) {
    return "auth-provider is not supported; use a token or client certificate data";
  }
  if (users.some((user) => user.exec) && !allowExec) {
    return "exec plugins are not allowed; use a token, or start the controller with --insecure-kubeconfig-exec";
  }
  return undefined;
}

function refusalOfCluster(config: KubeConfig, allowInsecureTls = false): string | undefined {
  const cluster = config.getCurrentCluster();
  if (cluster?.caFile) return `certificate-authority ${inline}`;
  if (cluster?.skipTLSVerify && !allowInsecureTls) {
    return "insecure-skip-tls-verify is not allowed; give certificate-authority-data, or start the controller with --insecure-kubeconfig-tls";
  }
  return undefined;
}
