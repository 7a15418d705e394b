import type { Kind } from "./kind.ts";
import { kustomization } from "./kustomize/kustomization.ts";
import { gitRepository } from "./source/git-repository.ts";

/** Every kind by name; `kinds.gitRepository.plural` and so on. */
export const kinds = {
  gitRepository,
  kustomization,
} as const;

export const allKinds: readonly Kind<any>[] = Object.values(kinds);

/** The kind of an object or reference, in whatever version it is written; undefined for foreign kinds. */
export function kindOf(object: { apiVersion: string; kind: string }): Kind<any> | undefined {
  return allKinds.find((kind) => kind.matches(object));
}
