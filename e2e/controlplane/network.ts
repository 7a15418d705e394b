import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";

/**
 * An instance owns one octet `n`: its cluster addresses are 10.n.0.0/16, and each 10.n.x.y is served at 127.n.x.y of this
 * machine. So the API server sees ordinary pod and Service addresses (it refuses loopback ones in EndpointSlices), nothing
 * leaves the machine, and instances never meet. Linux routes all of 127.0.0.0/8 to the loopback interface.
 */
export type Network = { octet: number };

/** Where the parts of the control plane listen: host and port. */
export type Addresses = Record<Part, Address>;
export type Address = { host: string; port: number };
export type Part = "apiserver" | "etcd" | "etcdPeer" | "controllerManager" | "scheduler" | "kwok" | "kubelet";

/** The address that the API server shows, to the one that this machine listens on. Other addresses stay as they are. */
export function localOf(address: string): string {
  return address.replace(/^10\./, "127.");
}

/** The ranges of an instance, all inside 10.n.0.0/16: Services, pods that are processes, pods that kwok plays. */
export function rangesOf({ octet }: Network) {
  return {
    services: `10.${octet}.0.0/17`,
    /** The first address of the Services' range is the Service `kubernetes`. */
    apiserver: `10.${octet}.0.1`,
    processPod: (index: number) => `10.${octet}.${128 + (index >> 8)}.${index & 255}`,
    processPods: { first: 1, last: 16_000 },
    simulatedPods: `10.${octet}.192.1/19`,
  };
}

/** A free port for every part, the customary one where nobody on this machine has it. */
export async function addressesOf({ octet }: Network): Promise<Addresses> {
  const part = async (last: number, port: number): Promise<Address> => {
    const host = `127.${octet}.255.${last}`;
    return { host, port: await freePort(host, port) };
  };
  const apiserver = localOf(rangesOf({ octet }).apiserver);
  return {
    apiserver: { host: apiserver, port: await freePort(apiserver, 6443) },
    etcd: await part(2, 2379),
    etcdPeer: await part(2, 2380),
    controllerManager: await part(3, 10_257),
    scheduler: await part(4, 10_259),
    kwok: await part(5, 10_247),
    kubelet: await part(6, 10_250),
  };
}

const octets = { first: 32, last: 223 };
const abandonedMs = 10 * 60_000;

/**
 * Takes an octet that no other instance has, starting from one that depends on `owner` only, so that an instance mostly
 * gets the same again. Claims are files in `dir`; one whose owner is gone and that is older than ten minutes is taken over.
 * @param owner the directory of the instance
 * @throws when all octets are taken
 */
export async function claimNetwork(
  dir: string,
  owner: string,
  isAlive: (owner: string) => Promise<boolean>,
  now = Date.now,
): Promise<Network> {
  await mkdir(dir, { recursive: true });
  const count = octets.last - octets.first + 1;
  let start = 0;
  for (const character of owner) start = (start * 31 + character.charCodeAt(0)) % count;
  for (let tried = 0; tried < count; tried++) {
    const octet = octets.first + ((start + tried) % count);
    const file = join(dir, String(octet));
    if (await claim(file, owner)) return { octet };
    const [holder, age] = await Promise.all([readFile(file, "utf8"), stat(file)]).then(
      ([text, { mtimeMs }]) => [text, now() - mtimeMs] as const,
      () => [owner, 0] as const,
    );
    if (holder === owner) return { octet };
    if (age < abandonedMs || (await isAlive(holder))) continue;
    await rm(file, { force: true });
    if (await claim(file, owner)) return { octet };
  }
  throw new Error(`all ${count} networks are taken by instances; look into ${dir}, or run "down" for some`);
}

/** Gives the octet back. */
export async function releaseNetwork(dir: string, { octet }: Network): Promise<void> {
  await rm(join(dir, String(octet)), { force: true });
}

async function claim(file: string, owner: string): Promise<boolean> {
  return writeFile(file, owner, { flag: "wx" }).then(
    () => true,
    (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === "EEXIST") return false;
      throw thrown;
    },
  );
}

async function freePort(host: string, preferred: number): Promise<number> {
  const bound = (port: number) =>
    new Promise<number>((resolve, reject) => {
      const server = createServer().once("error", reject);
      server.listen({ host, port, exclusive: true }, () => {
        const { port: got } = server.address() as { port: number };
        server.close(() => resolve(got));
      });
    });
  return bound(preferred).catch(() => bound(0));
}
