import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { after, test } from "node:test";
import { createAuthority, type RegistryServerOptions, startRegistry } from "@sluice/testing";
import { createRegistryClient, type RegistryOptions } from "./client.ts";
import { digestOf } from "./digest.ts";
import { isOciError, type OciErrorCode } from "./errors.ts";
import { parseReference } from "./reference.ts";

const signal = AbortSignal.timeout(600_000);
const closing: (() => Promise<void>)[] = [];
after(() => Promise.all(closing.map((close) => close())));

const data = Buffer.from("the content of a layer");
const pushed = { config: { mediaType: "a/config", data: "{}" }, layers: [{ mediaType: "a/layer", data }] };

async function registryWith(options: RegistryServerOptions = {}, tags: string[] = ["1.0.0"]) {
  const server = await startRegistry(options);
  closing.push(server.close);
  for (const tag of tags) server.push("org/app", tag, pushed);
  return { ...server, app: (rest = "") => parseReference(`${server.host}/org/app${rest}`) };
}

function clientOf(options: Partial<RegistryOptions> = {}) {
  const client = createRegistryClient({
    userAgent: "test",
    plainHttp: true,
    retryDelay: () => 1,
    ...options,
  });
  closing.push(client.close);
  return client;
}

async function read(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

const failsWith =
  (code: OciErrorCode, message = /./) =>
  (thrown: unknown) => {
    assert.ok(isOciError(thrown), String((thrown as Error).stack));
    assert.equal(thrown.code, code, thrown.message);
    assert.match(thrown.message, message);
    return true;
  };

const me = { kind: "basic", username: "me", password: "s3cret" } as const;

/** What it takes to get in, and what is shown. */
const doors: Record<string, [server: RegistryServerOptions, client: Partial<RegistryOptions>]> = {
  nobody: [{}, {}],
  "a password": [{ auth: { ...me } }, { credentials: () => me }],
  "a token for anybody": [{ auth: { kind: "bearer" } }, {}],
  "a token for a password": [{ auth: { ...me, kind: "bearer" } }, { credentials: () => me }],
  "a token for an identity token": [
    { auth: { kind: "bearer", identityToken: "s3cret" } },
    { credentials: () => ({ kind: "identity-token", token: "s3cret" }) },
  ],
};
for (const [sentence, [server, options]] of Object.entries(doors))
  test(`a door with ${sentence} opens to tags, manifests and blobs`, async () => {
    const registry = await registryWith(server);
    const client = clientOf(options);
    assert.deepEqual(await client.tags(registry.app(), { signal }), ["1.0.0"]);
    const resolved = await client.resolve(registry.app(":1.0.0"), { signal });
    const { descriptor, manifest, bytes } = await client.manifest(registry.app(":1.0.0"), { signal });
    assert.deepEqual(resolved, descriptor);
    assert.equal(digestOf(bytes), descriptor.digest);
    assert.ok(manifest.kind === "image");
    assert.equal(await read(client.blob(registry.app(), manifest.layers[0]!, { signal })), data.toString());
    const denied = registry
      .requests()
      .filter(({ path, authorization }) => path.startsWith("/v2/") && !authorization);
    assert.ok(server.auth ? denied.length === 1 : denied.length === 4, "asked once, remembered after that");
  });

/** Doors that stay shut. */
const shut: Record<
  string,
  [server: RegistryServerOptions, client: Partial<RegistryOptions>, message: RegExp]
> = {
  "a password and none is shown": [
    { auth: me },
    {},
    /org\/app:1\.0\.0: the registry wants other credentials.*\(401: UNAUTHORIZED authentication required\)/,
  ],
  "a password and another is shown": [
    { auth: me },
    { credentials: () => ({ ...me, password: "wr0ng" }) },
    /other credentials/,
  ],
  "a token and another password is shown": [
    { auth: { ...me, kind: "bearer" } },
    { credentials: () => ({ ...me, password: "wr0ng" }) },
    /token server .*other credentials/,
  ],
  "a token and another one is shown": [
    { auth: { ...me, kind: "bearer" } },
    { credentials: () => ({ kind: "bearer", token: "wr0ng" }) },
    /other credentials/,
  ],
};
for (const [sentence, [server, options, message]] of Object.entries(shut))
  test(`a door with ${sentence} stays shut`, async () => {
    const registry = await registryWith(server);
    await assert.rejects(
      clientOf(options).manifest(registry.app(":1.0.0"), { signal }),
      failsWith("denied", message),
    );
    assert.ok(registry.requests().length <= 3, "no endless asking");
  });

test("a token that has expired is replaced", async () => {
  const registry = await registryWith({ auth: { kind: "bearer" } });
  const client = clientOf();
  await client.tags(registry.app(), { signal });
  registry.expireTokens();
  assert.deepEqual(await client.tags(registry.app(), { signal }), ["1.0.0"]);
});

test("credentials do not follow a blob to where it is stored, nor does its address reach errors", async () => {
  const registry = await registryWith({ auth: me, blobsElsewhere: true });
  const client = clientOf({ credentials: () => me });
  const { manifest } = await client.manifest(registry.app(":1.0.0"), { signal });
  assert.ok(manifest.kind === "image");
  const [layer] = manifest.layers;
  assert.equal(await read(client.blob(registry.app(), layer!, { signal })), data.toString());
  const stored = registry.requests().filter(({ to }) => to === "storage");
  assert.deepEqual([stored.length, stored[0]!.authorization], [1, undefined]);
  registry.inject({ status: 401, headers: { "WWW-Authenticate": 'Basic realm="x"' } }, { path: "signature" });
  await assert.rejects(read(client.blob(registry.app(), layer!, { signal })), (thrown: Error) => {
    assert.doesNotMatch(thrown.message, /signature|secret/);
    return failsWith("denied")(thrown);
  });
  assert.ok(
    registry.requests().every(({ to, authorization }) => to !== "storage" || authorization === undefined),
  );
});

test("what a server says is told without secrets and control characters", async () => {
  const registry = await registryWith({ auth: me });
  const client = clientOf({ credentials: () => me });
  await client.tags(registry.app(), { signal });
  const base64 = Buffer.from("me:s3cret").toString("base64");
  const body = JSON.stringify({ errors: [{ code: "DENIED", message: `s3cret ${base64} \u001b[31m\n no` }] });
  registry.inject({ status: 403, body });
  await assert.rejects(
    client.tags(registry.app(), { signal }),
    failsWith("denied", /\(403: DENIED \*\*\* \*\*\* {2}\[31m {2}no\)$/),
  );
});

test("lists go on over pages", async () => {
  const tags = Array.from({ length: 7 }, (_, at) => `1.0.${at}`);
  const registry = await registryWith({ pageSize: 3 }, tags);
  assert.deepEqual(await clientOf().tags(registry.app(), { signal }), tags);
  assert.equal(registry.requests().length, 3);
});

test("a manifest is found by its digest, and is nothing else", async () => {
  const registry = await registryWith();
  const client = clientOf();
  const { digest } = registry.content.manifest("org/app", "1.0.0")!;
  assert.equal((await client.manifest(registry.app(`@${digest}`), { signal })).descriptor.digest, digest);
  const none = `@sha256:${"0".repeat(64)}`;
  await assert.rejects(
    client.manifest(registry.app(none), { signal }),
    failsWith("not-found", /404: MANIFEST_UNKNOWN/),
  );
  await assert.rejects(
    client.resolve(registry.app(":2"), { signal }),
    failsWith("not-found", /org\/app:2: not found/),
  );
  registry.content.manifest("org/app", "1.0.0")!.data[0] = 32;
  await assert.rejects(client.manifest(registry.app(`@${digest}`), { signal }), failsWith("bad-digest"));
  await assert.rejects(
    client.manifest(registry.app(":1.0.0"), { signal }),
    failsWith("bad-digest", /expected sha256/),
  );
});

/** What a damaged blob's bytes become. */
const damages: Record<string, [damage: Buffer, message: RegExp]> = {
  changed: [Buffer.from(data).fill("x", 0, 1), /its digest is sha256:/],
  longer: [Buffer.concat([data, data]), /expected 22 bytes and got more/],
  shorter: [data.subarray(1), /expected 22 bytes and got 21/],
};
for (const [how, [damage, message]] of Object.entries(damages))
  test(`a blob that is ${how} is refused`, async () => {
    const registry = await registryWith();
    const client = clientOf();
    const { manifest } = await client.manifest(registry.app(":1.0.0"), { signal });
    assert.ok(manifest.kind === "image");
    const original = registry.content.blob;
    registry.content.blob = (repository, digest) => original(repository, digest) && damage;
    await assert.rejects(
      read(client.blob(registry.app(), manifest.layers[0]!, { signal })),
      failsWith("bad-digest", message),
    );
  });

test("a blob that is larger than what is allowed is not asked for", async () => {
  const registry = await registryWith();
  const layer = { mediaType: "a/layer", digest: digestOf(data), size: data.length };
  await assert.rejects(
    read(clientOf().blob(registry.app(), layer, { signal, maxBytes: 21 })),
    failsWith("too-large", /22 bytes are more than the 21/),
  );
  assert.equal(registry.requests().length, 0);
});

/** Trouble that passes, and how often it comes. */
for (const fault of [
  { status: 503 },
  { status: 429, headers: { "Retry-After": "0" } },
  "disconnect",
] as const)
  test(`asks again after ${JSON.stringify(fault)}`, async () => {
    const registry = await registryWith();
    registry.inject(fault, { times: 2 });
    assert.deepEqual(await clientOf().tags(registry.app(), { signal }), ["1.0.0"]);
    assert.equal(registry.requests().length, 3);
  });

test("does not ask for ever, and not where waiting would be long", async () => {
  const registry = await registryWith();
  registry.inject({ status: 503 });
  await assert.rejects(
    clientOf().tags(registry.app(), { signal }),
    failsWith("unreachable", /answers 503 \(5 attempts\); try again later/),
  );
  assert.equal(registry.requests().length, 5);
  registry.inject({ status: 429, headers: { "Retry-After": "3600" } });
  await assert.rejects(
    clientOf().tags(registry.app(), { signal }),
    failsWith("unreachable", /asks for patience for 3600 s \(429\)/),
  );
  assert.equal(registry.requests().length, 6);
});

test("stops when it is told to, and when the time is over", async () => {
  const registry = await registryWith();
  registry.inject("hang");
  const stop = AbortSignal.timeout(50);
  await assert.rejects(clientOf().tags(registry.app(), { signal: stop }), failsWith("timeout"));
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  await assert.rejects(clientOf().tags(registry.app(), { signal: controller.signal }), failsWith("aborted"));
  registry.inject({ status: 503 });
  const waiting = clientOf({ retryDelay: () => 10_000 }).tags(registry.app(), {
    signal: AbortSignal.timeout(200),
  });
  await assert.rejects(waiting, failsWith("timeout"));
});

test("TLS: the authority must be known, or anybody may come", async () => {
  const authority = createAuthority();
  const registry = await registryWith({
    tls: { ...authority.server(["127.0.0.1"]), clientCa: authority.cert },
  });
  const own = { ...authority.client("me"), ca: authority.cert };
  const ask = (options: Partial<RegistryOptions>) =>
    clientOf({ plainHttp: false, ...options }).tags(registry.app(), { signal });
  assert.deepEqual(await ask({ tls: own }), ["1.0.0"]);
  assert.deepEqual(await ask({ tls: { ...own, ca: undefined, insecure: true } }), ["1.0.0"]);
  await assert.rejects(ask({}), failsWith("tls", /the certificate of 127\.0\.0\.1:\d+ is not trusted/));
  await assert.rejects(
    ask({ tls: { ca: authority.cert } }),
    (thrown) => isOciError(thrown) && /tls|unreachable/.test(thrown.code),
  );
  const plain = await registryWith();
  await assert.rejects(
    clientOf({ plainHttp: false }).tags(plain.app(), { signal }),
    failsWith("tls", /speaks no TLS; .* allow plain HTTP/),
  );
});

test("a registry that is not there is told of at once", async () => {
  const registry = await registryWith();
  await registry.close();
  await assert.rejects(
    clientOf({ retryDelay: () => 60_000 }).tags(registry.app(), { signal }),
    failsWith("unreachable", /refuses connections/),
  );
});

test("addresses are asked through the proxy that they have, and its password stays with it", async () => {
  const authority = createAuthority();
  const secure = await registryWith({ tls: authority.server(["127.0.0.1"]) });
  const seen: (string | undefined)[] = [];
  const proxy = createServer().on("connect", (request, socket: Socket) => {
    seen.push(request.headers["proxy-authorization"]);
    const to = connect(Number(request.url!.split(":")[1]), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      to.pipe(socket).pipe(to);
    });
    for (const one of [socket, to]) one.on("error", () => one.destroy());
  });
  const host = await listening(proxy);
  const proxyFor = (url: URL) => (url.port ? `http://me:s3cret@${host}` : undefined);
  const client = clientOf({ plainHttp: false, tls: { ca: authority.cert }, proxyFor });
  assert.deepEqual(await client.tags(secure.app(), { signal }), ["1.0.0"]);
  assert.deepEqual(seen, [`Basic ${Buffer.from("me:s3cret").toString("base64")}`]);
  const refusing = createServer().on("connect", (_, socket) => socket.end("HTTP/1.1 407 No\r\n\r\n"));
  const other = await listening(refusing);
  const asking = clientOf({ plainHttp: false, proxyFor: () => `http://me:s3cret@${other}` }).tags(
    secure.app(),
    { signal },
  );
  await assert.rejects(
    asking,
    failsWith("unreachable", /the proxy does not let requests to 127\.0\.0\.1:\d+ through \(407\)$/),
  );
  refusing.close();
  const gone = clientOf({ plainHttp: false, proxyFor: () => "http://127.0.0.1:1" }).tags(secure.app(), {
    signal,
  });
  await assert.rejects(gone, failsWith("unreachable", /the proxy of 127\.0\.0\.1:\d+ refuses connections/));
});

/** Where a server listens until the tests are over. */
async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  closing.push(async () => void server.close().closeAllConnections());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Servers that do not behave; `{}` in headers stands for their own address. */
const hostile: Record<string, [answer: RequestListener, code: OciErrorCode, message: RegExp]> = {
  "redirects for ever": [
    (request, response) => response.writeHead(302, { Location: `${request.url}x` }).end(),
    "bad-answer",
    /more than 5 redirects/,
  ],
  "redirects to a file": [
    (_, response) => response.writeHead(302, { Location: "file:///etc/passwd" }).end(),
    "bad-answer",
    /redirected to no address/,
  ],
  "has a token server at an inner address": [
    (_, response) =>
      response.writeHead(401, { "WWW-Authenticate": 'Bearer realm="http://169.254.169.254/token"' }).end(),
    "bad-answer",
    /is at the inner address 169\.254\.169\.254; credentials do not go there/,
  ],
  "hides that address in another family": [
    (_, response) =>
      response
        .writeHead(401, { "WWW-Authenticate": 'Bearer realm="http://[::ffff:169.254.169.254]/token"' })
        .end(),
    "bad-answer",
    /is at the inner address/,
  ],
  "has a token server without an address": [
    (_, response) => response.writeHead(401, { "WWW-Authenticate": "Bearer x=y" }).end(),
    "bad-answer",
    /has no address/,
  ],
  "gives no token": [
    (request, response) =>
      request.url?.startsWith("/token")
        ? response.end('{"token":"a\\nb"}')
        : response
            .writeHead(401, { "WWW-Authenticate": `Bearer realm="http://${request.headers.host}/token"` })
            .end(),
    "bad-answer",
    /token server .*holds no token/,
  ],
  "lists no tags": [(_, response) => response.end('{"tags":[1]}'), "bad-answer", /holds no list of tags/],
  "lists tags without end": [
    (_, response) => response.end(JSON.stringify({ tags: new Array(500_000).fill("1.0.0") })),
    "too-large",
    /more than 100000 tags/,
  ],
  "has a word for a list": [(_, response) => response.end('"tags"'), "bad-answer", /holds no list of tags/],
  "goes on elsewhere": [
    (_, response) =>
      response
        .writeHead(200, { Link: '<http://example.com/v2/org/app/tags/list?n=1>; rel="next"' })
        .end('{"tags":[]}'),
    "bad-answer",
    /not in the same list/,
  ],
  "lists the same page for ever": [
    (request, response) =>
      response.writeHead(200, { Link: `<${request.url}>; rel="next"` }).end('{"tags":[]}'),
    "bad-answer",
    /not in the same list/,
  ],
  "lists pages for ever": [
    (request, response) =>
      response
        .writeHead(200, { Link: `<?n=${Number(request.url?.split("=")[1] ?? 0) + 1}>; rel="next"` })
        .end('{"tags":[]}'),
    "too-large",
    /more than 1000 pages/,
  ],
  "never ends": [
    (_, response) => {
      const more = (error?: Error | null) => !error && response.write(Buffer.alloc(1 << 20), more);
      more();
    },
    "too-large",
    /larger than 8388608 bytes/,
  ],
  "is a teapot": [
    (_, response) => response.writeHead(418).end("<html>"),
    "bad-answer",
    /does not answer as it should \(418\)$/,
  ],
};
for (const [sentence, [answer, code, message]] of Object.entries(hostile))
  test(`a server that ${sentence} is left`, async () => {
    const host = await listening(createServer(answer));
    const asking = clientOf({ credentials: () => me }).tags(parseReference(`${host}/org/app`), { signal });
    await assert.rejects(asking, failsWith(code, message));
  });

test("https never becomes http on the way", async () => {
  const authority = createAuthority();
  const plain = await registryWith();
  const registry = await registryWith({ tls: authority.server(["127.0.0.1"]) });
  registry.inject({ status: 307, headers: { Location: `${plain.address}/v2/org/app/tags/list` } });
  const asking = clientOf({ plainHttp: false, tls: { ca: authority.cert } }).tags(registry.app(), { signal });
  await assert.rejects(asking, failsWith("bad-answer", /redirected from https to http/));
  assert.equal(plain.requests().length, 0);
  registry.inject({ status: 401, headers: { "WWW-Authenticate": `Bearer realm="${plain.address}/token"` } });
  const other = clientOf({ plainHttp: false, tls: { ca: authority.cert }, credentials: () => me });
  await assert.rejects(other.tags(registry.app(), { signal }), failsWith("bad-answer", /without TLS/));
  assert.equal(plain.requests().length, 0);
});

test("a registry that keeps digests to itself is believed by what it sends", async () => {
  const body = JSON.stringify({
    config: { mediaType: "a/b", digest: `sha256:${"0".repeat(64)}`, size: 0 },
    layers: [],
  });
  const server = createServer((request, response) =>
    response
      .writeHead(200, { "Content-Type": "application/vnd.oci.image.manifest.v1+json" })
      .end(request.method === "HEAD" ? undefined : body),
  );
  const reference = parseReference(`${await listening(server)}/org/app:1`);
  const { digest } = await clientOf().resolve(reference, { signal });
  assert.equal(digest, digestOf(Buffer.from(body)));
});
