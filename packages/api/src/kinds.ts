import { helmRelease } from "./helm/helm-release.ts";
import { imagePolicy } from "./image/image-policy.ts";
import { imageRepository } from "./image/image-repository.ts";
import { imageUpdateAutomation } from "./image/image-update-automation.ts";
import type { Kind } from "./kind.ts";
import { kustomization } from "./kustomize/kustomization.ts";
import { alert } from "./notification/alert.ts";
import { provider } from "./notification/provider.ts";
import { receiver } from "./notification/receiver.ts";
import { bucket } from "./source/bucket.ts";
import { externalArtifact } from "./source/external-artifact.ts";
import { gitRepository } from "./source/git-repository.ts";
import { helmChart } from "./source/helm-chart.ts";
import { helmRepository } from "./source/helm-repository.ts";
import { ociRepository } from "./source/oci-repository.ts";

/** Every kind by name: `kinds.gitRepository.plural` and so on. */
export const kinds = {
  gitRepository,
  ociRepository,
  helmRepository,
  helmChart,
  bucket,
  externalArtifact,
  kustomization,
  helmRelease,
  provider,
  alert,
  receiver,
  imageRepository,
  imagePolicy,
  imageUpdateAutomation,
} as const;

export const allKinds: readonly Kind<any>[] = Object.values(kinds);

/** The kind of an object or reference, in whatever version it is written; undefined for foreign kinds. */
export function kindOf(object: { apiVersion: string; kind: string }): Kind<any> | undefined {
  return allKinds.find((kind) => kind.matches(object));
}
