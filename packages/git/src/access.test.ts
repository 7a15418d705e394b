import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  createAuthority,
  eventually,
  type GitServer,
  openRepos,
  type Repos,
  startGitServer,
} from "@sluice/testing";
import { kit, soon } from "./harness.fixture.ts";
import type { Credentials } from "./types.ts";

const main = { branch: "main" };
const REFUSED =
  "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=p\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/** The arguments and environments of all processes, as far as anybody may see them. */
function shownOfProcesses(): string {
  if (!existsSync("/proc/self/cmdline")) return execFileSync("ps", ["axeww"], { maxBuffer: 1e8 }).toString();
  const shown = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`])
    .map((file) => {
      try {
        return readFileSync(file, "utf8");
      } catch {
        return ""; // it has ended, or is another user's
      }
    });
  return shown.join("\n");
}

describe("access over HTTP", () => {
  const { dir, mirrors, checkout, resolve, newDir } = kit(after);
  let repos: Repos;
  const servers: GitServer[] = [];
  const start = async (options: Parameters<typeof startGitServer>[0]) => {
    const server = await startGitServer({ repos, ...options });
    servers.push(server);
    return server;
  };
  before(async () => {
    repos = await openRepos();
    await repos.create("r", { files: { a: "1" } });
  });
  after(async () => {
    for (const server of servers) await server.close();
    await repos.close();
  });

  const authority = createAuthority();
  const other = createAuthority("another authority");
  const tls = authority.server(["127.0.0.1"]);
  const mine = authority.client("me");
  const foreign = other.client("someone else");
  const basic = { username: "ada", password: "hunter2-hunter2" };
  const ca = { caCert: authority.cert };

  const rows: Record<
    string,
    [Parameters<typeof startGitServer>[0], Credentials, "ok" | "denied" | "tls" | "tls or reset"]
  > = {
    "the right password": [{ auth: basic }, basic, "ok"],
    "the wrong password": [{ auth: basic }, { ...basic, password: "wrong-wrong" }, "denied"],
    "no password": [{ auth: basic }, {}, "denied"],
    "the right token": [{ auth: { bearer: "token-token" } }, { bearerToken: "token-token" }, "ok"],
    "the wrong token": [{ auth: { bearer: "token-token" } }, { bearerToken: "wrong-wrong" }, "denied"],
    "the authority of the server": [{ tls }, ca, "ok"],
    "no authority": [{ tls }, {}, "tls"],
    "another authority": [{ tls }, { caCert: other.cert }, "tls"],
    "a password over TLS": [{ tls, auth: basic }, { ...ca, ...basic }, "ok"],
    "a client certificate": [
      { tls: { ...tls, clientCa: authority.cert } },
      { ...ca, clientCert: mine.cert, clientKey: mine.key },
      "ok",
    ],
    "no client certificate": [{ tls: { ...tls, clientCa: authority.cert } }, ca, "tls or reset"],
    "a foreign client certificate": [
      { tls: { ...tls, clientCa: authority.cert } },
      { ...ca, clientCert: foreign.cert, clientKey: foreign.key },
      // with TLS 1.3 the server may cut the connection before its alert was read
      "tls or reset",
    ],
    "a certificate for another name": [{ tls: authority.server(["example.com"]) }, ca, "tls"],
  };
  for (const [name, [options, credentials, expected]] of Object.entries(rows)) {
    it(`with ${name}: ${expected}`, async () => {
      const server = await start(options);
      const attempt = checkout(server.url("r"), main, { credentials });
      if (expected === "ok") return assert.deepEqual((await attempt).tree, { a: "1" });
      await assert.rejects(attempt, (error: Error & { code: string }) => {
        const codes = expected === "tls or reset" ? ["tls", "unreachable"] : [expected];
        assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
        for (const secret of ["hunter2", "wrong-wrong", "token-token"])
          assert.ok(!error.message.includes(secret));
        return true;
      });
    });
  }

  it("takes user and password out of the URL", async () => {
    const server = await start({ auth: basic });
    const url = server.url("r").replace("://", `://${basic.username}:${basic.password}@`);
    assert.deepEqual((await checkout(url, main)).tree, { a: "1" });
  });

  it("never shows a secret in the arguments or the environment of a process, and leaves no file behind", async () => {
    const server = await start({ auth: basic });
    server.inject("hang", { times: 1 });
    const stop = new AbortController();
    const hanging = mirrors.resolve(server.url("r"), main, basic, stop.signal);
    await eventually(() => server.stats().requests > 0);
    const seen = shownOfProcesses();
    assert.ok(seen.includes("ls-remote"));
    const header = Buffer.from(`${basic.username}:${basic.password}`).toString("base64");
    assert.ok(!seen.includes(basic.password) && !seen.includes(header));
    stop.abort();
    await assert.rejects(hanging, { code: "aborted" });
    assert.deepEqual(readdirSync(join(dir, "mirrors", "tmp")), []);
  });

  it("hands out nothing of a mirror to those whom the server refuses", async () => {
    const server = await start({ auth: basic });
    const url = server.url("r");
    const resolved = await resolve(url, main, basic);
    await checkout(url, main, { credentials: basic, resolved });
    const attempts: [Credentials, object][] = [
      [{}, resolved],
      [{ ...basic, password: "wrong-wrong" }, resolved],
      [{}, { ...resolved }],
    ];
    for (const [credentials, claimed] of attempts) {
      const request = {
        url,
        ref: main,
        resolved: claimed as typeof resolved,
        credentials,
        dir: newDir(),
        signal: soon(),
      };
      await assert.rejects(mirrors.checkout(request), { code: "denied" });
      assert.deepEqual(readdirSync(request.dir), []);
    }
  });

  it("does not take one URL's answer for another's", async () => {
    const open = await start({});
    const guarded = await start({ auth: basic });
    await checkout(guarded.url("r"), main, { credentials: basic });
    const resolved = await resolve(open.url("r"));
    await assert.rejects(checkout(guarded.url("r"), main, { resolved }), { code: "denied" });
  });

  it("does not take a claim about a branch for the proof of a commit", async () => {
    const server = await start({});
    const hidden = await repos.commit("r", { files: { x: "hidden" }, branch: "hidden" });
    await checkout(server.url("r"), { branch: "hidden" });
    await repos.git("r", ["update-ref", "-d", "refs/heads/hidden"]);
    const claim = { commit: hidden, ref: "refs/heads/main", revision: `main@sha1:${hidden}` };
    await assert.rejects(checkout(server.url("r"), main, { resolved: claim }), { code: "ref-missing" });
    await assert.rejects(checkout(server.url("r"), { commit: hidden }, { resolved: claim }), {
      code: "ref-missing",
    });
  });

  describe("redirects", () => {
    const redirect = (to: string) => ({
      status: 301,
      headers: { Location: `${to}/info/refs?service=git-upload-pack` },
    });

    it("follows them, with a password on the same host", async () => {
      const server = await start({ auth: basic });
      server.inject(redirect(server.url("r")), { path: "/moved.git/info/refs" });
      assert.deepEqual((await checkout(server.url("moved"), main, { credentials: basic })).tree, { a: "1" });
    });
    it("follows them to another host without credentials", async () => {
      const [from, to] = [await start({}), await start({})];
      from.inject(redirect(to.url("r")));
      assert.deepEqual((await checkout(from.url("r"), main)).tree, { a: "1" });
    });
    it("does not send a password to another host", async () => {
      const [from, to] = [await start({}), await start({ auth: basic })];
      from.inject(redirect(to.url("r")));
      await assert.rejects(checkout(from.url("r"), main, { credentials: basic }), { code: "denied" });
      assert.deepEqual(to.authorizations(), []);
    });
    it("does not follow them with a token", async () => {
      const [from, to] = [await start({}), await start({})];
      from.inject(redirect(to.url("r")));
      await assert.rejects(checkout(from.url("r"), main, { credentials: { bearerToken: "token-token" } }), {
        code: "bad-url",
      });
      assert.equal(to.stats().requests, 0);
    });
  });

  describe("proxy", () => {
    let proxy: Server;
    let seen: { url: string; auth?: string }[];
    const address = () => `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    before(async () => {
      seen = [];
      proxy = createServer();
      proxy.on("connect", (request, socket, head) => {
        const auth = request.headers["proxy-authorization"];
        seen.push({ url: request.url ?? "", auth });
        if (!auth) return void socket.end(REFUSED);
        const [host, port] = (request.url ?? "").split(":");
        const upstream = connect(Number(port), host, () => {
          socket.write("HTTP/1.1 200 OK\r\n\r\n");
          upstream.write(head);
          upstream.pipe(socket).pipe(upstream);
        });
        upstream.on("error", () => socket.destroy());
        socket.on("error", () => upstream.destroy());
      });
      await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    });
    after(() => proxy.closeAllConnections?.());
    after(() => void proxy.close());

    it("is used, with its own credentials", async () => {
      const server = await start({ tls, auth: basic });
      const credentials = {
        ...ca,
        ...basic,
        proxy: { address: address(), username: "p", password: "proxy-word" },
      };
      assert.deepEqual((await checkout(server.url("r"), main, { credentials })).tree, { a: "1" });
      assert.equal(seen[0]?.url, server.address.replace("https://", ""));
      assert.ok(seen.some(({ auth }) => auth === `Basic ${Buffer.from("p:proxy-word").toString("base64")}`));
    });
    it("is unreachable when it is down", async () => {
      const server = await start({ tls });
      const credentials = { ...ca, proxy: { address: "http://127.0.0.1:1" } };
      await assert.rejects(resolve(server.url("r"), main, credentials), { code: "unreachable" });
    });
  });
});
