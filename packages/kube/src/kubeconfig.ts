import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { load } from "js-yaml";

/** Where a kubeconfig comes from. Undefined: $KUBECONFIG, else the pod's ServiceAccount, else ~/.kube/config. */
export type KubeConfigSource =
  | KubeConfig
  | { file?: string; context?: string }
  | { text: string; context?: string }
  | "inCluster"
  | undefined;

/**
 * Loads a kubeconfig. Unlike client-node it also honours `tokenFile` and a token that rotates on disk. `as-groups` is not sent, as client-node does not read it.
 * @throws {Error} naming the file or context that is missing
 */
export function loadKubeConfig(source: KubeConfigSource, env: NodeJS.ProcessEnv = process.env): KubeConfig {
  if (source instanceof KubeConfig) return source;
  if (source === "inCluster") return inCluster(env);
  const config = source && "text" in source ? fromText(source.text) : fromFileOrEnv(source?.file, env);
  if (source?.context) config.setCurrentContext(source.context);
  if (!config.getCurrentCluster()) {
    const known = config.getContexts().map(({ name }) => name);
    const wanted = config.getCurrentContext() || "(none is current)";
    throw new Error(`kubeconfig: no cluster for context ${wanted}; contexts: ${known.join(", ") || "none"}`);
  }
  return config;
}

function fromFileOrEnv(file: string | undefined, env: NodeJS.ProcessEnv): KubeConfig {
  if (file) return fromFile(file);
  const listed = (env.KUBECONFIG ?? "").split(":").filter((path) => path && existsSync(path));
  if (listed.length > 0) return listed.map(fromFile).reduce(merge);
  if (env.KUBERNETES_SERVICE_HOST) return inCluster(env);
  const home = join(env.HOME ?? "/", ".kube", "config");
  if (existsSync(home)) return fromFile(home);
  throw new Error(
    `no kubeconfig: set KUBECONFIG or --kubeconfig, or run in a pod with a ServiceAccount (tried ${home})`,
  );
}

function fromFile(file: string): KubeConfig {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    throw new Error(`kubeconfig ${file} cannot be read: ${(thrown as NodeJS.ErrnoException).code}`, {
      cause: thrown,
    });
  }
  const config = fromText(text, file);
  config.makePathsAbsolute(join(file, ".."));
  return config;
}

function fromText(text: string, where = "kubeconfig"): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromString(text);
  } catch {
    // The parser repeats the text around its error, which holds credentials.
    throw new Error(`${where} is not a valid kubeconfig: it is not YAML, or a name or a server is missing`);
  }
  config.users = config.users.map((user) => withTokenFile(user, rawUsersOf(text).get(user.name)));
  return config;
}

type RawUser = Record<string, unknown> & { tokenFile?: string };

/** The users as written: client-node leaves out fields that it does not know. */
export function rawUsersOf(text: string): Map<string, RawUser> {
  try {
    const raw = load(text) as { users?: { name: string; user?: RawUser }[] } | undefined;
    return new Map((raw?.users ?? []).map(({ name, user }) => [name, user ?? {}]));
  } catch {
    // The parser repeats the text around its error, which holds credentials.
    throw new Error("kubeconfig is not valid YAML, or its users are not a list");
  }
}

function withTokenFile(
  user: KubeConfig["users"][number],
  raw: RawUser | undefined,
): KubeConfig["users"][number] {
  if (!raw?.tokenFile || user.token) return user;
  return { ...user, authProvider: { name: "tokenFile", config: { tokenFile: raw.tokenFile } } };
}

function merge(one: KubeConfig, other: KubeConfig): KubeConfig {
  // The first file that names a thing wins, as with kubectl.
  const add = <T extends { name: string }>(held: T[], more: T[]) => [
    ...held,
    ...more.filter(({ name }) => !held.some((known) => known.name === name)),
  ];
  const merged = new KubeConfig();
  merged.loadFromOptions({
    clusters: add(one.clusters, other.clusters),
    users: add(one.users, other.users),
    contexts: add(one.contexts, other.contexts),
    currentContext: one.currentContext || other.currentContext,
  });
  return merged;
}

function inCluster(env: NodeJS.ProcessEnv): KubeConfig {
  if (!env.KUBERNETES_SERVICE_HOST) {
    throw new Error("not in a pod: KUBERNETES_SERVICE_HOST is not set; give a kubeconfig instead");
  }
  const config = new KubeConfig();
  config.loadFromCluster();
  return config;
}
