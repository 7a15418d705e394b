import assert from "node:assert/strict";
import { test } from "node:test";
import { builtin } from "@sluice/api";
import { type ScriptedClock, scriptedClock } from "@sluice/testing";
import { createClient } from "./client.ts";
import { type ScriptedServer, scriptedServer } from "./scripted-server.ts";
import type { Client } from "./types.ts";

const web = { group: "example.com", version: "v1", kind: "Web" };
const found = { ...web, plural: "webs", namespaced: true };
const resource = {
  resource: "webs",
  responseKind: { group: "", version: "", kind: "Web" },
  scope: "Namespaced",
};
const item = (group: string, version: string, ...resources: object[]) => ({
  metadata: { name: group },
  versions: [{ version, resources }],
});
const aggregatedOf = (...items: object[]) => ({
  kind: "APIGroupDiscoveryList",
  apiVersion: "apidiscovery.k8s.io/v2",
  items,
});
const listOf = (...resources: object[]) => ({ kind: "APIResourceList", resources });
const webs = { name: "webs", kind: "Web", namespaced: true };
const missing = { kind: "Status", code: 404, reason: "NotFound", message: "none" };

function story(
  name: string,
  body: (client: Client, server: ScriptedServer, clock: ScriptedClock) => Promise<void>,
) {
  test(name, async () => {
    const server = await scriptedServer();
    const clock = scriptedClock();
    const client = createClient({ kubeConfig: { text: server.kubeconfig }, clock });
    try {
      await body(client, server, clock);
      assert.equal(server.pending(), 0);
    } finally {
      await client.close();
      await server.close();
    }
  });
}

async function answer(server: ScriptedServer, path: string, body: unknown, status = 200) {
  const request = await server.next();
  assert.equal(request.path, path);
  request.reply(status, body);
}

const core = aggregatedOf(
  item("", "v1", { resource: "nodes", responseKind: { kind: "Node" }, scope: "Cluster" }),
);

story(
  "an aggregating server tells all kinds in two requests, whoever asks at once",
  async (client, server) => {
    const asked = [client.kindOf(web), client.kindOf({ group: "", version: "v1", kind: "Node" })];
    await answer(server, "/api", core);
    await answer(
      server,
      "/apis",
      aggregatedOf(item("example.com", "v1", resource, { resource: "without-kind" })),
    );
    assert.deepEqual(await Promise.all(asked), [found, builtin.nodes]);
    assert.deepEqual(await client.kindOf(web), found);
    assert.deepEqual(await client.kindOf({ ...web, version: "" }), found);
  },
);

story(
  "an older server is asked for the one group and version; subresources are no kinds",
  async (client, server) => {
    const asked = client.kindOf(web);
    await answer(server, "/api", { kind: "APIVersions", versions: ["v1"] });
    await answer(server, "/apis", {
      kind: "APIGroupList",
      groups: [{ name: "example.com", versions: [{ version: "v1" }] }],
    });
    await answer(server, "/apis/example.com/v1", listOf({ ...webs, name: "webs/status" }, webs));
    assert.deepEqual(await asked, found);
  },
);

story("an unknown kind is asked for again, but not within two seconds", async (client, server, clock) => {
  const asked = client.kindOf(web);
  await answer(server, "/api", core);
  await answer(server, "/apis", aggregatedOf());
  await answer(server, "/apis/example.com/v1", missing, 404);
  assert.equal(await asked, undefined);
  assert.equal(await client.kindOf(web), undefined);
  await clock.advance(2_000);
  const again = client.kindOf(web);
  await answer(server, "/apis/example.com/v1", listOf(webs));
  assert.deepEqual(await again, found);
});

story("after a CRD was applied its group is asked for at once", async (client, server) => {
  const asked = client.kindOf(web);
  await answer(server, "/api", core);
  await answer(server, "/apis", aggregatedOf(item("example.com", "v1")));
  await answer(server, "/apis/example.com/v1", listOf());
  assert.equal(await asked, undefined);
  const crd = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "webs.example.com" },
    spec: { group: "example.com" },
  };
  const applied = client.apply(builtin.customResourceDefinitions, crd, { fieldManager: "me" });
  (await server.next()).reply(200, crd);
  await applied;
  const again = client.kindOf(web);
  await answer(server, "/apis/example.com/v1", listOf(webs));
  assert.deepEqual(await again, found);
});

story(
  "a discovery that fails is an error, and is tried again by the next question",
  async (client, server) => {
    const asked = client.kindOf(web);
    asked.catch(() => undefined);
    await answer(server, "/api", { kind: "Status", code: 403, reason: "Forbidden", message: "no" }, 403);
    await assert.rejects(asked, { status: 403 });
    const again = client.kindOf(web);
    await answer(server, "/api", core);
    await answer(server, "/apis", aggregatedOf(item("example.com", "v1", resource)));
    assert.deepEqual(await again, found);
  },
);

story(
  "what a server serves is told with its version, also by one without aggregation",
  async (client, server) => {
    const served = client.serves();
    const version = { gitVersion: "v1.36.0", major: "1", minor: "36" };
    await answer(server, "/version", { ...version, platform: "linux/amd64" });
    await answer(server, "/api", { kind: "APIVersions", versions: [] });
    const groups = [{ name: "example.com", versions: [{ version: "v1" }] }];
    await answer(server, "/apis", { kind: "APIGroupList", groups });
    await answer(server, "/apis/example.com/v1", listOf(webs));
    assert.deepEqual(await served, { version, kinds: [found] });
  },
);
