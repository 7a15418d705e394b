import type { Context, Registration } from "@sluice/runtime";
import { realDeps, type Settings } from "./kustomization/deps.ts";
import { kustomization } from "./kustomization/reconcile.ts";
import { indexes, wakes } from "./kustomization/watch.ts";

export type Surroundings = {
  /** A directory of this process alone, for unpacked artifacts. */
  scratch: string;
  /** `host:port` to fetch artifacts from instead of the one in their URL. */
  sourceLocalhost?: string;
};

/** The controllers of this process. */
export function registrations(context: Context, { scratch, sourceLocalhost }: Surroundings): Registration[] {
  const { watchConfigsLabelSelector } = context.flags;
  const deps = realDeps(context, { ...settingsOf(context), sourceLocalhost }, scratch);
  return [{ controller: kustomization, deps, indexes, wakes: wakes(watchConfigsLabelSelector) }];
}

function settingsOf({ flags }: Context): Settings {
  const gate = (name: string) => flags.featureGates[name] ?? false;
  return {
    requeueDependencyMs: flags.requeueDependency,
    concurrentSsa: flags.concurrentSsa as number,
    httpRetry: flags.httpRetry as number,
    artifactMaxBytes: flags.artifactMaxSize as number,
    strictSubstitutions: gate("StrictPostBuildSubstitutions"),
    additiveDependencyCheck: gate("AdditiveCELDependencyCheck"),
    failFast: !gate("DisableFailFastBehavior"),
    noCrossNamespaceRefs: flags.noCrossNamespaceRefs,
    allowExternalArtifact: gate("ExternalArtifact"),
    defaultServiceAccount: flags.defaultServiceAccount as string,
    overrideManagers: flags.overrideManager as string[],
    insecureKubeconfigExec: flags.insecureKubeconfigExec as boolean,
    insecureKubeconfigTls: flags.insecureKubeconfigTls as boolean,
  };
}
