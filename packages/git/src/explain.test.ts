import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type GitErrorCode, isGitError } from "./errors.ts";
import { explain } from "./explain.ts";
import type { GitFailure } from "./run.ts";
import type { Credentials } from "./types.ts";
import { parseRemote } from "./url.ts";

const https = parseRemote("https://h/r.git");
const ssh = parseRemote("ssh://git@h/r.git");
const failure = (stderr: string): GitFailure =>
  Object.assign(new Error("x"), { name: "GitFailure", stderr, exitCode: 128 });

// what git 2.39, curl (GnuTLS and OpenSSL) and OpenSSH really say
const rows: [string, GitErrorCode, RegExp][] = [
  [
    "fatal: could not read Username for 'https://h': terminal prompts disabled\n",
    "denied",
    /set spec.secretRef/,
  ],
  ["fatal: Authentication failed for 'https://h/r.git/'\n", "denied", /credentials/],
  [
    "fatal: unable to access 'https://h/r.git/': The requested URL returned error: 403\n",
    "denied",
    /credentials/,
  ],
  [
    "remote: Repository not found.\nfatal: repository 'https://h/r.git/' not found\n",
    "denied",
    /does not exist, or/,
  ],
  ["fatal: unable to access 'https://h/': The requested URL returned error: 500", "unreachable", /reached/],
  ["fatal: unable to access 'https://h/': The requested URL returned error: 429", "unreachable", /reached/],
  ["fatal: unable to access 'https://h/': The requested URL returned error: 301", "bad-url", /redirects/],
  ["fatal: unable to access 'https://h/': Could not resolve host: h", "unreachable", /reached/],
  [
    "fatal: unable to access 'https://h/': Failed to connect to h port 443 after 0 ms: Couldn't connect to server",
    "unreachable",
    /./,
  ],
  ["fatal: unable to access 'https://h/': Empty reply from server", "unreachable", /./],
  [
    "error: RPC failed; curl 18 transfer closed\nfatal: early EOF\nfatal: fetch-pack: invalid index-pack output",
    "unreachable",
    /./,
  ],
  [
    "fatal: unable to access 'https://h/': server certificate verification failed. CAfile: none CRLfile: none",
    "tls",
    /ca.crt/,
  ],
  [
    "fatal: unable to access 'https://h/': SSL certificate problem: unable to get local issuer certificate",
    "tls",
    /ca.crt/,
  ],
  [
    "fatal: unable to access 'https://h/': GnuTLS recv error (-110): The TLS connection was non-properly terminated.",
    "tls",
    /tls.crt/,
  ],
  ["fatal: unable to access 'https://h/': gnutls_handshake() failed: Handshake failed", "tls", /tls.crt/],
  [
    "fatal: unable to access 'https://h/': OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required",
    "tls",
    /tls.crt/,
  ],
  ["fatal: couldn't find remote ref refs/heads/x", "ref-missing", /not there any more/],
  ["fatal: remote error: upload-pack: not our ref 1234", "ref-missing", /./],
  ["fatal: https://h/info/refs not valid: is this a git repository?", "bad-url", /no git repository/],
  ["fatal: transport 'file' not allowed", "bad-url", /only http/],
  [
    "error: inflate: data stream error\nfatal: pack has bad object at offset 12: inflate returned -3\nfatal: index-pack failed",
    "bad-repository",
    /damaged/,
  ],
  ["something nobody has seen yet", "unreachable", /git failed \(something/],
  [
    "Host key verification failed.\r\nfatal: Could not read from remote repository.\n",
    "host-key",
    /known_hosts/,
  ],
  [
    "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\r\nHost key verification failed.",
    "host-key",
    /known_hosts/,
  ],
  [
    "ssh: connect to host h port 22: Connection refused\r\nfatal: Could not read from remote repository.",
    "unreachable",
    /./,
  ],
  [
    "ssh: Could not resolve hostname h: Name or service not known\r\nfatal: Could not read from remote",
    "unreachable",
    /./,
  ],
];

describe("explain", () => {
  for (const [stderr, code, message] of rows) {
    it(`${stderr.trim().split("\n").at(-1)?.slice(0, 100)} is ${code}`, () => {
      const error = explain(failure(stderr), { remote: https, credentials: {} });
      assert.ok(isGitError(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.match(error.message, /^https:\/\/h\/r\.git: /);
    });
  }

  const advice: [Credentials, RegExp][] = [
    [{}, /set spec.secretRef/],
    [{ username: "u", password: "pass" }, /check 'username' and 'password'/],
    [{ bearerToken: "token" }, /check 'bearerToken'/],
  ];
  for (const [credentials, message] of advice) {
    it(`a refusal with ${Object.keys(credentials).join(" and ") || "nothing"} says what to do`, () => {
      const error = explain(failure("fatal: Authentication failed for 'x'"), { remote: https, credentials });
      assert.match(error.message, message);
    });
  }
  it("a refused SSH key says what to do", () => {
    const error = explain(failure("git@h: Permission denied (publickey).\r\nfatal: Could not read"), {
      remote: ssh,
      credentials: { identity: "x" },
    });
    assert.match(error.message, /deploy key/);
  });

  it("blanks out every form of the secrets", () => {
    const basic = Buffer.from("ada:s3cr:t/").toString("base64");
    const said = `fatal: https://ada:s3cr:t%2F@h/ Authorization: Basic ${basic} s3cr:t/ proxy-pass`;
    const credentials = {
      username: "ada",
      password: "s3cr:t/",
      proxy: { address: "http://p", password: "proxy-pass" },
    };
    const { message } = explain(failure(said), { remote: https, credentials });
    for (const secret of ["s3cr", basic, "proxy-pass"]) assert.ok(!message.includes(secret), message);
  });

  it("a git that was killed is trouble of this machine", () => {
    const killed = { ...failure(""), exitCode: null };
    const error = explain(killed, { remote: https, credentials: {} });
    assert.equal(isGitError(error), false);
    assert.match(error.message, /memory limit/);
  });
  const machine: [string, RegExp][] = [
    ["Error: spawn git ENOENT", /install git/],
    ["Error: spawn setsid EAGAIN", /cannot be started/],
    ["error: cannot run ssh: No such file or directory", /install openssh-client/],
    ["fatal: write error: No space left on device", /no space left/],
  ];
  for (const [stderr, message] of machine) {
    it(`${stderr} is trouble of this machine`, () => {
      const error = explain(failure(stderr), { remote: https, credentials: {} });
      assert.equal(isGitError(error), false);
      assert.match(error.message, message);
    });
  }
});
