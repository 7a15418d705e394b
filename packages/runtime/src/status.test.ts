import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubeObject } from "@sluice/api";
import { apiError } from "@sluice/kube";
import { createStatusWriter, isGone, leftovers } from "./status.ts";
import { kind, thing } from "./version.fixture.ts";

const conflict = () => apiError("changed", { status: 409, reason: "Conflict" });

/** A server with one object, and what it was asked. */
function server(object: KubeObject | undefined, { conflicts = 0 } = {}) {
  const calls: string[] = [];
  let left = conflicts;
  let live = object;
  const wrote: KubeObject[] = [];
  const client = {
    async apply(
      _: unknown,
      applied: KubeObject,
      options: { fieldManager: string; subresource?: string; force?: boolean },
    ) {
      const { resourceVersion, uid } = applied.metadata;
      calls.push(
        `apply ${options.fieldManager} ${options.subresource} ${options.force} ${uid}@${resourceVersion}`,
      );
      if (!live) throw apiError("gone", { status: 404, reason: "NotFound" });
      if (left-- > 0 || resourceVersion !== live.metadata.resourceVersion) throw conflict();
      live = {
        ...live,
        metadata: { ...live.metadata, resourceVersion: `${Number(resourceVersion) + 1}` },
        status: applied.status,
      };
      return live;
    },
    async get() {
      calls.push("get");
      return live;
    },
    async patch(): Promise<never> {
      throw new Error("not expected");
    },
  };
  const options = {
    client: client as never,
    kind,
    manager: "thing-controller",
    wrote: (after: KubeObject) => void wrote.push(after),
  };
  return {
    calls,
    wrote,
    options,
    live: () => live,
    set: (next: KubeObject | undefined) => void (live = next),
  };
}
const signal = new AbortController().signal;

describe("writing a status", () => {
  it("is one server-side apply on the status, under our name, of the version that was read", async () => {
    const { calls, wrote, options, live } = server(thing("5"));
    const writer = createStatusWriter(thing("5"), options, signal);
    await writer.write(() => ({ a: 1, gone: undefined }));
    assert.deepEqual(calls, ["apply thing-controller status true u1@5"]);
    assert.deepEqual(live()?.status, { a: 1 });
    assert.deepEqual(wrote, [writer.current()]);
  });

  it("is nothing when nothing is new, whatever the order of the keys", async () => {
    const { calls, options } = server(thing("5", { status: { a: 1, b: { c: 1, d: 2 } } }));
    const writer = createStatusWriter(thing("5", { status: { a: 1, b: { c: 1, d: 2 } } }), options, signal);
    await writer.write((status) => ({ b: { d: 2, c: 1 }, a: status?.a, e: undefined }));
    assert.deepEqual(calls, []);
  });

  it("goes on from its own last write", async () => {
    const { calls, options } = server(thing("5"));
    const writer = createStatusWriter(thing("5"), options, signal);
    await Promise.all([writer.write(() => ({ a: 1 })), writer.write((status) => ({ ...status, b: 2 }))]);
    assert.deepEqual(calls, [
      "apply thing-controller status true u1@5",
      "apply thing-controller status true u1@6",
    ]);
  });

  it("reads again on a conflict, and builds on what is there now", async () => {
    const { calls, options, live } = server(thing("7", { status: { theirs: 1 } }));
    const writer = createStatusWriter(thing("5"), options, signal);
    await writer.write((status) => ({ ...status, ours: 1 }));
    assert.deepEqual(calls, [
      "apply thing-controller status true u1@5",
      "get",
      "apply thing-controller status true u1@7",
    ]);
    assert.deepEqual(live()?.status, { theirs: 1, ours: 1 });
  });

  it("gives up on conflicts that do not end", async () => {
    const { calls, options } = server(thing("5"), { conflicts: 100 });
    await assert.rejects(
      createStatusWriter(thing("5"), options, signal).write(() => ({ a: 1 })),
      /changed/,
    );
    assert.equal(calls.filter((call) => call !== "get").length, 6);
  });

  it("goes on after a write that failed", async () => {
    const { options, live } = server(thing("5"), { conflicts: 6 });
    const writer = createStatusWriter(thing("5"), options, signal);
    await assert.rejects(writer.write(() => ({ a: 1 })));
    await writer.write(() => ({ a: 2 }));
    assert.deepEqual(live()?.status, { a: 2 });
  });

  const gone: Record<string, KubeObject | undefined> = {
    "the object was deleted": undefined,
    "another object has its name now": thing("9", {}, { uid: "u2" }),
  };
  for (const [name, live] of Object.entries(gone))
    it(`has nobody to tell when ${name}`, async () => {
      const { options } = server(live);
      await assert.rejects(
        createStatusWriter(thing("5"), options, signal).write(() => ({ a: 1 })),
        isGone,
      );
      assert.equal(options.client && (live?.status ?? undefined), undefined);
    });
});

describe("what an apply leaves behind, because another manager wrote it too", () => {
  const rows: Record<string, [before: object, wanted: object, after: object, patch: object | undefined]> = {
    nothing: [{ a: 1 }, { a: 2 }, { a: 2 }, undefined],
    "a field": [{ a: 1, b: 1 }, { a: 1 }, { a: 1, b: 1 }, { b: null }],
    "a field within": [
      { artifact: { url: "x", metadata: {} } },
      { artifact: { url: "y" } },
      { artifact: { url: "y", metadata: {} } },
      { artifact: { metadata: null } },
    ],
    "not what the server adds by default": [{ a: 1 }, { a: 1 }, { a: 1, added: -1 }, undefined],
    "not what is in a list: lists are whole": [
      { list: [{ a: 1 }] },
      { list: [{}] },
      { list: [{}] },
      undefined,
    ],
  };
  for (const [name, [before, wanted, after, patch]] of Object.entries(rows))
    it(name, () => assert.deepEqual(leftovers(before, wanted, after), patch));
});
