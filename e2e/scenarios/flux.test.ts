// The real flux CLI and kubectl against Sluice: docs/contract-check.md tells how to get them and what was found.
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { kinds } from "@sluice/api";
import { check, type Expected, runProgram } from "../command-line.ts";
import { fleetFiles } from "../fleet.ts";
import { applier, clusterKind, namespace, openStage, ready, type Stage, source } from "../harness.ts";

const programs = {
  flux: process.env.SLUICE_FLUX ?? "flux",
  kubectl: process.env.SLUICE_KUBECTL ?? "kubectl",
};
const lacking = Object.entries(programs)
  .filter(([, path]) => spawnSync(path, ["--help"]).error !== undefined)
  .map(([name]) => `no ${name} here: put it into PATH or SLUICE_${name.toUpperCase()}`);
const skip = lacking.join("; ") || false;
const bare = clusterKind === "real" && "a bare control plane runs no pods of the controllers";

let stage: Stage;
/** A working copy of the repository, as `flux diff` and `flux build` read it. */
let folder: string;

/** A sentence, a command line of flux or kubectl, and what it must answer. Rows of a table run one after the other. */
type Rows = Record<string, [line: string, expected: Expected]>;

function table(rows: Rows): void {
  for (const [sentence, [line, expected]] of Object.entries(rows))
    test(`${sentence}: ${line}`, async () => {
      const text = line.replaceAll("URL", stage.git.url("fleet"));
      const [program, ...args] = text.split(" ") as [keyof typeof programs, ...string[]];
      const env = { ...process.env, KUBECONFIG: stage.world.kubeconfig };
      const inNamespace = program === "kubectl" && !args.includes("-n") ? ["-n", namespace] : [];
      check(await runProgram(programs[program], [...inNamespace, ...args], { env, cwd: folder }), expected);
    });
}

const older = `apiVersion: source.toolkit.fluxcd.io/v1beta2
kind: GitRepository
metadata: {name: older, namespace: ${namespace}}
spec: {interval: 1m, url: "http://127.0.0.1:9/x", ref: {branch: main}, gitImplementation: go-git}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1beta2
kind: Kustomization
metadata: {name: older, namespace: ${namespace}}
spec: {interval: 1m, prune: true, validation: client, sourceRef: {kind: GitRepository, name: older}}
---
apiVersion: helm.toolkit.fluxcd.io/v2beta1
kind: HelmRelease
metadata: {name: older, namespace: ${namespace}}
spec: {interval: 1m, chart: {spec: {chart: x, sourceRef: {kind: HelmRepository, name: x}}}}
`;

describe("the flux CLI and kubectl", { skip }, () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-flux-"));
    stage = await openStage();
    const files = fleetFiles(stage.git.url("fleet"));
    const commit = await stage.git.createRepo("fleet", { files });
    for (const [path, text] of Object.entries({ ...files, "older.yaml": older })) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    await stage.apply({ ...source(stage, "fleet"), metadata: { name: "flux-system", namespace } });
    await stage.apply(applier("flux-system", "flux-system", { path: "./clusters/prod" }));
    await stage.until(kinds.kustomization, "apps", ready(commit));
  });
  after(async () => {
    await stage?.close();
    await rm(folder, { recursive: true, force: true });
  });

  describe("look", () =>
    table({
      everything: [
        "flux get all -A",
        { out: /gitrepository\/flux-system\s[\s\S]*kustomization\/apps\s.*True/ },
      ],
      "one kind": [
        "flux get ks",
        { out: /^apps\s+main@sha1:[0-9a-f]{8}\s+False\s+True\s+Applied revision: main/m },
      ],
      sources: ["flux get sources all", { out: /stored artifact for revision 'main@sha1:/ }],
      "by status": ["flux get ks --status-selector ready=false --no-header", { out: "" }],
      "what is not there": ["flux get ks nope", { code: 1, err: /'nope' not found/ }],
      "events of an object": [
        "flux events --for Kustomization/apps",
        { out: /ReconciliationSucceeded\s+Kustomization\/apps/ },
      ],
      "events of its source": [
        "flux events --for Kustomization/apps",
        { out: /NewArtifact\s+GitRepository\/flux-system/ },
      ],
      "the tree": ["flux tree ks flux-system", { out: /│ {3}├── Namespace\/podinfo/ }],
      "where an object comes from": [
        "flux trace deployment podinfo -n podinfo",
        { out: /Kustomization:\s+apps[\s\S]*GitRepository:\s+flux-system/ },
      ],
      "how many": ["flux stats -A", { out: /^GitRepository\s+1\s+0\s+0\s+\S+ KiB/m }],
      "as a manifest": [
        "flux export ks apps",
        { out: /^---\napiVersion: kustomize[\s\S]*\n {2}path: \.\/apps\/prod/ },
      ],
      "the variables": ["flux debug ks apps --show-vars", { out: /domain=prod\.example\.com/ }],
      "the history": [
        "flux debug ks apps --show-history",
        { out: /lastReconciledStatus: ReconciliationSucceeded/ },
      ],
      "a column of kubectl": [
        "kubectl get ks apps",
        { out: /apps +\S+ +True +Applied revision: main@sha1:/ },
      ],
      "a category": [
        "kubectl get fluxcd",
        { out: /gitrepository\.source\.toolkit\.fluxcd\.io\/flux-system/ },
      ],
      "a description": ["kubectl describe ks apps", { out: /Events:[\s\S]*kustomize-controller/ }],
      "the schema": ["kubectl explain ks.spec.postBuild", { out: /substituteFrom\t<\[\]Object>/ }],
      readiness: ["kubectl wait --for=condition=Ready ks --all --timeout=60s", { out: /apps condition met/ }],
    }));

  describe("the installation", { skip: bare }, () =>
    table({
      "is sound": ["flux check", { err: /✔ source-controller: deployment ready[\s\S]*✔ all checks passed/ }],
      "has versions": ["flux version", { out: /distribution: flux-v/ }],
      "has logs": [
        "flux logs --kind Kustomization --name apps",
        { out: /info Kustomization\/apps\.flux-system - / },
      ],
      "has logs in kubectl": ["kubectl logs deploy/source-controller --tail=1", { out: /^\{.*\}\n$/ }],
      "could be removed": [
        "flux uninstall --dry-run --silent",
        { err: /Kustomization\/flux-system\/apps finalizers deleted/ },
      ],
    }),
  );

  describe("act", () =>
    table({
      fetch: ["flux reconcile source git flux-system", { err: /✔ fetched revision main@sha1:/ }],
      apply: [
        "flux reconcile ks apps --with-source",
        { err: /✔ fetched [\s\S]*✔ applied revision main@sha1:/ },
      ],
      suspend: ["flux suspend ks apps", { err: /✔ kustomization suspended/ }],
      "see it suspended": ["flux get ks apps", { out: /^apps\s+\S+\s+True\s+True/m }],
      "do not apply": ["flux reconcile ks apps", { code: 1, err: /resource is suspended/ }],
      resume: ["flux resume ks apps", { err: /✔ Kustomization apps reconciliation completed/ }],
      "suspend all": ["flux suspend ks --all", { err: /suspending kustomization infra-configs/ }],
      "resume all": ["flux resume ks --all --wait", { err: /✔ Kustomization apps reconciliation completed/ }],
      "create a source": [
        "flux create source git extra --url=URL --branch=main --interval=1m",
        { err: /✔ fetched revision: main@sha1:/ },
      ],
      "create an applier": [
        "flux create ks extra --source=GitRepository/extra --path=./infrastructure/controllers --interval=5m",
        { err: /✔ applied revision main@sha1:/ },
      ],
      "delete it": ["flux delete ks extra --silent", { err: /✔ kustomization deleted/ }],
      "delete the source": ["flux delete source git extra --silent", { err: /✔ source git deleted/ }],
      "ask by an annotation": [
        "kubectl annotate --overwrite ks/apps reconcile.fluxcd.io/requestedAt=now",
        { out: /apps annotated/ },
      ],
      "be refused a wrong interval": [
        'kubectl patch ks apps --type=merge -p {"spec":{"interval":"soon"}}',
        { code: 1, err: /spec\.interval: Invalid value: "soon"/ },
      ],
      "delete with kubectl": ["kubectl delete ks apps --timeout=60s", { out: /deleted/ }],
      "get it back from its parent": [
        "kubectl wait --for=condition=Ready ks/apps --timeout=60s",
        { out: /condition met/ },
      ],
    }));

  describe("preview", () =>
    table({
      "a build": [
        "flux build ks apps --path ./apps/prod",
        { out: /value: production[\s\S]*kustomize\.toolkit\.fluxcd\.io\/name: apps/ },
      ],
      "no difference": ["flux diff ks apps --path ./apps/prod --progress-bar=false", { out: "" }],
      "a difference": [
        "flux diff ks apps --path ./apps/base/podinfo --progress-bar=false",
        { code: 1, out: /Deployment\/podinfo\/podinfo drifted[\s\S]*registry\.example\/podinfo:6\.0\.0/ },
      ],
    }));

  describe("older API versions", () =>
    table({
      "are taken, with a warning": [
        "kubectl apply -f older.yaml",
        {
          out: /gitrepository\S+\/older created/,
          err: /v1beta2 GitRepository is deprecated; use source\.toolkit\.fluxcd\.io\/v1/,
        },
      ],
      "are read as today's": ["flux get sources git older", { out: /^older\s.*False/m }],
      "are still served": [
        "kubectl get kustomizations.v1beta2.kustomize.toolkit.fluxcd.io older -o yaml",
        { out: /^apiVersion: kustomize\.toolkit\.fluxcd\.io\/v1beta2/ },
      ],
      "are migrated": ["flux migrate", { err: /✔ Kustomization\/flux-system\/older migrated to version v1/ }],
      "are deleted": ["kubectl delete -f older.yaml --timeout=60s", { out: /older" deleted/ }],
    }));
});
