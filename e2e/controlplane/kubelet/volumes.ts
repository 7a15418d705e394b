import { chmod, chown, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Loose } from "../api.ts";
import type { Mount } from "./root.ts";
import { fieldOf, type Surroundings } from "./spec.ts";

export type VolumeTools = {
  /** Of the pod: one folder for each volume is made here. */
  dir: string;
  around: Surroundings;
  /** A token of the pod's ServiceAccount, and when it should be replaced. */
  token(audience: string | undefined, seconds: number): Promise<{ token: string; refreshMs: number }>;
};

/** A volume on disk; what expires by itself can be refreshed. */
export type Volume = {
  name: string;
  path: string;
  /** Writes it again; answers when to do so next, in milliseconds. */
  refresh?: () => Promise<number>;
  dueMs?: number;
};

/**
 * Makes the folders of a pod's volumes, owned by its fsGroup.
 * @throws when a volume is of a type that is not supported here, or refers to what does not exist
 */
export async function makeVolumes(pod: Loose, tools: VolumeTools): Promise<Volume[]> {
  const group: number | undefined = pod.spec.securityContext?.fsGroup;
  const made: Volume[] = [];
  for (const volume of pod.spec.volumes ?? []) {
    const path = join(tools.dir, "volumes", volume.name);
    await mkdir(path, { recursive: true });
    if (group !== undefined) await chown(path, 0, group);
    // World-writable without a group, as emptyDir is.
    await chmod(path, group === undefined ? 0o777 : 0o2775);
    const source = volumeSource(volume, pod, tools);
    if (source === undefined) made.push({ name: volume.name, path });
    else made.push(await filled(volume.name, path, group, source));
  }
  return made;
}

/** The mounts of a container. @throws when it mounts a volume that the pod has not, or a part of one */
export function mountsOf(container: Loose, volumes: Volume[]): Mount[] {
  return (container.volumeMounts ?? []).map(({ name, mountPath, readOnly = false, subPath }: Loose) => {
    if (subPath) throw new Error(`volumeMounts[${name}].subPath is not supported here`);
    const volume = volumes.find((candidate) => candidate.name === name);
    if (volume === undefined) throw new Error(`the pod has no volume "${name}"`);
    return { from: volume.path, to: mountPath.replace(/\/+$/, ""), readOnly };
  });
}

type Files = { files: Record<string, string>; refreshMs?: number };

/** What fills a volume; undefined for one that starts empty. */
function volumeSource(volume: Loose, pod: Loose, tools: VolumeTools): (() => Promise<Files>) | undefined {
  if (volume.emptyDir) return undefined;
  if (volume.projected) return () => projected(volume.projected.sources ?? [], pod, tools);
  if (volume.configMap)
    return async () => ({ files: itemsOf(volume.configMap, "ConfigMap", volume.configMap.name, tools) });
  if (volume.secret)
    return async () => ({ files: itemsOf(volume.secret, "Secret", volume.secret.secretName, tools) });
  if (volume.downwardAPI) return async () => ({ files: fieldsOf(volume.downwardAPI, pod, tools) });
  const type = Object.keys(volume).find((key) => key !== "name");
  throw new Error(`volume "${volume.name}": ${type} volumes are not supported here`);
}

async function projected(sources: Loose[], pod: Loose, tools: VolumeTools): Promise<Files> {
  const all: Files = { files: {} };
  for (const source of sources) {
    if (source.serviceAccountToken) {
      const { audience, expirationSeconds = 3600, path } = source.serviceAccountToken;
      const { token, refreshMs } = await tools.token(audience, expirationSeconds);
      all.files[path] = token;
      all.refreshMs = Math.min(all.refreshMs ?? Number.POSITIVE_INFINITY, refreshMs);
    } else if (source.configMap) {
      Object.assign(all.files, itemsOf(source.configMap, "ConfigMap", source.configMap.name, tools));
    } else if (source.secret) {
      Object.assign(all.files, itemsOf(source.secret, "Secret", source.secret.name, tools));
    } else if (source.downwardAPI) {
      Object.assign(all.files, fieldsOf(source.downwardAPI, pod, tools));
    } else throw new Error(`projected source ${Object.keys(source)} is not supported here`);
  }
  return all;
}

function itemsOf(
  { items, optional }: Loose,
  kind: "ConfigMap" | "Secret",
  name: string,
  { around }: VolumeTools,
) {
  const data = around.lookUp(kind, name);
  if (data === undefined && !optional) throw new Error(`${kind} "${name}" not found`);
  if (items === undefined) return data ?? {};
  const wanted = (items as Loose[]).filter(({ key }) => data?.[key] !== undefined);
  if (wanted.length < items.length && !optional)
    throw new Error(`${kind} "${name}" lacks a key that a volume mounts`);
  return Object.fromEntries(wanted.map(({ key, path }) => [path, data![key]!]));
}

function fieldsOf({ items = [] }: Loose, pod: Loose, { around }: VolumeTools): Record<string, string> {
  return Object.fromEntries(
    items.map(({ path, fieldRef }: Loose) => {
      if (!fieldRef) throw new Error(`downwardAPI ${path}: only fieldRef is supported here`);
      return [path, fieldOf(pod, fieldRef.fieldPath, around)];
    }),
  );
}

async function filled(
  name: string,
  path: string,
  group: number | undefined,
  source: () => Promise<Files>,
): Promise<Volume> {
  const write = async (): Promise<number> => {
    const { files, refreshMs } = await source();
    for (const [file, text] of Object.entries(files)) await writeWhole(join(path, file), text, group);
    return refreshMs ?? Number.POSITIVE_INFINITY;
  };
  const dueMs = await write();
  return Number.isFinite(dueMs) ? { name, path, refresh: write, dueMs } : { name, path };
}

// A reader sees the old text or the new one, never half of one.
async function writeWhole(file: string, text: string, group: number | undefined): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const fresh = `${file}.new`;
  await rm(fresh, { force: true });
  await writeFile(fresh, text, { mode: group === undefined ? 0o644 : 0o640 });
  if (group !== undefined) await chown(fresh, 0, group);
  await rename(fresh, file);
}
