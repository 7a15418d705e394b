import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The images that the process kubelet can run: what their Dockerfile makes of them, without building them. */
export type Image = {
  /** Entry point, below the root of this repository. */
  entry: string;
  /** Who the image says that it runs as. */
  user: { uid: number; gid: number };
};

const nobody = { uid: 65_534, gid: 65_534 };
const controllers = ["source-controller", "kustomize-controller"];

const dockerfile = readFileSync(join(import.meta.dirname, "../../deploy/Dockerfile"), "utf8");
const entrypoint: string[] = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)![1]!);

/** Flags that the images give to Node. */
export const nodeFlags = entrypoint.slice(entrypoint.indexOf("node") + 1, -1);

/** By the last part of the image's name, whatever registry, tag or digest it is given by. */
export const images: Record<string, Image> = Object.fromEntries(
  controllers.map((name) => [name, { entry: `packages/${name}/src/main.ts`, user: nobody }]),
);

/** `ghcr.io/org/app:v1@sha256:…` is `app`. */
export function nameOfImage(reference: string): string {
  const last = reference.split("/").at(-1)!;
  return last.split(/[:@]/)[0]!;
}

export function imageOf(reference: string): Image | undefined {
  const name = nameOfImage(reference);
  return Object.hasOwn(images, name) ? images[name] : undefined;
}
