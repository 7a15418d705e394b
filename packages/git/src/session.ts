import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gitError } from "./errors.ts";
import type { Credentials } from "./types.ts";
import type { Remote } from "./url.ts";

/** What git processes need to talk to one remote: an environment, and files with the secrets in a directory of their own. */
export type Session = {
  dir: string;
  env: Record<string, string>;
  /** Removes the files. */
  close(): Promise<void>;
};

/** Variables of the controller that git may see. */
export type Environment = Record<string, string | undefined>;

const PASSED_ON = [
  "PATH",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
];

/** The environment of every git process: little of the controller's, nothing of a user's or the system's git configuration. */
export function baseEnvironment(
  home: string,
  configFile: string,
  environment: Environment,
): Record<string, string> {
  const env: Record<string, string> = {
    HOME: home,
    // no repository that the mirrors may lie in
    GIT_CEILING_DIRECTORIES: dirname(home),
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: configFile,
    GIT_TERMINAL_PROMPT: "0",
  };
  for (const name of PASSED_ON.flatMap((name) => [name, name.toLowerCase()])) {
    const value = environment[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** The configuration of every git process: nothing runs but git, and the content is left as it was committed. */
export const BASE_CONFIG: Config = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.askPass", ""],
  ["core.attributesFile", "/dev/null"],
  ["core.excludesFile", "/dev/null"],
  ["core.autocrlf", "false"],
  ["core.symlinks", "true"],
  ["core.logAllRefUpdates", "false"],
  ["credential.helper", ""],
  ["init.templateDir", ""],
  ["init.defaultBranch", "main"],
  ["protocol.allow", "never"],
  ["protocol.http.allow", "always"],
  ["protocol.https.allow", "always"],
  ["protocol.ssh.allow", "always"],
  ["protocol.version", "2"],
  ["transfer.bundleURI", "false"],
  ["submodule.recurse", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  // A fetch that dies half way leaves no loose objects behind that would make a commit look complete.
  ["fetch.unpackLimit", "1"],
  ["fetch.recurseSubmodules", "false"],
];

export type Config = (readonly [key: string, value: string])[];

/** Writes a git configuration file: `section.sub.section.key` as `[section "sub.section"] key = "value"`. */
export function renderConfig(config: Config): string {
  return config
    .map(([key, value]) => {
      const first = key.indexOf(".");
      const last = key.lastIndexOf(".");
      const sub = first === last ? "" : ` "${escaped(key.slice(first + 1, last))}"`;
      return `[${key.slice(0, first)}${sub}]\n\t${key.slice(last + 1)} = "${escaped(value).replaceAll("\n", "\\n")}"\n`;
    })
    .join("");
}

function escaped(text: string): string {
  return text.replace(/["\\]/g, "\\$&");
}

/**
 * Opens a session in a new directory under `parent`. With `redirects`, a user name and password are given only when a
 * server asks, to the remote's own origin and no other, so that redirects can be followed. Throws when the credentials
 * cannot be used with this remote: `denied`, `tls`, `host-key`, `unsupported`.
 */
export async function openSession(
  parent: string,
  remote: Remote,
  credentials: Credentials,
  environment: Environment,
  options: { redirects: boolean },
): Promise<Session> {
  check(remote, credentials);
  // What is exempt from the environment's proxy is not exempt from one that is asked for by name.
  const { NO_PROXY: _, no_proxy: __, ...rest } = environment;
  const dir = await mkdtemp(join(parent, "session-"));
  const plan = planSession(dir, remote, credentials, options.redirects);
  try {
    for (const { name, content, mode } of plan.files) {
      await writeFile(join(dir, name), content, { mode: mode ?? 0o600, flag: "wx" });
    }
    await writeFile(join(dir, "gitconfig"), renderConfig([...BASE_CONFIG, ...plan.config]), { mode: 0o600 });
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
  return {
    dir,
    env: baseEnvironment(dir, join(dir, "gitconfig"), credentials.proxy ? rest : environment),
    close: () => rm(dir, { recursive: true, force: true }),
  };
}

type SessionFile = { name: string; content: string; mode?: number };

type SessionPlan = { config: Config; files: SessionFile[] };

/** Decides which files a session has and what its configuration says. */
export function planSession(
  dir: string,
  remote: Remote,
  credentials: Credentials,
  redirects: boolean,
): SessionPlan {
  const proxy = credentials.proxy ? [["http.proxy", proxyUrl(credentials.proxy)] as const] : [];
  if (remote.scheme === "ssh") return planSsh(dir, credentials);
  const tls = planTls(dir, credentials);
  const login = planLogin(dir, remote, credentials, redirects);
  return { config: [...proxy, ...tls.config, ...login.config], files: [...tls.files, ...login.files] };
}

function planTls(dir: string, credentials: Credentials): SessionPlan {
  const config: Config = [];
  const files: SessionFile[] = [];
  const add = (key: string, name: string, content: string | undefined) => {
    if (!content) return;
    files.push({ name, content });
    config.push([key, join(dir, name)]);
  };
  add("http.sslCAInfo", "ca.pem", credentials.caCert);
  add("http.sslCert", "cert.pem", credentials.clientCert);
  add("http.sslKey", "key.pem", credentials.clientKey);
  return { config, files };
}

function planLogin(dir: string, remote: Remote, credentials: Credentials, redirects: boolean): SessionPlan {
  const username = credentials.username ?? remote.username ?? "";
  const password = credentials.password ?? remote.password ?? "";
  const none: SessionPlan = { files: [], config: [["http.followRedirects", "initial"]] };
  const send = (authorization: string): SessionPlan => ({
    files: [],
    config: [
      // git would send the header to whatever host it is redirected to
      ["http.followRedirects", "false"],
      [`http.${remote.origin}/.extraHeader`, `Authorization: ${authorization}`],
    ],
  });
  if (credentials.bearerToken) return send(`Bearer ${credentials.bearerToken}`);
  if (!username && !password) return none;
  if (!redirects) return send(`Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`);
  const [scheme, host] = remote.origin.split("//");
  const login = `${scheme}//${encodeURIComponent(username)}:${encodeURIComponent(password)}@${host}\n`;
  return {
    ...none,
    files: [{ name: "logins", content: login }],
    config: [...none.config, ["credential.helper", `store --file=${shellQuoted(join(dir, "logins"))}`]],
  };
}

/** The ssh of one session: this key, these host keys, nothing of the user's or the machine's, and no questions. */
function planSsh(dir: string, credentials: Credentials): SessionPlan {
  const { identity = "", knownHosts = "", identityPassword } = credentials;
  const files: SessionFile[] = [
    { name: "identity", content: withFinalNewline(identity) },
    { name: "known_hosts", content: withFinalNewline(knownHosts) },
  ];
  const option = (name: string, value: string) => `-o ${shellQuoted(`${name}=${value}`)}`;
  // ssh expands % in these and splits them at spaces
  const file = (name: string) => `"${join(dir, name).replaceAll("%", "%%")}"`;
  const words = [
    "ssh -F /dev/null",
    option("StrictHostKeyChecking", "yes"),
    option("UserKnownHostsFile", file("known_hosts")),
    option("GlobalKnownHostsFile", "/dev/null"),
    option("UpdateHostKeys", "no"),
    option("IdentityFile", file("identity")),
    option("IdentitiesOnly", "yes"),
    option("IdentityAgent", "none"),
    option("PreferredAuthentications", "publickey"),
    option("ConnectTimeout", "30"),
    option("ServerAliveInterval", "15"),
    option("ServerAliveCountMax", "4"),
    option("NumberOfPasswordPrompts", "1"),
    option("BatchMode", identityPassword ? "no" : "yes"),
  ];
  if (identityPassword) {
    // ssh asks this program, and only for the passphrase: all other questions are switched off above
    files.push({ name: "passphrase", content: `${identityPassword}\n` });
    const script = `#!/bin/sh\nexec cat ${shellQuoted(join(dir, "passphrase"))}\n`;
    files.push({ name: "askpass", content: script, mode: 0o700 });
    words.unshift(`SSH_ASKPASS_REQUIRE=force SSH_ASKPASS=${shellQuoted(join(dir, "askpass"))}`);
  }
  const config: Config = [
    ["core.sshCommand", words.join(" ")],
    ["ssh.variant", "ssh"],
  ];
  return { config, files };
}

function check(remote: Remote, credentials: Credentials): void {
  const { username, password, bearerToken, caCert, clientCert, clientKey, identity, knownHosts, proxy } =
    credentials;
  const refuse = (code: "denied" | "tls" | "host-key" | "unsupported", because: string) => {
    throw gitError(code, `${remote.href}: ${because}`);
  };
  if (remote.scheme === "ssh") {
    if (proxy)
      refuse("unsupported", "a proxy for SSH is not supported; use an https URL or drop proxySecretRef");
    if (!identity) refuse("denied", "SSH needs a private key: put it into the Secret as 'identity'");
    if (!knownHosts)
      refuse("host-key", "SSH needs the host's public keys: put them into the Secret as 'known_hosts'");
    if (!credentials.identityPassword && identity && isEncrypted(identity)) {
      refuse(
        "denied",
        "the SSH key 'identity' is encrypted: put its passphrase into the Secret as 'password'",
      );
    }
    return;
  }
  if (bearerToken && (username || password))
    refuse("denied", "give either a bearer token or a user name and password");
  if (password && !(username || remote.username)) refuse("denied", "a password needs a 'username'");
  const header = `${username ?? ""}${password ?? ""}${bearerToken ?? ""}`;
  if (/[\r\n\0]/.test(header)) refuse("denied", "user name, password and token must not contain line breaks");
  if (!clientCert !== !clientKey) refuse("tls", "tls.crt and tls.key are needed together");
  for (const [name, value] of Object.entries({ "ca.crt": caCert, "tls.crt": clientCert })) {
    if (value && !value.includes("-----BEGIN CERTIFICATE-----"))
      refuse("tls", `${name} is not a PEM certificate`);
  }
  if (proxy && !/^(https?|socks5h?):\/\//.test(proxy.address)) {
    refuse("unsupported", "a proxy address starts with http://, https:// or socks5://");
  }
}

/** Whether a private key needs a passphrase: PEM says so, the OpenSSH format names its cipher after the magic word. */
export function isEncrypted(identity: string): boolean {
  if (/ENCRYPTED/.test(identity)) return true;
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(identity)?.[1];
  if (!body) return false;
  const bytes = Buffer.from(body, "base64");
  const at = "openssh-key-v1\0".length;
  if (bytes.length < at + 4) return false;
  return bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at)).toString() !== "none";
}

function proxyUrl(proxy: NonNullable<Credentials["proxy"]>): string {
  const url = new URL(proxy.address);
  if (proxy.username) url.username = encodeURIComponent(proxy.username);
  if (proxy.password) url.password = encodeURIComponent(proxy.password);
  return url.href;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function withFinalNewline(text: string): string {
  return `${text.replaceAll("\r\n", "\n").trimEnd()}\n`;
}
