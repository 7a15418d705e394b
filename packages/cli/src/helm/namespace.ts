import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "@sluice/yaml";
import type { HelmOptions } from "./flags.ts";

type Config = {
  "current-context"?: string;
  contexts?: { name?: string; context?: { namespace?: string } }[];
};

/** The namespace of the release: as given, else that of the kubeconfig's context, else `default`. */
export function namespaceOf({ namespace, kubeconfig, kubeContext }: HelmOptions): string {
  if (namespace) return namespace;
  const files = (kubeconfig || join(homedir(), ".kube/config")).split(":").filter(Boolean);
  const configs = files.map(read);
  const current = kubeContext ?? configs.map((each) => each["current-context"]).find(Boolean);
  const contexts = configs.flatMap(({ contexts }) => (Array.isArray(contexts) ? contexts : []));
  return contexts.find(({ name }) => name === current)?.context?.namespace || "default";
}

/** A kubeconfig that is not there or broken matters to whoever asks the cluster, and to nobody else. */
function read(file: string): Config {
  try {
    return (parse(readFileSync(file, "utf8")) ?? {}) as Config;
  } catch {
    return {};
  }
}
