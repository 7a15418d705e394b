import { stringify } from "@sluice/yaml";
import { type Auth, type Identity, newAuth } from "./auth/authenticate.ts";
import { issueToken } from "./auth/token-request.ts";
import { ADMIN } from "./auth/user.ts";
import { builtinCatalogue } from "./catalogue.ts";
import { startSimulation } from "./controllers/index.ts";
import { type Fault, newFaults } from "./http/faults.ts";
import { listen } from "./http/server.ts";
import { followDefinitions } from "./registry/custom.ts";
import { restoreSnapshot, writeSnapshot } from "./snapshot.ts";
import { newStorage, tableOf } from "./storage/storage.ts";
import { entryIn } from "./storage/table.ts";
import type { Store } from "./store.ts";
import { localStore } from "./store-local.ts";
import { startSystem } from "./system/system.ts";
import type { World } from "./world.ts";

export type ClusterOptions = {
  /** default 0: any free port */
  port?: number;
  /** default 127.0.0.1; anything else opens the cluster to the network */
  host?: string;
  /** of the administrator; default that of the snapshot, else a random one */
  token?: string;
  /** objects are read from this file at the start and written to it at the end */
  snapshotFile?: string;
  now?: () => number;
  random?: () => number;
  /** run the simulated controllers (Deployments get Pods, Pods get Ready, …); default true */
  simulate?: boolean;
  log?: (line: string) => void;
  /**
   * "warn" (the default) lets writes pass, with a warning, that a webhook with `failurePolicy: Fail` would have to be asked about and nothing can be
   * behind its Service; "fail" refuses them as the real server does
   */
  unreachableWebhooks?: "warn" | "fail";
  /** a pod whose annotation `cluster.sluice.dev/log-file` names a file of this directory has it as its log */
  logDir?: string;
};

export type SimulatedRef = { kind: string; namespace?: string; name: string };

export type Cluster = {
  /** https://127.0.0.1:PORT */
  url: string;
  /** certificate of the authority that clients trust, PEM */
  ca: string;
  /** of the administrator, for requests without a kubeconfig */
  token: string;
  /** the administrator's kubeconfig as YAML, with the context "sluice" */
  kubeconfig(): string;
  /** one for a ServiceAccount that exists, with a token for a year; throws when there is no such account */
  kubeconfigFor(account: { namespace: string; serviceAccount: string }): string;
  store: Store;
  /** how many requests were made, by "verb resource" ("list configmaps", "patch deployments/status") */
  stats(): { requests: Record<string, number> };
  resetStats(): void;
  /** makes trouble for matching requests; returns the function that ends it */
  inject(fault: Fault): () => void;
  /** tells the simulated controllers how objects shall fare */
  simulate: { fail(ref: SimulatedRef, reason: string): void; hang(ref: SimulatedRef): void; clear(): void };
  /** ends watches and connections, and writes the snapshot */
  close(): Promise<void>;
};

/** Starts a Kubernetes API server in this process. Resolves when it accepts connections. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { host = "127.0.0.1", port = 0, now = Date.now, random = Math.random, log = () => {} } = options;
  const storage = newStorage(log);
  const snapshot = options.snapshotFile;
  const identity = snapshot === undefined ? undefined : restoreSnapshot(storage, snapshot);
  const auth = newAuth(storage, { token: options.token, identity });
  const world: World = {
    storage,
    auth,
    catalogue: builtinCatalogue(),
    now,
    random,
    log,
    unreachableWebhooks: options.unreachableWebhooks ?? "warn",
    logDir: options.logDir,
  };
  const store = localStore(world);
  followDefinitions(world);
  const system = startSystem(world, store);
  const simulation = options.simulate === false ? undefined : startSimulation(store, { log });
  const faults = newFaults();
  let requests: Record<string, number> = {};
  const count = (what: string) => {
    requests[what] = (requests[what] ?? 0) + 1;
  };
  const certificate = auth.authority.server([...new Set([host, ...NAMES])]);
  const server = await listen(world, { host, port, certificate, faults, count });
  const url = `https://${host.includes(":") ? `[${host}]` : host}:${server.port}`;
  const ca = auth.authority.cert;
  const keep = () => {
    if (snapshot !== undefined) writeSnapshot(storage, identityOf(auth), snapshot);
  };
  // so that those who have a kubeconfig can go on with it also after a crash
  if (identity?.authority === undefined) keep();
  return {
    url,
    ca,
    token: auth.adminToken,
    kubeconfig: () => kubeconfigOf({ url, ca }, ADMIN.username, auth.adminToken),
    kubeconfigFor: ({ namespace, serviceAccount }) =>
      kubeconfigOf({ url, ca }, serviceAccount, tokenFor(world, namespace, serviceAccount)),
    store,
    stats: () => ({ requests: { ...requests } }),
    resetStats() {
      requests = {};
    },
    inject: (fault) => faults.inject(fault),
    simulate: {
      fail: (ref, reason) => simulation?.fail(ref, reason),
      hang: (ref) => simulation?.hang(ref),
      clear: () => simulation?.clear(),
    },
    async close() {
      simulation?.stop();
      system.stop();
      await server.close();
      keep();
    },
  };
}

/** What the server may be called besides the address that it listens on. */
const NAMES = ["127.0.0.1", "::1", "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"];

const identityOf = ({ adminToken, key, authority }: Auth): Identity => ({
  token: adminToken,
  key: key.pem,
  authority: authority.pem,
});

const YEAR_SECONDS = 365 * 24 * 3600;

function tokenFor(world: World, namespace: string, name: string): string {
  const account = entryIn(tableOf(world.storage, "/serviceaccounts"), namespace, name);
  if (!account) throw new Error(`there is no ServiceAccount ${namespace}/${name}: create it first`);
  return issueToken(world, account, { expirationSeconds: YEAR_SECONDS }).token;
}

function kubeconfigOf({ url, ca }: Pick<Cluster, "url" | "ca">, user: string, token: string): string {
  const authority = Buffer.from(ca).toString("base64");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "sluice", cluster: { server: url, "certificate-authority-data": authority } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: "sluice", context: { cluster: "sluice", user, namespace: "default" } }],
    "current-context": "sluice",
  });
}
