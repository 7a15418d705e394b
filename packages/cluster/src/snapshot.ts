import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { KubeObject } from "@sluice/api";
import type { Identity } from "./auth/authenticate.ts";
import { restoreObjects, type Storage } from "./storage/storage.ts";
import { entriesOf } from "./storage/table.ts";

/** What is kept on disk: every object by table, how far the revisions have come, and how users are known again. */
type Snapshot = {
  format: "sluice-cluster/1";
  revision: number;
  /** absent in snapshots of clusters that knew one user */
  identity?: Identity;
  tables: Record<string, KubeObject[]>;
};

/** Fills an empty storage from `file`, and returns how its users are known. Does nothing when there is no such file; throws when it is not a snapshot. */
export function restoreSnapshot(storage: Storage, file: string): Identity | undefined {
  if (!existsSync(file)) return undefined;
  const snapshot = parse(file);
  for (const [key, objects] of Object.entries(snapshot.tables)) restoreObjects(storage, key, objects);
  storage.revision = Math.max(storage.revision, snapshot.revision);
  // what happened before is forgotten: watches that ask for it must list anew
  for (const table of storage.tables.values()) table.since = storage.revision;
  storage.floor = storage.revision;
  return snapshot.identity;
}

function parse(file: string): Snapshot {
  let value: Partial<Snapshot>;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (thrown) {
    throw new Error(
      `${file} is not a snapshot of a cluster (${(thrown as Error).message}): move it away or name another file`,
    );
  }
  if (
    value.format !== "sluice-cluster/1" ||
    !Number.isInteger(value.revision) ||
    typeof value.tables !== "object"
  )
    throw new Error(
      `${file} is not a snapshot of this version of the cluster: move it away or name another file`,
    );
  return value as Snapshot;
}

/** Writes all objects to `file`, in one step: a reader sees the old snapshot or the new one. It holds Secrets and keys, so only the owner may read it. */
export function writeSnapshot(storage: Storage, identity: Identity, file: string): void {
  const tables: Snapshot["tables"] = {};
  for (const table of storage.tables.values())
    tables[table.key] = entriesOf(table).map(({ object }) => object);
  const snapshot: Snapshot = { format: "sluice-cluster/1", revision: storage.revision, identity, tables };
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.new`;
  writeFileSync(draft, JSON.stringify(snapshot), { mode: 0o600 });
  renameSync(draft, file);
}
