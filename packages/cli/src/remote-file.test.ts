import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { gzipSync } from "node:zlib";
import {
  type Authority,
  createAuthority,
  listen,
  type StaticServer,
  startStaticServer,
} from "@sluice/testing";
import { remoteFile } from "./remote-file.ts";

describe("a file over HTTP", () => {
  let server: StaticServer;
  let secure: StaticServer;
  let authority: Authority;
  let listener: Awaited<ReturnType<typeof listen>>;
  let guarded: string;
  let seen: (string | undefined)[] = [];
  const files = new Map<string, string>([["a.yaml", "a: 1\n"]]);
  const signal = new AbortController().signal;
  const redirect = (location: string) => ({ status: 302, headers: { location } });

  before(async () => {
    server = await startStaticServer({ files });
    authority = createAuthority();
    secure = await startStaticServer({ files, tls: authority.server(["127.0.0.1"]) });
    // Wants a user, and sends what it got on to the other server.
    listener = await listen((request, response) => {
      seen.push(request.headers.authorization);
      if (request.url === "/away") response.writeHead(302, { location: server.url("a.yaml") }).end();
      else if (request.url === "/here") response.writeHead(302, { location: "/a.yaml" }).end();
      else response.writeHead(request.headers.authorization ? 200 : 401).end("guarded\n");
    });
    guarded = `127.0.0.1:${listener.port}`;
  });
  after(async () => {
    await server?.close();
    await secure?.close();
    await listener?.close();
  });

  it("is its content", async () => {
    assert.equal(String(await remoteFile(server.url("a.yaml"), signal)), "a: 1\n");
  });

  it("may come compressed", async () => {
    const headers = { "content-encoding": "gzip" };
    server.inject({ status: 200, headers, body: gzipSync("a: 1\n") });
    assert.equal(String(await remoteFile(server.url("a.yaml"), signal)), "a: 1\n");
    server.inject({ status: 200, headers, body: gzipSync("x".repeat(2000)) });
    await assert.rejects(
      remoteFile(server.url("a.yaml"), signal, { bytes: 1000 }),
      /^Error: larger than 1000/,
    );
    server.inject({ status: 200, headers, body: "damaged" });
    await assert.rejects(remoteFile(server.url("a.yaml"), signal), /incorrect header check/);
    server.inject();
  });

  it("may lie behind redirects", async () => {
    server.inject(redirect("/a.yaml"), { times: 3, path: "moved" });
    assert.equal(String(await remoteFile(server.url("moved"), signal)), "a: 1\n");
  });

  it("is asked for through its proxy", async () => {
    const proxyFor = ({ hostname }: URL) => (hostname === "files.invalid" ? server.address : undefined);
    const ask = (url: string) => remoteFile(url, signal, { proxyFor });
    assert.equal(String(await ask("http://files.invalid/a.yaml")), "a: 1\n");
    await assert.rejects(ask("http://other.invalid/a.yaml"), /other\.invalid/);
  });

  it("may want a user, who is told to no other server", async () => {
    seen = [];
    const user = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
    assert.equal(String(await remoteFile(`http://me:p%40ss@${guarded}/here`, signal)), "guarded\n");
    assert.equal(String(await remoteFile(`http://me:p%40ss@${guarded}/away`, signal)), "a: 1\n");
    assert.deepEqual(seen, [user, user, user]);
  });

  const refusals: Record<string, [fault: Parameters<StaticServer["inject"]>[0], message: RegExp]> = {
    "that is not there": [{ status: 404 }, /^HTTP Error: status code 404 \(Not Found\)$/],
    "behind a redirect to another scheme": [
      redirect("file:///etc/passwd"),
      /^redirected from http: to file:, which is not followed$/,
    ],
    "behind a redirect to nowhere": [redirect("http://"), /^redirected to what is no URL$/],
    "behind too many redirects": [redirect("/b.yaml"), /^stopped after 10 redirects$/],
    "that is too large": [{ status: 200, body: "x".repeat(2000) }, /^larger than 1000 bytes/],
    "whose server never answers": ["hang", /^not there after 0.5 s$/],
    "whose server hangs up": ["disconnect", /other side closed|ECONNRESET|socket hang up/],
  };
  for (const [sentence, [fault, message]] of Object.entries(refusals)) {
    it(`is refused ${sentence}`, async () => {
      server.inject(fault);
      const url = server.url("b.yaml").replace("//", "//me:hunter2@");
      await assert
        .rejects(
          remoteFile(`${url}?sig=hunter2`, signal, {
            bytes: 1000,
            timeoutMs: fault === "hang" ? 500 : 120_000,
          }),
          (error: Error) => {
            assert.match(error.message, message);
            assert.doesNotMatch(`${error.stack} ${error.cause}`, /hunter2/);
            return true;
          },
        )
        .finally(() => server.inject());
    });
  }

  it("is refused from a server that nobody vouches for", () =>
    assert.rejects(remoteFile(secure.url("a.yaml"), signal), /certificate/));

  it("over HTTPS leads to no other by HTTP", async () => {
    const trusted = getCACertificates();
    setDefaultCACertificates([...trusted, authority.cert]);
    try {
      assert.equal(String(await remoteFile(secure.url("a.yaml"), signal)), "a: 1\n");
      secure.inject(redirect(server.url("a.yaml")));
      await assert.rejects(
        remoteFile(secure.url("a.yaml"), signal),
        /^Error: redirected from https: to http:/,
      );
    } finally {
      secure.inject();
      setDefaultCACertificates(trusted);
    }
  });

  it("ends with the command", () =>
    assert.rejects(
      remoteFile(server.url("a.yaml"), AbortSignal.abort(new Error("interrupted"))),
      /interrupted/,
    ));
});
