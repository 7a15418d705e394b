import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  annotations,
  disabledValue,
  groups,
  type KubeObject,
  type Kustomization,
  type ObjectRef,
  ownerLabels,
  refOf,
} from "@sluice/api";
import { subjectOf } from "@sluice/kube";
import { build, diskFileSystem, type FileSystem, KustomizeError } from "@sluice/kustomize";
import { failed, stalled } from "@sluice/runtime";
import { parse, stringify } from "@sluice/yaml";
import { type SubstitutionError, substitute } from "./envsubst.ts";
import { generateKustomization } from "./generate.ts";

/** Objects ready to apply, and where each came from. */
export type Rendered = {
  objects: KubeObject[];
  refs: ObjectRef[];
  /** sha256 of the manifests: the digest of `status.history`. */
  digest: string;
  /** Files that the build read, relative to the root of the source, and the hash over them. */
  files: string[];
  /** By inventory-like key (`group/kind/namespace/name`): the file in the source that an object comes from. */
  origins: Map<KubeObject, string>;
  warnings: string[];
};

export type RenderOptions = {
  variables: Record<string, string>;
  strict: boolean;
  fs?: FileSystem;
};

/**
 * Builds what `ks` applies from the source unpacked at `root`: generate, build, substitute, label.
 * Pure but for reading files below `root`. Throws a Problem: ArtifactFailed when the path is missing, else BuildFailed.
 */
export function render(
  ks: Kustomization,
  root: string,
  { variables, strict, fs = diskFileSystem }: RenderOptions,
): Rendered {
  if (ks.spec.decryption !== undefined)
    throw stalled(
      "BuildFailed",
      "spec.decryption is not supported yet: keep this Kustomization on Flux until SOPS decryption arrives",
    );
  const dir = join(root, join("/", ks.spec.path ?? ""));
  if (fs.stat(dir) !== "directory")
    throw failed(
      "ArtifactFailed",
      `kustomization path not found: '${ks.spec.path}' is not a directory of the source; check spec.path`,
    );

  const built = failing("kustomize build failed", () =>
    build(dir, { fs, root, kustomization: generateKustomization(ks, dir, fs), loadRestrictor: "none" }),
  );
  const origins = new Map<KubeObject, string>();
  const objects = built.resources.flatMap(({ object, origin }) => {
    const from = origin && `${origin.path}:${origin.line}`;
    const named = requireIdentity(object as KubeObject, from);
    refuseEncrypted(named, from);
    const finished = withMetadata(ks, withVariables(ks, named, from, variables, strict));
    if (from !== undefined) origins.set(finished, from);
    return [finished];
  });
  const digest = `sha256:${createHash("sha256").update(JSON.stringify(objects, bigints)).digest("hex")}`;
  return { objects, refs: objects.map(refOf), digest, files: built.files, origins, warnings: built.warnings };
}

const bigints = (_key: string, value: unknown) => (typeof value === "bigint" ? `${value}n` : value);

function failing<V>(what: string, work: () => V): V {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof KustomizeError)) throw thrown;
    const { file, line } = thrown.at ?? {};
    const place = line === undefined ? "" : `${file}:${line}: `;
    const said =
      place === "" || thrown.message.includes(place) ? thrown.message : `${place}${thrown.message}`;
    throw failed("BuildFailed", `${what}: ${said}`, { cause: thrown });
  }
}

function requireIdentity(object: KubeObject, from: string | undefined): KubeObject {
  const missing = (["apiVersion", "kind"] as const).filter((field) => !object[field]);
  if (missing.length === 0 && object.metadata?.name) return object;
  throw failed(
    "BuildFailed",
    `${from ?? "a manifest"}: ${[...missing, "metadata.name"].join(", ")} must be set in every object`,
  );
}

/** An encrypted Secret that was applied as it is would break what uses it, and hide why. */
function refuseEncrypted(object: KubeObject, from: string | undefined): void {
  if (!("sops" in object) || object.metadata.annotations?.[annotations.kustomizeDecrypt] === disabledValue)
    return;
  throw failed(
    "BuildFailed",
    `${from ?? "source"}: ${subjectOf(refOf(object))} is SOPS encrypted, and decryption is not supported yet: remove the object from this path or keep it on Flux`,
  );
}

function withVariables(
  ks: Kustomization,
  object: KubeObject,
  from: string | undefined,
  variables: Record<string, string>,
  strict: boolean,
): KubeObject {
  const always = ks.spec.postBuild?.substituteStrategy === "Always";
  const { labels, annotations: notes } = object.metadata;
  const key = annotations.kustomizeSubstitute;
  if (ks.spec.postBuild === undefined || labels?.[key] === disabledValue || notes?.[key] === disabledValue)
    return object;
  if (Object.keys(variables).length === 0 && !always) return object;
  const text = stringify(object);
  if (!text.includes("$")) return object;
  try {
    return parse(
      substitute(text, (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined), { strict }),
    ) as KubeObject;
  } catch (thrown) {
    const { message, variable } = thrown as SubstitutionError;
    const hint =
      variable === undefined
        ? ""
        : `; declare '${variable}' in spec.postBuild, give it a default (\${${variable}:=…}) or escape it ($\${${variable}})`;
    throw failed(
      "BuildFailed",
      `post build failed for ${subjectOf(refOf(object))}${from ? ` (${from})` : ""}: ${message}${hint}`,
      { cause: thrown },
    );
  }
}

function withMetadata(ks: Kustomization, object: KubeObject): KubeObject {
  const { labels, annotations: notes } = ks.spec.commonMetadata ?? {};
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...labels, ...ownerLabels(groups.kustomize, ks.metadata) },
      ...((metadata.annotations || notes) && { annotations: { ...metadata.annotations, ...notes } }),
    },
  };
}

/**
 * The variables of `spec.postBuild`: those of `sources` in order, then the inline ones on top. Line breaks are dropped, as Flux does.
 * Throws a Problem when a name is not one that `${…}` can hold.
 */
export function variablesOf(ks: Kustomization, sources: Record<string, string>[]): Record<string, string> {
  const variables = Object.assign({}, ...sources, ks.spec.postBuild?.substitute) as Record<string, string>;
  const bad = Object.keys(variables).find((name) => !/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name));
  if (bad !== undefined)
    throw failed(
      "BuildFailed",
      `'${bad}' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'`,
    );
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, value.replaceAll("\n", "")]),
  );
}
