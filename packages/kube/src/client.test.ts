import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { builtin, type KubeObject } from "@sluice/api";
import { scriptedClock } from "@sluice/testing";
import { type ClientOptions, createClient } from "./client.ts";
import { formatJson } from "./json.ts";
import { loadKubeConfig } from "./kubeconfig.ts";
import { kubeConfigClient } from "./remote.ts";
import { type Exchange, kubeconfigFor, type ScriptedServer, scriptedServer } from "./scripted-server.ts";
import type { ApiError, Client } from "./types.ts";

const { pods, secrets, deployments, nodes } = builtin;
const pod = (name = "p"): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "a" },
});
const key = { namespace: "a", name: "p" };

async function withClient(
  body: (client: Client, server: ScriptedServer) => Promise<void>,
  { user, ...options }: ClientOptions & { user?: Record<string, unknown> } = {},
) {
  const server = await scriptedServer(user);
  const client = createClient({ kubeConfig: { text: server.kubeconfig }, ...options });
  try {
    await body(client, server);
  } finally {
    await client.close();
    await server.close();
  }
}

const requests: Record<
  string,
  [call: (client: Client) => Promise<unknown>, expected: string, body?: unknown]
> = {
  "get of a namespaced object": [(c) => c.get(pods, key), "GET /api/v1/namespaces/a/pods/p"],
  "get of a cluster-scoped object": [(c) => c.get(nodes, { name: "n" }), "GET /api/v1/nodes/n"],
  "a name is one segment of the path": [
    (c) => c.get(nodes, { name: "system:a/b" }),
    "GET /api/v1/nodes/system%3Aa%2Fb",
  ],
  "create in a group": [
    (c) => c.create(deployments, pod(), { fieldManager: "me" }),
    "POST /apis/apps/v1/namespaces/a/deployments?fieldManager=me application/json",
    pod(),
  ],
  "update of a subresource": [
    (c) => c.update(pods, pod(), { subresource: "status" }),
    "PUT /api/v1/namespaces/a/pods/p/status application/json",
    pod(),
  ],
  "merge patch": [
    (c) => c.patch(pods, key, { type: "merge", body: { a: 1 } }),
    "PATCH /api/v1/namespaces/a/pods/p application/merge-patch+json",
    { a: 1 },
  ],
  "strategic patch": [
    (c) => c.patch(pods, key, { type: "strategic", body: {} }),
    "PATCH /api/v1/namespaces/a/pods/p application/strategic-merge-patch+json",
    {},
  ],
  "JSON patch": [
    (c) => c.patch(pods, key, { type: "json", body: [{ op: "remove", path: "/a" }] }),
    "PATCH /api/v1/namespaces/a/pods/p application/json-patch+json",
    [{ op: "remove", path: "/a" }],
  ],
  "server-side apply, verbatim, dry": [
    (c) => c.apply(pods, { ...pod(), unknown: [null] }, { fieldManager: "me", force: true, dryRun: true }),
    "PATCH /api/v1/namespaces/a/pods/p?fieldManager=me&dryRun=All&force=true application/apply-patch+yaml",
    { ...pod(), unknown: [null] },
  ],
  "apply of a status": [
    (c) => c.apply(pods, pod(), { fieldManager: "me", subresource: "status" }),
    "PATCH /api/v1/namespaces/a/pods/p/status?fieldManager=me application/apply-patch+yaml",
    pod(),
  ],
  "delete with preconditions": [
    (c) => c.delete(pods, key, { propagationPolicy: "Background", uid: "u", resourceVersion: "7" }),
    "DELETE /api/v1/namespaces/a/pods/p application/json",
    {
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: "Background",
      preconditions: { uid: "u", resourceVersion: "7" },
    },
  ],
};
for (const [name, [call, expected, body]] of Object.entries(requests)) {
  test(`request: ${name}`, () =>
    withClient(async (client, server) => {
      const answer = call(client);
      const seen = await server.next();
      const query = seen.query.size > 0 ? `?${seen.query}` : "";
      const type = seen.headers["content-type"] ?? "";
      assert.equal(`${seen.method} ${seen.path}${query} ${type}`.trim(), expected);
      if (body) assert.deepEqual(JSON.parse(seen.body), body);
      seen.reply(200, pod());
      await answer;
    }));
}

test("a namespaced object without namespace and a name that leaves its path are refused before they are sent", () =>
  withClient(async (client, server) => {
    await assert.rejects(
      client.get(pods, { name: "p" }),
      /Pod p: it is namespaced, but no namespace is given/,
    );
    await assert.rejects(client.get(nodes, { name: ".." }), /"\.\." is no name/);
    assert.equal(server.pending(), 0);
  }));

test("all requests share kept connections", () =>
  withClient(async (client, server) => {
    const serve = async (count: number) => {
      for (let served = 0; served < count; served++) (await server.next()).reply(200, pod());
    };
    for (let round = 0; round < 20; round++) await Promise.all([client.get(pods, key), serve(1)]);
    // A second one may open while the first is being given back.
    assert.ok(server.connections() <= 2, `${server.connections()} connections for 20 requests`);
    const before = server.connections();
    const other = client.as({ user: "someone" });
    await Promise.all([other.get(pods, key), serve(1)]);
    assert.ok(server.connections() <= before + 1, "impersonation opens connections of its own");
    // The server holds answers back until all requests are there; more than the bound never are.
    const calls = Array.from({ length: 100 }, () => client.get(pods, key));
    await serve(100);
    await Promise.all(calls);
    assert.ok(server.connections() <= 32, `${server.connections()} connections`);
  }));

test("64-bit integers arrive exactly and are sent back digit for digit; beyond 64 bits and fractions are doubles", () =>
  withClient(async (client, server) => {
    const text =
      '{"metadata":{"name":"p"},"a":9007199254740993,"b":-9223372036854775808,"c":12345678901234567890123,"d":0.12345678901234567,"e":"9007199254740993"}';
    const got = client.get(pods, key);
    (await server.next()).reply(200, text);
    const object = (await got)!;
    const { a, b, c, d, e } = object;
    assert.deepEqual(
      [a, b, c, d, e],
      [
        9007199254740993n,
        -(2n ** 63n),
        Number("12345678901234567890123"),
        Number("0.12345678901234567"),
        "9007199254740993",
      ],
    );
    const sent = client.create(pods, { ...object, metadata: { name: "p", namespace: "a" } });
    const { body, reply } = await server.next();
    assert.match(body, /"a":9007199254740993,"b":-9223372036854775808/);
    reply(201, pod());
    await sent;
    assert.equal(formatJson({ x: [1n, undefined, 2] }), '{"x":[1,null,2]}');
  }));

const status = (code: number, reason: string, message: string, details?: object) => ({
  kind: "Status",
  apiVersion: "v1",
  status: "Failure",
  code,
  reason,
  message,
  details,
});

type Failed = Partial<Pick<ApiError, "status" | "reason" | "causes" | "retryAfterMs">> & { message: RegExp };
const failures: Record<string, [answer: (exchange: Exchange) => void, expected: Failed]> = {
  "a Status becomes status, reason, message and causes": [
    (e) =>
      e.reply(
        422,
        status(422, "Invalid", "it is invalid", {
          causes: [{ reason: "FieldValueInvalid", message: "bad", field: "spec.x" }],
        }),
      ),
    {
      status: 422,
      reason: "Invalid",
      message: /^it is invalid$/,
      causes: [{ reason: "FieldValueInvalid", message: "bad", field: "spec.x" }],
    },
  ],
  "an answer of a proxy is quoted, shortly": [
    (e) => e.reply(502, `<html>${"x".repeat(5000)}`, { "content-type": "text/html" }),
    { status: 502, reason: "Unknown", message: /^<html>x{194}$/ },
  ],
  "an answer without a body says what was asked": [
    (e) => e.reply(403, "", { "content-type": "text/plain" }),
    {
      status: 403,
      reason: "Forbidden",
      message: /^POST \/api\/v1\/namespaces\/a\/pods: the server answered 403$/,
    },
  ],
  "JSON that is none": [
    (e) => e.reply(200, "{"),
    { status: 0, reason: "BadAnswer", message: /answered with invalid JSON/ },
  ],
  "a long wait that the server asks for is the caller's": [
    (e) => e.reply(503, status(503, "ServiceUnavailable", "down"), { "retry-after": "600" }),
    { status: 503, reason: "ServiceUnavailable", message: /down/, retryAfterMs: 600_000 },
  ],
  "a connection that breaks during a create is not tried again": [
    (e) => e.cut(),
    {
      status: 0,
      reason: "Unreachable",
      message: /^POST \/api\/v1\/namespaces\/a\/pods: no answer from 127\.0\.0\.1:\d+: /,
    },
  ],
};
for (const [name, [answer, { message, ...expected }]] of Object.entries(failures)) {
  test(`failure: ${name}`, () =>
    withClient(async (client, server) => {
      const call = client.create(pods, pod());
      answer(await server.next());
      await assert.rejects(call, (error: ApiError) => {
        assert.equal(error.name, "ApiError");
        assert.match(error.message, message);
        for (const [field, value] of Object.entries(expected))
          assert.deepEqual(error[field as keyof ApiError], value);
        return true;
      });
      assert.equal(server.pending(), 0);
    }));
}

test("what is not there is undefined to get and false to delete", () =>
  withClient(async (client, server) => {
    const got = client.get(pods, key);
    (await server.next()).reply(404, status(404, "NotFound", "gone"));
    assert.equal(await got, undefined);
    const deleted = client.delete(pods, key);
    (await server.next()).reply(404, status(404, "NotFound", "gone"));
    assert.equal(await deleted, false);
  }));

test("no value of a Secret reaches an error, however the server writes it", () =>
  withClient(async (client, server) => {
    const encoded = Buffer.from('hunter2\nline "two"').toString("base64");
    const secret = {
      ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "a" } },
      data: { password: encoded, short: "x" },
      stringData: { token: "abc-def", pin: 123456 },
    };
    const call = client.apply(secrets, secret, { fieldManager: "me" });
    const message = `cannot use ${encoded} or "hunter2" or line \\"two\\" or abc-def or &{Value:123456} or "x" at data.password`;
    (await server.next()).reply(
      400,
      status(400, "BadRequest", message, { causes: [{ message: "abc-def" }] }),
    );
    await assert.rejects(call, (error: ApiError) => {
      assert.equal(
        error.message,
        'cannot use ***** or "*****" or ***** or ***** or &{Value:*****} or ***** at data.password',
      );
      assert.deepEqual(error.causes, [{ message: "*****" }]);
      return true;
    });
  }));

test("an overloaded server is asked again when it says, up to ten times", async () => {
  const clock = scriptedClock();
  const naps: number[] = [];
  const sleep = async (ms: number) => void naps.push(ms);
  await withClient(
    async (client, server) => {
      const call = client.get(pods, key);
      (await server.next()).reply(429, status(429, "TooManyRequests", "slow down"), { "retry-after": "3" });
      (await server.next()).reply(429, status(429, "TooManyRequests", "slow down"));
      (await server.next()).reply(200, pod());
      assert.ok(await call);
      assert.deepEqual(naps, [3000, 1000]);
      const lost = client.get(pods, key);
      lost.catch(() => undefined);
      for (let tried = 0; tried < 10; tried++)
        (await server.next()).reply(429, status(429, "TooManyRequests", "slow down"));
      await assert.rejects(lost, { status: 429, reason: "TooManyRequests", retryAfterMs: 1000 });
    },
    { clock: { ...clock, sleep } },
  );
});

test("a read is tried again when a kept connection turns out to be closed, at most twice", () =>
  withClient(async (client, server) => {
    const call = client.get(pods, key);
    (await server.next()).cut();
    (await server.next()).cut();
    (await server.next()).reply(200, pod());
    assert.ok(await call);
    const lost = client.get(pods, key);
    lost.catch(() => undefined);
    for (let tried = 0; tried < 3; tried++) (await server.next()).cut();
    await assert.rejects(lost, { status: 0 });
  }));

test("a call ends with its signal, with the signal's reason", () =>
  withClient(async (client, server) => {
    const over = new AbortController();
    const call = client.get(pods, key, { signal: over.signal });
    await server.next();
    over.abort(new Error("shutdown"));
    await assert.rejects(call, /^Error: shutdown$/);
  }));

test("a rate limit lets a burst through and then one call at a time", async () => {
  const clock = scriptedClock();
  const naps: number[] = [];
  const sleep = async (ms: number) => void naps.push(ms);
  await withClient(
    async (client, server) => {
      for (let call = 0; call < 7; call++) {
        const got = client.get(pods, key);
        (await server.next()).reply(200, pod());
        await got;
      }
      assert.deepEqual(naps, [500, 1000]);
    },
    { qps: 2, clock: { ...clock, sleep } },
  );
});

test("every answer is counted, and so is none", async () => {
  const counted: string[] = [];
  await withClient(
    async (client, server) => {
      const call = client.create(pods, pod());
      (await server.next()).reply(409, status(409, "AlreadyExists", "it is there"));
      await assert.rejects(call);
      const lost = client.create(pods, pod());
      (await server.next()).cut();
      await assert.rejects(lost);
      assert.deepEqual(counted, [`409 POST ${client.host}`, `<error> POST ${client.host}`]);
    },
    { metrics: (code, method, host) => void counted.push(`${code} ${method} ${host}`) },
  );
});

test("impersonation names user and groups, over the user of the kubeconfig", () =>
  withClient(
    async (client, server) => {
      const call = client.as({ user: "system:serviceaccount:a:b", groups: ["one", "two"] }).get(pods, key);
      const { headers, reply } = await server.next();
      assert.equal(headers["impersonate-user"], "system:serviceaccount:a:b");
      assert.equal(headers["impersonate-group"], "one, two");
      assert.equal(headers.authorization, "Bearer t0ken");
      assert.equal(headers["user-agent"], "sluice/1");
      reply(200, pod());
      await call;
    },
    { user: { token: "t0ken", as: "someone" }, userAgent: "sluice/1" },
  ));

test("a token file is read again when the server does not take the token", async () => {
  const directory = mkdtempSync(join(tmpdir(), "kube-"));
  const tokenFile = join(directory, "token");
  writeFileSync(tokenFile, "one\n");
  try {
    await withClient(
      async (client, server) => {
        const call = client.get(pods, key);
        const first = await server.next();
        assert.equal(first.headers.authorization, "Bearer one");
        writeFileSync(tokenFile, "two\n");
        first.reply(401, status(401, "Unauthorized", "no"));
        const second = await server.next();
        assert.equal(second.headers.authorization, "Bearer two");
        second.reply(401, status(401, "Unauthorized", "no"));
        await assert.rejects(call, { status: 401 });
      },
      { user: { tokenFile } },
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("credentials of an exec plugin are asked for once, however many requests wait for them", async () => {
  const credential = {
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: { token: "plugged" },
  };
  const script = `require("fs").appendFileSync(process.argv[1], "x"); console.log(${JSON.stringify(JSON.stringify(credential))})`;
  const directory = mkdtempSync(join(tmpdir(), "kube-"));
  const counter = join(directory, "count");
  try {
    await withClient(
      async (client, server) => {
        const calls = [client.get(pods, key), client.get(pods, key)];
        for (const _ of calls) {
          const { headers, reply } = await server.next();
          assert.equal(headers.authorization, "Bearer plugged");
          reply(200, pod());
        }
        await Promise.all(calls);
        const { readFileSync } = await import("node:fs");
        assert.equal(readFileSync(counter, "utf8"), "x");
      },
      { user: { exec: { command: process.execPath, args: ["-e", script, counter] } } },
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("an expired page starts the list again without pages", () =>
  withClient(async (client, server) => {
    const call = client.list(pods);
    (await server.next()).reply(200, {
      items: [pod("one")],
      metadata: { resourceVersion: "1", continue: "c" },
    });
    (await server.next()).reply(410, status(410, "Expired", "too old"));
    const whole = await server.next();
    assert.equal(whole.query.get("limit"), null);
    whole.reply(200, { items: [pod("one"), pod("two")], metadata: { resourceVersion: "9" } });
    const { items, resourceVersion } = await call;
    assert.deepEqual([items.length, resourceVersion], [2, "9"]);
  }));

const refusals: Record<string, [user: object, cluster: object, expected: RegExp]> = {
  "a token file": [
    { tokenFile: "/var/run/secrets/token" },
    {},
    /tokenFile names a file of the controller's pod/,
  ],
  "a client key on disk": [{ "client-key": "/k" }, {}, /client-key names a file/],
  "an authority on disk": [{}, { "certificate-authority": "/ca" }, /certificate-authority names a file/],
  "an exec plugin": [{ exec: { command: "sh" } }, {}, /exec plugins are not allowed/],
  "an auth provider": [{ "auth-provider": { name: "gcp" } }, {}, /auth-provider is not supported/],
  "unverified TLS": [{}, { "insecure-skip-tls-verify": true }, /insecure-skip-tls-verify is not allowed/],
};
for (const [name, [user, cluster, expected]] of Object.entries(refusals)) {
  test(`a tenant's kubeconfig is refused for ${name}`, () => {
    const text = kubeconfigFor("https://127.0.0.1:1", user as Record<string, unknown>, cluster);
    assert.throws(() => kubeConfigClient(text), expected);
  });
}

test("a tenant's kubeconfig may do what is allowed, and an error never repeats it", async () => {
  const text = kubeconfigFor(
    "https://127.0.0.1:1",
    { exec: { command: "true" } },
    { "insecure-skip-tls-verify": true },
  );
  await kubeConfigClient(text, { allowExec: true, allowInsecureTls: true }).close();
  for (const broken of ["token: s3cret: x", "[s3cret", "users: s3cret", ""]) {
    assert.throws(
      () => kubeConfigClient(broken),
      (error: Error) => /kubeconfig/.test(error.message) && !/s3cret/.test(error.message),
    );
  }
});

test("kubeconfigs: the context must exist, a pod needs its environment, nothing found says where it looked", () => {
  const text = kubeconfigFor("http://127.0.0.1:1");
  assert.throws(
    () => loadKubeConfig({ text, context: "other" }),
    /no cluster for context other; contexts: x/,
  );
  assert.throws(() => loadKubeConfig("inCluster", {}), /KUBERNETES_SERVICE_HOST is not set/);
  assert.throws(() => loadKubeConfig({ file: "/nowhere" }), /kubeconfig \/nowhere cannot be read: ENOENT/);
  assert.throws(
    () => loadKubeConfig(undefined, { HOME: "/nowhere" }),
    /no kubeconfig: .*\/nowhere\/\.kube\/config/,
  );
});
