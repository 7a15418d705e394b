/** What `helm repo add` and `helm registry login` keep on this machine. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "@sluice/yaml";
import type { Shell } from "../shell.ts";
import type { Remote } from "./download.ts";

type Environment = Shell["env"];

/** A repository, as repositories.yaml of `helm repo add` lists it. */
export type Repository = Remote & { name: string; url: string };

/** Where Helm's own configuration lies. */
export const helmConfig = (env: Environment): string =>
  env["HELM_CONFIG_HOME"] || join(env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "helm");

/** The repositories that `helm repo add` has added on this machine. */
export function knownRepositories(env: Environment): Repository[] {
  const file = env["HELM_REPOSITORY_CONFIG"] || join(helmConfig(env), "repositories.yaml");
  if (!existsSync(file)) return [];
  const { repositories } = (parse(readFileSync(file, "utf8"), { file }) ?? {}) as { repositories?: Listed[] };
  return (repositories ?? []).map((each) => ({
    name: each.name ?? "",
    url: each.url ?? "",
    username: each.username,
    password: each.password,
    caFile: each.caFile,
    certFile: each.certFile,
    keyFile: each.keyFile,
    insecureSkipTlsVerify: each.insecure_skip_tls_verify,
    passCredentials: each.pass_credentials_all,
  }));
}

type Listed = {
  name?: string;
  url?: string;
  username?: string;
  password?: string;
  caFile?: string;
  certFile?: string;
  keyFile?: string;
  insecure_skip_tls_verify?: boolean;
  pass_credentials_all?: boolean;
};
