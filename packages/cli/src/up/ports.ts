import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Outside of what systems give to outgoing connections and to those who listen on port 0 (Linux 32768 and up, macOS 49152 and up) and
 * of Kubernetes' NodePorts: one that is free now is still free when a program that was just started listens on it.
 */
const ports = { first: 20_000, last: 29_999 };

/** A port of 127.0.0.1 that nobody listens on. @throws when a hundred that were tried are all taken */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(ports.first, ports.last + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port between ${ports.first} and ${ports.last} of 127.0.0.1 is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
