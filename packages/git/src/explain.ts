import { type GitError, type GitErrorCode, gitError } from "./errors.ts";
import type { GitFailure } from "./run.ts";
import type { Credentials } from "./types.ts";
import { type Remote, redactUrl } from "./url.ts";

type Rule = [RegExp, GitErrorCode, string | ((asked: Asked) => string)];

type Asked = { remote: Remote; credentials: Credentials };

// In order: the first match decides. The texts are git's (2.30 to 2.50), curl's with OpenSSL and GnuTLS, and OpenSSH's, in
// the C locale.
const RULES: Rule[] = [
  [
    /Host key verification failed|host key .*(changed|is known for)|HOST IDENTIFICATION HAS CHANGED/i,
    "host-key",
    hostKey,
  ],
  [
    /server certificate verification failed|SSL certificate problem|unable to get local issuer|certificate has expired|self[- ]signed certificate|does not match target host|no alternative certificate/i,
    "tls",
    "the server's certificate is not trusted; give the authority that signed it as ca.crt",
  ],
  [
    /gnutls_handshake|SSL_connect|SSL_read|alert (bad certificate|certificate required|handshake failure)|tlsv1\S* alert|GnuTLS recv error|could not load .*(certificate|client|key|PEM)|unable to set private key|error reading (X\.509|ca cert|client cert)|problem with the local SSL certificate|error setting certificate/i,
    "tls",
    "the TLS connection was refused; check ca.crt, and tls.crt and tls.key if the server wants a client certificate",
  ],
  [
    /Permission denied \(|Load key .*(incorrect passphrase|invalid format|error in libcrypto)/,
    "denied",
    denied,
  ],
  [
    /Authentication failed|could not read (Username|Password)|requested URL returned error: 40[13]|terminal prompts disabled|Access denied|Permission to .* denied|not authorized/i,
    "denied",
    denied,
  ],
  [
    /proxy.*(407|authentication)|returned error: 407|response 407 from proxy/i,
    "denied",
    "the proxy wants credentials; check the proxy Secret",
  ],
  [
    /repository .* not found|Repository not found|returned error: 40[45]|does not appear to be a git repository|Could not find repository|project you were looking for could not be found/i,
    "denied",
    ({ credentials }) =>
      `the repository does not exist, or ${hasAny(credentials) ? "these credentials may not see it" : "it needs credentials (spec.secretRef)"}`,
  ],
  [
    /not valid: is this a git repository|unexpected content-type|invalid server response|not a valid url|URL rejected/i,
    "bad-url",
    "there is no git repository at this address",
  ],
  [
    /returned error: 30[12378]|unable to update url base from redirection/i,
    "bad-url",
    "the server redirects to another address; put the final one into spec.url",
  ],
  [
    /couldn't find remote ref|not our ref|unadvertised object|no such remote ref|remote did not send all necessary objects/i,
    "ref-missing",
    "the commit or ref is not there any more",
  ],
  [/transport '.*' not allowed/, "bad-url", "only http, https and ssh are allowed"],
  [
    /Could not resolve|Connection (refused|reset|closed|timed out)|Failed to connect|Couldn't connect|timed out|Empty reply|returned error: (429|5\d\d)|RPC failed|early EOF|hung up|unexpected disconnect|Operation too slow|unreachable|No route to host|kex_exchange_identification|HTTP\/2 stream|unable to access|Could not read from remote/i,
    "unreachable",
    "the server could not be reached or did not answer properly",
  ],
  [
    /bad object|corrupt|is missing|inflate|invalid path|unable to read tree|fsck|bad (tree|pack)|not a git repository|index-pack failed|unpack-objects|invalid object|missing (tree|blob|commit)/i,
    "bad-repository",
    "the repository or what was received of it is damaged",
  ],
];

/**
 * Turns git's own words about a remote into an error for users: what went wrong with which address, and what to do. Secrets
 * are taken out. Trouble of this machine (no git, disk full) becomes a plain `Error`.
 */
export function explain(failure: GitFailure, asked: Asked): Error {
  const said = redact(failure.stderr, secretsOf(asked)).trim();
  const local = troubleOfMachine(failure);
  if (local) return local;
  const where = asked.remote.href;
  for (const [pattern, code, advice] of RULES) {
    if (!pattern.test(said)) continue;
    return message(code, where, typeof advice === "string" ? advice : advice(asked), said);
  }
  return message("unreachable", where, "git failed", said);
}

/** The same for a command that only reads a mirror: whatever it stumbles over, the content is damaged. */
export function explainReading(failure: GitFailure, asked: Asked): Error {
  const said = failure.stderr.trim();
  const advice = "the mirrored commit cannot be read; it will be fetched anew";
  return troubleOfMachine(failure) ?? message("bad-repository", asked.remote.href, advice, said);
}

function troubleOfMachine({ stderr, exitCode }: GitFailure): Error | undefined {
  const trouble = MACHINE.find(([pattern]) => pattern.test(stderr));
  if (trouble) return new Error(trouble[1]);
  // nobody here asked for it: an abort has its own error
  return exitCode === null
    ? new Error("git was killed: does the container need a higher memory limit?")
    : undefined;
}

const MACHINE: [RegExp, string][] = [
  [/spawn \S+ ENOENT|setsid: failed to execute/, "the program git is missing: install git 2.30 or newer"],
  [/spawn \S+ E[A-Z]+/, "git cannot be started: this machine is short of processes, files or memory"],
  [/cannot run ssh|ssh: (command )?not found/, "the program ssh is missing: install openssh-client"],
  [
    /No space left on device|Disk quota exceeded/,
    "no space left for git mirrors: give the storage volume more",
  ],
];

function message(code: GitErrorCode, where: string, advice: string, said: string): GitError {
  const lines = said
    .split(/\r?\n/)
    .filter((line) => /\S/.test(line) && !/^(Please make sure|and the repository exists)/.test(line));
  const words = lines.slice(-3).join(" ").slice(0, 400);
  return gitError(code, `${where}: ${advice}${words ? ` (${words})` : ""}`);
}

function denied({ remote, credentials }: Asked): string {
  if (remote.scheme === "ssh")
    return "the server does not accept this SSH key; add its public half as a deploy key, or fix 'identity' in the Secret";
  if (credentials.bearerToken)
    return "the server refused the bearer token; check 'bearerToken' in the Secret";
  if (credentials.password)
    return "the server refused the credentials; check 'username' and 'password' in the Secret";
  return "the server wants credentials; set spec.secretRef";
}

function hostKey(): string {
  return "the server's SSH host key is not the one in 'known_hosts' of the Secret; if the key was changed on purpose, update it";
}

function hasAny(credentials: Credentials): boolean {
  return Boolean(
    credentials.password || credentials.bearerToken || credentials.identity || credentials.clientCert,
  );
}

function secretsOf({ remote, credentials }: Asked): string[] {
  const { username, password, bearerToken, identityPassword, proxy } = credentials;
  const values = [password, bearerToken, identityPassword, proxy?.password, remote.password];
  const user = username ?? remote.username ?? "";
  // one of three letters or fewer would blank out half of the message, and git does not repeat it anyway
  const secrets = values.filter((value): value is string => (value?.length ?? 0) > 3);
  return secrets.flatMap((value) => [
    value,
    encodeURIComponent(value),
    Buffer.from(value).toString("base64"),
    Buffer.from(`${user}:${value}`).toString("base64"),
  ]);
}

/** Replaces secrets and the user part of URLs. */
function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((result, value) => result.replaceAll(value, "***"), redactUrl(text));
}
