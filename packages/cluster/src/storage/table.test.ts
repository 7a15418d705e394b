import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { newStorage, put, remove, subscribe, tableOf } from "./storage.ts";
import { bytesOf, changesAfter, entriesAt, entriesOf, entryIn, HISTORY, keyOf } from "./table.ts";

const object = (namespace: string, name: string, data = "") => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, uid: `${namespace}/${name}`, ...(namespace ? { namespace } : {}) },
  data: { data },
});

function filled(...names: [namespace: string, name: string][]) {
  const storage = newStorage(() => {});
  const table = tableOf(storage, "/configmaps");
  for (const [namespace, name] of names) put(storage, table, object(namespace, name));
  return { storage, table };
}

describe("a table", () => {
  it("lists in the order of etcd's keys, where a-b/x comes before a/x", () => {
    const { table } = filled(["a", "x"], ["b", "y"], ["a-b", "x"], ["a", "c"], ["a", "m"]);
    assert.deepEqual(entriesOf(table).map(keyOf), ["a-b/x", "a/c", "a/m", "a/x", "b/y"]);
    assert.deepEqual(entriesOf(table, "a").map(keyOf), ["a/c", "a/m", "a/x"]);
  });

  it("numbers every write, deletions too, and writes the number into the object", () => {
    const { storage, table } = filled(["a", "x"]);
    const first = entryIn(table, "a", "x")!;
    const gone = remove(storage, table, first);
    assert.equal(gone.object.metadata.resourceVersion, String(first.revision + 1));
    assert.equal(entryIn(table, "a", "x"), undefined);
    assert.equal(table.size, 0);
  });

  it("shows an earlier state by undoing what came later", () => {
    const { storage, table } = filled(["a", "x"], ["a", "y"]);
    const then = storage.revision;
    put(storage, table, object("a", "x", "changed"));
    remove(storage, table, entryIn(table, "a", "y")!);
    put(storage, table, object("a", "z"));
    const before = entriesAt(table, then)!;
    assert.deepEqual(before.map(keyOf), ["a/x", "a/y"]);
    assert.deepEqual(before[0]!.object["data"], { data: "" });
    assert.deepEqual(entriesOf(table).map(keyOf), ["a/x", "a/z"]);
  });

  it("forgets the oldest changes, and says so", () => {
    const { storage, table } = filled(["a", "x"]);
    const start = storage.revision;
    for (let count = 0; count < 2 * HISTORY; count++) put(storage, table, object("a", "x", String(count)));
    assert.ok(table.history.length < 2 * HISTORY);
    assert.equal(changesAfter(table, start), undefined);
    assert.equal(entriesAt(table, start), undefined);
    assert.equal(changesAfter(table, storage.revision - 3)!.length, 3);
  });

  it("freezes what it stores, and makes its bytes once", () => {
    const { table } = filled(["a", "x"]);
    const entry = entryIn(table, "a", "x")!;
    assert.throws(() => Object.assign(entry.object.metadata, { name: "other" }), TypeError);
    assert.equal(bytesOf(entry), bytesOf(entry));
    assert.match(bytesOf(entry).toString(), /^\{"kind":"ConfigMap","apiVersion":"v1","metadata":/);
  });
});

describe("listeners", () => {
  it("hear one order, also of writes that a listener makes", () => {
    const { storage, table } = filled();
    const heard: string[] = [];
    subscribe(storage, table.key, ({ entry }) => {
      if (entry.name === "first") put(storage, table, object("a", "second"));
    });
    subscribe(storage, undefined, ({ entry }) => heard.push(`late ${entry.name}`));
    subscribe(storage, table.key, ({ entry }) => heard.push(entry.name));
    put(storage, table, object("a", "first"));
    assert.deepEqual(heard, ["late first", "first", "late second", "second"]);
  });

  it("are told although another one throws, which is logged", () => {
    const log: string[] = [];
    const storage = newStorage((line) => log.push(line));
    const table = tableOf(storage, "/configmaps");
    const heard: string[] = [];
    subscribe(storage, table.key, () => {
      throw new Error("broken");
    });
    const stop = subscribe(storage, table.key, ({ type }) => heard.push(type));
    put(storage, table, object("a", "x"));
    stop();
    put(storage, table, object("a", "x", "2"));
    assert.deepEqual(heard, ["ADDED"]);
    assert.match(log[0]!, /ADDED \/configmaps a\/x: Error: broken/);
  });
});
