import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createAuthority } from "@sluice/testing";
import type { Access } from "./api.ts";
import { type Addresses, type Network, rangesOf } from "./network.ts";

/** Who speaks to the API server, each with a kubeconfig and a token of its own. */
const users = {
  admin: { user: "admin", groups: ["system:masters"] },
  controllerManager: { user: "system:kube-controller-manager", groups: [] },
  scheduler: { user: "system:kube-scheduler", groups: [] },
  kwok: { user: "kwok", groups: ["system:masters"] },
  kubelet: { user: "system:node:processes", groups: ["system:nodes"] },
  proxy: { user: "system:kube-proxy", groups: [] },
} satisfies Record<string, { user: string; groups: string[] }>;
export type User = keyof typeof users;

/** Paths of the files that the parts of an instance prove themselves with. */
export type Credentials = {
  ca: string;
  certificate: string;
  key: string;
  serviceAccountKey: string;
  serviceAccountPublicKey: string;
  tokens: string;
  kubeconfig: (user: User) => string;
};

function credentialPaths(dir: string): Credentials {
  const at = (name: string) => join(dir, "credentials", name);
  return {
    ca: at("ca.crt"),
    certificate: at("server.crt"),
    key: at("server.key"),
    serviceAccountKey: at("service-account.key"),
    serviceAccountPublicKey: at("service-account.pub"),
    tokens: at("tokens.csv"),
    // The administrator's is for people: it lies where they find it.
    kubeconfig: (user) => (user === "admin" ? join(dir, "kubeconfig") : at(`${user}.kubeconfig`)),
  };
}

/** Makes a new authority, server certificate, signing key of ServiceAccount tokens, tokens and kubeconfigs. */
export async function writeCredentials(
  dir: string,
  network: Network,
  addresses: Addresses,
): Promise<Credentials> {
  const paths = credentialPaths(dir);
  await mkdir(join(dir, "credentials"), { recursive: true, mode: 0o700 });
  const write = (path: string, text: string) => writeFile(path, text, { mode: 0o600 });
  const authority = createAuthority("sluice control plane");
  const service = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
  ];
  const hosts = Object.values(addresses).map(({ host }) => host);
  const server = authority.server([
    ...new Set([...hosts, rangesOf(network).apiserver, "localhost", ...service]),
  ]);
  const signer = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const tokens = Object.keys(users).map((user) => [user as User, randomBytes(24).toString("hex")] as const);
  const { host, port } = addresses.apiserver;
  await Promise.all([
    write(paths.ca, authority.cert),
    write(paths.certificate, server.cert),
    write(paths.key, server.key),
    write(paths.serviceAccountKey, signer.privateKey.export({ type: "pkcs8", format: "pem" }) as string),
    write(paths.serviceAccountPublicKey, signer.publicKey.export({ type: "spki", format: "pem" }) as string),
    write(paths.tokens, tokens.map(([name, token]) => tokenLine(name, token)).join("")),
    ...tokens.map(([user, token]) =>
      write(
        paths.kubeconfig(user),
        kubeconfigOf(`https://${host}:${port}`, authority.cert, users[user].user, token),
      ),
    ),
  ]);
  return paths;
}

// The file of --token-auth-file: token,user,uid,"group,group".
function tokenLine(name: User, token: string): string {
  const { user, groups } = users[name];
  return `${token},${user},${user},"${groups.join(",")}"\n`;
}

function kubeconfigOf(server: string, ca: string, user: string, token: string): string {
  const name = "controlplane";
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name, cluster: { server, "certificate-authority-data": Buffer.from(ca).toString("base64") } },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name, context: { cluster: name, user, namespace: "default" } }],
    "current-context": name,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`; // JSON is YAML
}

/** What a kubeconfig of `writeCredentials` holds. */
export async function accessOf(kubeconfig: string): Promise<Access> {
  const { clusters, users } = JSON.parse(await readFile(kubeconfig, "utf8"));
  const { server, "certificate-authority-data": ca } = clusters[0].cluster;
  return { url: server, ca: Buffer.from(ca, "base64").toString(), token: users[0].user.token };
}
