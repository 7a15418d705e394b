import { spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import ssh2, { type Connection, type ParsedKey, type Session } from "ssh2";
import { openRepos, type Repos } from "./repos.ts";
import { gitConfig, gitEnvironment } from "./run.ts";

/** `privateKey` in OpenSSH format, `publicKey` as one line of `authorized_keys`. */
export type SshKeyPair = { privateKey: string; publicKey: string };

/** Makes an SSH key pair; with a passphrase the private key is encrypted. */
export function createSshKey(type: "ed25519" | "ecdsa" | "rsa" = "ed25519", passphrase?: string): SshKeyPair {
  const encryption = passphrase === undefined ? {} : { passphrase, cipher: "aes256-ctr", rounds: 4 };
  const bits = type === "rsa" ? 2048 : 256;
  const pair = ssh2.utils.generateKeyPairSync(
    type as "ecdsa",
    { bits, comment: "test", ...encryption } as never,
  );
  // ssh2 drops leading zero bytes of an ed25519 key, so that one pair in 256 cannot be read by anyone
  if (ssh2.utils.parseKey(pair.public) instanceof Error) return createSshKey(type, passphrase);
  return { privateKey: pair.private, publicKey: pair.public };
}

export type SshGitServer = {
  readonly port: number;
  readonly repos: Repos;
  /** `ssh://git@127.0.0.1:<port>/<repo>.git` */
  url(repo: string): string;
  createRepo: Repos["create"];
  commit: Repos["commit"];
  tag: Repos["tag"];
  /** The line that a client needs in its `known_hosts`. */
  knownHosts: string;
  /** The commands that clients ran, in order. */
  commands(): string[];
  close(): Promise<void>;
};

const COMMAND = /^(git-upload-pack|git-receive-pack) '\/?([^']+?)(?:\.git)?'$/;

/** Starts an SSH server that runs git-upload-pack and git-receive-pack for the holders of `authorizedKeys`, and nothing else. */
export async function startSshGitServer(
  options: { hostKey?: SshKeyPair; authorizedKeys?: readonly string[]; repos?: Repos; root?: string } = {},
): Promise<SshGitServer> {
  const repos = options.repos ?? (await openRepos(options));
  const hostKey = options.hostKey ?? createSshKey();
  const authorized = (options.authorizedKeys ?? []).map((line) => ssh2.utils.parseKey(line) as ParsedKey);
  const connections = new Set<Connection>();
  const commands: string[] = [];

  const server = new ssh2.Server({ hostKeys: [hostKey.privateKey] }, (client) => {
    connections.add(client);
    client.on("close", () => connections.delete(client));
    // a client that hangs up, or that is refused, is no fault of the server
    client.on("error", () => {});
    client.on("authentication", (attempt) => {
      if (attempt.method !== "publickey") return attempt.reject(["publickey"]);
      const key = authorized.find((known) => known.getPublicSSH().equals(attempt.key.data));
      const proven =
        key && (!attempt.signature || key.verify(attempt.blob ?? "", attempt.signature, attempt.hashAlgo));
      if (proven === true) attempt.accept();
      else attempt.reject(["publickey"]);
    });
    client.on("ready", () => client.on("session", (accept) => runSession(accept(), repos, commands)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    port,
    repos,
    url: (repo) => `ssh://git@127.0.0.1:${port}/${repo.replace(/\.git$/, "")}.git`,
    createRepo: repos.create,
    commit: repos.commit,
    tag: repos.tag,
    knownHosts: `[127.0.0.1]:${port} ${hostKey.publicKey.split(" ").slice(0, 2).join(" ")}\n`,
    commands: () => [...commands],
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const client of connections) client.end();
      });
      if (!options.repos) await repos.close();
    },
  };
}

function runSession(session: Session, repos: Repos, commands: string[]): void {
  let protocol = "";
  session.on("env", (accept, _reject, variable) => {
    if (variable.key === "GIT_PROTOCOL") protocol = (variable as { val?: string }).val ?? "";
    accept?.();
  });
  session.on("exec", (accept, reject, { command }) => {
    commands.push(command);
    const [, service = "", name = ""] = COMMAND.exec(command) ?? [];
    const repo = repos.dirOf(name);
    if (!repo || (service === "git-receive-pack" && !repo.writable)) return reject();
    const channel = accept();
    const env = gitEnvironment({
      GIT_PROTOCOL: protocol,
      ...gitConfig({
        "safe.directory": "*",
        "uploadpack.allowFilter": "true",
        "uploadpack.allowAnySHA1InWant": "true",
      }),
    });
    const child = spawn("git", [service.slice("git-".length), repo.dir], { env });
    child.stdin.on("error", () => {});
    channel.on("error", () => {});
    channel.on("close", () => child.kill());
    channel.pipe(child.stdin);
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    child.on("close", (code) => {
      channel.exit(code ?? 1);
      channel.end();
    });
  });
}
