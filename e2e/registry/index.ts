/** The reference implementation of a registry, to compare with: built on first use from the module beside this file. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@sluice/cli";
import { unavailable } from "../controlplane/errors.ts";
import { cacheOf, go, once, onPath, recipeOf } from "../programs.ts";

const command = "github.com/distribution/distribution/v3/cmd/registry";
const flags = ["-trimpath", "-ldflags", "-s -w"];
const buildMs = 30 * 60_000;
const startMs = 30_000;

/** Whom the guarded registry lets in; the hash is bcrypt's. */
export const user = { username: "me", password: "s3cret" } as const;
const htpasswd = "me:$2a$04$RWGTfuDgq.WkbyuVw1oQ7.7BSJIrGbgNSWyxEYkJpP0Cjg8qxy6AS\n";

/** @throws an error with exit code 3 when Go is missing */
async function program(): Promise<string> {
  const here = import.meta.dirname;
  const recipe = await recipeOf([join(here, "go.mod"), join(here, "go.sum")], [command, flags]);
  const built = await once(cacheOf("registry"), recipe, async (dir) => {
    if (onPath("go") === undefined)
      throw unavailable(
        "Go is not installed: the registry to compare with is built with 'go build'; see https://go.dev/dl",
      );
    console.error("building a registry to compare with: some minutes on two cores, once");
    await go(
      here,
      "nice",
      ["-n", "19", "go", "build", ...flags, "-o", `${dir}/`, command],
      "building the registry",
      buildMs,
    );
  });
  return join(built, "registry");
}

export type RealRegistry = { host: string; close(): Promise<void> };

/**
 * Starts a registry in memory on a free port of 127.0.0.1.
 * @param options whether it wants the password of `user`, and its certificate
 */
export async function startRealRegistry(
  options: { guarded?: boolean; tls?: { cert: string; key: string } } = {},
): Promise<RealRegistry> {
  const file = await program();
  const dir = await mkdtemp(join(tmpdir(), "sluice-registry-"));
  const host = `127.0.0.1:${await freePort()}`;
  const at = (name: string) => join(dir, name);
  await writeFile(at("htpasswd"), htpasswd);
  if (options.tls) {
    await writeFile(at("cert.pem"), options.tls.cert);
    await writeFile(at("key.pem"), options.tls.key);
  }
  const config = {
    version: "0.1",
    log: { level: "error", accesslog: { disabled: true } },
    storage: { inmemory: {} },
    http: { addr: host, ...(options.tls && { tls: { certificate: at("cert.pem"), key: at("key.pem") } }) },
    ...(options.guarded && { auth: { htpasswd: { realm: "real", path: at("htpasswd") } } }),
  };
  await writeFile(at("config.yaml"), JSON.stringify(config));
  const child = spawn(file, ["serve", at("config.yaml")], {
    stdio: "ignore",
    env: { ...process.env, OTEL_TRACES_EXPORTER: "none" },
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const close = async () => {
    child.kill("SIGKILL");
    await ended;
    await rm(dir, { recursive: true, force: true });
  };
  await untilItListens(host, child).catch(async (thrown) => {
    await close();
    throw thrown;
  });
  return { host, close };
}

async function untilItListens(host: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + startMs;
  while (child.exitCode === null && Date.now() < until) {
    // Any answer will do: it may speak TLS.
    const answered = await fetch(`http://${host}/v2/`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await sleep(100);
  }
  throw new Error(`the registry to compare with does not listen on ${host}`);
}
