import { join } from "node:path";
import { down, up } from "./up.ts";

export type ControlPlane = {
  /** Path of the administrator's kubeconfig. */
  kubeconfig: string;
  /** Of the API server. */
  url: string;
  /** Path of a kubectl that fits. */
  kubectl: string;
  /** Ends all its processes; the directory stays, with the logs. */
  stop(): Promise<void>;
};

/**
 * A real Kubernetes control plane for tests, on loopback addresses of its own; any number may run side by side. It ends
 * with this process at the latest. The programs are built on first use, which takes minutes: `npm run controlplane -- build`.
 * @param dir a directory of its own, which need not exist; the caller removes it
 * @param kubelet whether pods of Sluice's images are started as processes (needs root); other pods are always simulated
 * @throws with `exitCode` 3 when this machine lacks what that takes, for example Go
 */
export async function startControlPlane({
  dir,
  kubelet = false,
  say,
}: {
  dir: string;
  kubelet?: boolean;
  say?: (step: string) => void;
}): Promise<ControlPlane> {
  const { url, kubectl } = await up({ dir, kubelet, lifetime: "process", say });
  return { kubeconfig: join(dir, "kubeconfig"), url, kubectl, stop: () => down(dir) };
}
