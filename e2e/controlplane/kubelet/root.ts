import { dirname } from "node:path";

export type Mount = { from: string; to: string; readOnly: boolean };

export type Root = {
  /** An empty directory to build the container's root in. */
  at: string;
  hostname: string;
  mounts: Mount[];
  /** Replaces /etc/hosts. */
  hosts: string;
  readOnlyRoot: boolean;
  user: { uid: number; gid: number };
  /** Supplementary groups. */
  groups: number[];
};

/** Where the repository, and the Node that runs it, appear inside. */
export const inside = { app: "/app", node: "/node" };

// What a Debian-like image would have; they are symlinks into /usr on most machines.
const system = ["bin", "sbin", "lib", "lib32", "lib64"];

/**
 * A shell script that gives its process what a container runtime would: a root of its own (read-only where asked), volumes,
 * a host name, a user without capabilities, an end when its parent ends; then becomes the program in its arguments. It has to
 * run as root in new mount and UTS namespaces. Not given: its own network, process ids, seccomp filter and limits.
 * @param source the repository, and the directory of the Node binary
 */
export function rootScript(root: Root, source: { repository: string; node: string }): string {
  const { at, hostname, mounts, hosts, readOnlyRoot, user, groups } = root;
  const bind = ({ from, to, readOnly }: Mount): string[] => [
    `mkdir -p ${quote(at + to)}`,
    `mount --bind ${quote(from)} ${quote(at + to)}`,
    ...(readOnly ? [`mount -o remount,bind,ro ${quote(at + to)}`] : []),
  ];
  const fixed = [
    { from: "/usr", to: "/usr", readOnly: true },
    { from: "/etc", to: "/etc", readOnly: true },
    { from: source.repository, to: inside.app, readOnly: true },
    { from: source.node, to: inside.node, readOnly: true },
  ];
  // A volume that hides another's parent would hide that one too.
  const volumes = [...mounts].sort((one, other) => one.to.length - other.to.length);
  const groupList = groups.length > 0 ? `--groups=${groups.join(",")}` : "--clear-groups";
  return [
    "set -eu",
    `mount -t tmpfs -o mode=0755,size=16m,nosuid,nodev tmpfs ${quote(at)}`,
    ...fixed.flatMap(bind),
    ...system.map(
      (name) =>
        `if [ -L /${name} ]; then ln -s "$(readlink /${name})" ${quote(`${at}/${name}`)}; ` +
        `elif [ -d /${name} ]; then mkdir ${quote(`${at}/${name}`)}; mount --bind /${name} ${quote(`${at}/${name}`)}; fi`,
    ),
    `mount --bind ${quote(hosts)} ${quote(`${at}/etc/hosts`)}`,
    `mount -o remount,bind,ro ${quote(`${at}/etc/hosts`)}`,
    ...["proc", "dev"].map(
      (name) => `mkdir ${quote(`${at}/${name}`)}; mount --rbind /${name} ${quote(`${at}/${name}`)}`,
    ),
    ...volumes.flatMap(bind),
    `echo ${quote(hostname)} > /proc/sys/kernel/hostname`,
    ...(readOnlyRoot ? [`mount -o remount,ro ${quote(at)}`] : []),
    // The kernel forgets --pdeathsig when the user changes: setpriv(1) sets it last.
    `exec "$(PATH=$PATH:/usr/sbin:/sbin command -v chroot)" ${quote(at)} setpriv --reuid=${user.uid} --regid=${user.gid} ${groupList} --no-new-privs ` +
      `--inh-caps=-all --bounding-set=-all --pdeathsig=KILL -- "$@"`,
  ].join("\n");
}

/** The directory that is shown at `inside.node`, and the program there. */
export function nodeOf(execPath: string): { dir: string; program: string } {
  return { dir: dirname(execPath), program: `${inside.node}/node` };
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
