import { join } from "node:path";
import type { Programs } from "./build.ts";
import type { Credentials } from "./credentials.ts";
import { type Address, type Addresses, type Network, rangesOf } from "./network.ts";
import type { Command } from "./processes.ts";

export type Layout = {
  dir: string;
  network: Network;
  addresses: Addresses;
  credentials: Credentials;
  programs: Programs;
};

// Those that need a cloud or real disks; node IPAM would hand out pod ranges that nobody here uses.
const withoutControllers = [
  "node-ipam-controller",
  "node-route-controller",
  "cloud-node-lifecycle-controller",
  "service-lb-controller",
  "persistentvolume-attach-detach-controller",
];

/** The command lines of the parts, in the order in which they need one another. */
export function componentsOf(layout: Layout) {
  return {
    etcd: command(layout, "etcd", layout.programs.etcd, etcdArgs(layout)),
    apiserver: command(layout, "kube-apiserver", layout.programs.apiserver, apiserverArgs(layout)),
    controllerManager: command(
      layout,
      "kube-controller-manager",
      layout.programs.controllerManager,
      controllerManagerArgs(layout),
    ),
    scheduler: command(layout, "kube-scheduler", layout.programs.scheduler, schedulerArgs(layout)),
    kwok: command(layout, "kwok", layout.programs.kwok, kwokArgs(layout)),
  };
}

const command = ({ dir }: Layout, name: string, program: string, args: string[]): Command => ({
  name,
  program,
  args,
  log: join(dir, "logs", `${name}.log`),
});

function etcdArgs({ dir, addresses: { etcd, etcdPeer } }: Layout): string[] {
  const [clients, peers] = [httpOf(etcd), httpOf(etcdPeer)];
  return [
    `--data-dir=${join(dir, "etcd")}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    // A test cluster need not survive a power failure.
    "--unsafe-no-fsync",
    "--log-level=warn",
    "--logger=zap",
  ];
}

function apiserverArgs({ network, addresses: { etcd, apiserver }, credentials }: Layout): string[] {
  return [
    `--etcd-servers=${httpOf(etcd)}`,
    `--bind-address=${apiserver.host}`,
    `--secure-port=${apiserver.port}`,
    `--advertise-address=${rangesOf(network).apiserver}`,
    `--tls-cert-file=${credentials.certificate}`,
    `--tls-private-key-file=${credentials.key}`,
    `--token-auth-file=${credentials.tokens}`,
    // Nobody has a client certificate; but the servers of the other parts look up what these say.
    `--client-ca-file=${credentials.ca}`,
    `--requestheader-client-ca-file=${credentials.ca}`,
    "--requestheader-allowed-names=front-proxy-client",
    "--requestheader-username-headers=X-Remote-User",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    `--kubelet-certificate-authority=${credentials.ca}`,
    // A watch that begins with a list needs etcd 3.4.31. With the gate off clients list first; with it on they try for ever.
    "--feature-gates=WatchList=false",
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${credentials.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${credentials.serviceAccountKey}`,
    `--service-cluster-ip-range=${rangesOf(network).services}`,
    "--kubelet-preferred-address-types=InternalIP",
    "--allow-privileged=true",
    "--profiling=false",
  ];
}

function controllerManagerArgs({ addresses: { controllerManager }, credentials }: Layout): string[] {
  return [
    ...clientArgs(controllerManager, credentials, "controllerManager"),
    `--controllers=*,${withoutControllers.map((name) => `-${name}`).join(",")}`,
    `--service-account-private-key-file=${credentials.serviceAccountKey}`,
    `--root-ca-file=${credentials.ca}`,
    "--use-service-account-credentials=true",
  ];
}

const schedulerArgs = ({ addresses: { scheduler }, credentials }: Layout): string[] =>
  clientArgs(scheduler, credentials, "scheduler");

function clientArgs(
  { host, port }: Address,
  credentials: Credentials,
  user: "controllerManager" | "scheduler",
) {
  const kubeconfig = credentials.kubeconfig(user);
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--bind-address=${host}`,
    `--secure-port=${port}`,
    `--tls-cert-file=${credentials.certificate}`,
    `--tls-private-key-file=${credentials.key}`,
    "--leader-elect=false",
    "--profiling=false",
  ];
}

function kwokArgs({ network, addresses: { kwok }, credentials, programs }: Layout): string[] {
  return [
    `--kubeconfig=${credentials.kubeconfig("kwok")}`,
    ...programs.kwokStages.map((file) => `--config=${file}`),
    `--manage-nodes-with-annotation-selector=${simulated.key}=${simulated.value}`,
    `--cidr=${rangesOf(network).simulatedPods}`,
    `--node-ip=${kwok.host}`,
    `--node-port=${kwok.port}`,
    "--node-lease-duration-seconds=40",
    `--server-address=${kwok.host}:${kwok.port}`,
    `--tls-cert-file=${credentials.certificate}`,
    `--tls-private-key-file=${credentials.key}`,
  ];
}

/** The annotation of nodes that kwok plays. */
export const simulated = { key: "kwok.x-k8s.io/node", value: "fake" };

const httpOf = ({ host, port }: Address): string => `http://${host}:${port}`;
