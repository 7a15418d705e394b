import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { digestOf } from "./content.ts";
import { type RegistryServer, startRegistry } from "./server.ts";

/** What e2e/scenarios/registry.test.ts compares with the reference implementation, in short. */
describe("registry", () => {
  let registry: RegistryServer;
  before(async () => {
    registry = await startRegistry();
  });
  after(() => registry.close());

  const type = "application/vnd.oci.image.manifest.v1+json";
  const ask = (method: string, path: string, body?: string, headers: Record<string, string> = {}) =>
    fetch(new URL(path, registry.address), { method, body, headers });
  const digest = (text: string) => digestOf(Buffer.from(text));

  it("takes blobs at once and in pieces, and manifests whose blobs it has", async () => {
    const config = { mediaType: "a/b", digest: digest("{}"), size: 2 };
    const layer = { mediaType: "a/c", digest: digest("layer"), size: 5 };
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: type, config, layers: [layer] });
    const push = () => ask("PUT", "/v2/org/app/manifests/1.0.0", manifest, { "Content-Type": type });
    assert.equal((await push()).status, 400);
    assert.equal((await ask("POST", `/v2/org/app/blobs/uploads/?digest=${config.digest}`, "{}")).status, 201);
    const { headers } = await ask("POST", "/v2/org/app/blobs/uploads/");
    for (const piece of ["la", "yer"])
      assert.equal((await ask("PATCH", headers.get("location")!, piece)).status, 202);
    const at = (wanted: string) => `${headers.get("location")}?digest=${wanted}`;
    assert.equal((await ask("PUT", at(digest("other")))).status, 400);
    assert.equal((await ask("PUT", at(layer.digest))).status, 201);
    const pushed = await push();
    assert.deepEqual([pushed.status, pushed.headers.get("docker-content-digest")], [201, digest(manifest)]);
    assert.equal(await (await ask("GET", "/v2/org/app/manifests/1.0.0")).text(), manifest);
    assert.equal(await (await ask("GET", `/v2/org/app/blobs/${layer.digest}`)).text(), "layer");
    assert.deepEqual(await (await ask("GET", "/v2/org/app/tags/list")).json(), {
      name: "org/app",
      tags: ["1.0.0"],
    });
  });

  it("lists a page and where the next one is", async () => {
    const pushed = { config: { mediaType: "a/b", data: "{}" }, layers: [] };
    for (const tag of ["a", "b", "c"]) registry.push("paged", tag, pushed);
    const page = await ask("GET", "/v2/paged/tags/list?n=2");
    assert.equal(page.headers.get("link"), '</v2/paged/tags/list?last=b&n=2>; rel="next"');
    const next = await ask("GET", "/v2/paged/tags/list?last=b&n=2");
    assert.deepEqual(await next.json(), { name: "paged", tags: ["c"] });
  });

  it("fails on demand, then works again", async () => {
    registry.inject({ status: 503 }, { times: 1 });
    assert.equal((await ask("GET", "/v2/")).status, 503);
    assert.equal((await ask("GET", "/v2/")).status, 200);
  });
});
