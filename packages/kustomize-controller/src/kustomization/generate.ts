import { join, posix } from "node:path";
import type { Kustomization } from "@sluice/api";
import { type FileSystem, readKustomization } from "@sluice/kustomize";
import { failed } from "@sluice/runtime";

const names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

type Generated = Record<string, unknown> & {
  resources?: string[];
  images?: Image[];
  patches?: unknown[];
  components?: string[];
};
type Image = { name: string; newName?: string; newTag?: string; digest?: string };

/**
 * The root kustomization that `spec` asks for, without writing to disk: the one in `dir`, or one that lists every manifest
 * below it, with the namespace, names, patches, images and components of the object on top.
 * Follows fluxcd/pkg/kustomize. Throws a Problem with reason BuildFailed.
 */
export function generateKustomization({ spec }: Kustomization, dir: string, fs: FileSystem): object {
  const found = readKustomization(dir, fs);
  const base: Generated = found === undefined ? manifestsBelow(dir, fs) : { ...(found.value as Generated) };
  // kustomize refuses a kustomization without any content; this field changes nothing in the output then.
  if (found !== undefined && !base.resources?.length) base.buildMetadata ??= ["originAnnotations"];
  const components = (spec.components ?? []).filter((path) =>
    usable(path, dir, fs, spec.ignoreMissingComponents),
  );
  return {
    ...base,
    ...(spec.targetNamespace && { namespace: spec.targetNamespace }),
    ...(spec.namePrefix && { namePrefix: spec.namePrefix }),
    ...(spec.nameSuffix && { nameSuffix: spec.nameSuffix }),
    ...(spec.patches?.length && { patches: [...(base.patches ?? []), ...spec.patches] }),
    ...(components.length > 0 && { components: [...(base.components ?? []), ...components] }),
    ...(spec.images?.length && { images: withImages(base.images ?? [], spec.images) }),
    ...(spec.buildMetadata?.length && { buildMetadata: spec.buildMetadata }),
  };
}

/** A kustomization of every YAML file below `dir`; a folder with a kustomization of its own is taken as a whole. */
function manifestsBelow(dir: string, fs: FileSystem): Generated {
  const resources: string[] = [];
  const walk = (folder: string) => {
    for (const name of fs.readDir!(join(dir, folder)).sort()) {
      const path = posix.join(folder, name);
      const what = fs.stat(join(dir, path));
      if (what === "directory") {
        if (names.some((known) => fs.stat(join(dir, path, known)) === "file")) resources.push(path);
        else walk(path);
      } else if (what === "file" && /\.ya?ml$/.test(name)) resources.push(path);
    }
  };
  walk("");
  // An empty folder is a valid source of nothing: kustomize wants some field, so it gets one without effect.
  return resources.length > 0 ? { resources } : { namespace: "_placeholder" };
}

function usable(path: string, dir: string, fs: FileSystem, ignoreMissing = false): boolean {
  if (posix.isAbsolute(path) || /^[a-z+]+:\/\/|^git@/.test(path))
    throw failed("BuildFailed", `component path '${path}' must be local and relative`);
  return !ignoreMissing || fs.stat(join(dir, path)) !== undefined;
}

/** Tag and digest select the version together: setting one of them clears the other. */
function withImages(existing: Image[], wanted: Image[]): Image[] {
  const images = existing.map((image) => ({ ...image }));
  for (const { name, newName, newTag, digest } of wanted) {
    const image = images.find((other) => other.name === name) ?? images[images.push({ name }) - 1]!;
    if (newName) image.newName = newName;
    if (newTag || digest) Object.assign(image, { newTag, digest });
  }
  return images;
}
