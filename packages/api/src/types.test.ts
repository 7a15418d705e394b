// The types that follow from the schemas, checked by the compiler; a wrong one fails `tsc`.
import { test } from "node:test";
import type { Kustomization } from "./kustomize/kustomization.ts";
import type { GitRepository } from "./source/git-repository.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const proven = <T extends true>(_?: T) => {};

test("types follow from schemas", () => {
  proven<Same<GitRepository["spec"]["url"], string>>();
  proven<Same<GitRepository["spec"]["timeout"], string>>();
  proven<Same<GitRepository["spec"]["suspend"], boolean | undefined>>();
  proven<Same<GitRepository["spec"]["provider"], "generic" | "aws" | "azure" | "github" | undefined>>();
  proven<Same<GitRepository["status"]["observedGeneration"], number | undefined>>();
  proven<Same<"accessFrom" extends keyof GitRepository["spec"] ? true : false, false>>();
  proven<Same<Kustomization["spec"]["prune"], boolean>>();
  proven<Same<Kustomization["spec"]["force"], boolean>>();
  proven<Same<NonNullable<Kustomization["spec"]["dependsOn"]>[number]["name"], string>>();
  proven<Same<NonNullable<Kustomization["status"]["inventory"]>["entries"], { id: string; v: string }[]>>();
  // @ts-expect-error: url is required
  const _spec: GitRepository["spec"] = { interval: "1m", timeout: "60s" };
});
