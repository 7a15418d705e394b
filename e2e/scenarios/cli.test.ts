import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { kinds } from "@sluice/api";
import { eventually } from "@sluice/testing";
import { type Answer, check, type Expected, runProgram } from "../command-line.ts";
import { fleetFiles } from "../fleet.ts";
import {
  applier,
  clusterKind,
  failing,
  namespace,
  openStage,
  ready,
  type Stage,
  source,
  told,
} from "../harness.ts";

const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
const { kustomization } = kinds;

let stage: Stage;
let revision: string;
let folder: string;
const sluice = (args: string[], more: { env?: object; killMs?: number } = {}): Promise<Answer> =>
  runProgram(process.execPath, [main, ...args], {
    env: {
      ...process.env,
      KUBECONFIG: stage?.world.kubeconfig,
      NODE_COMPILE_CACHE: join(folder, "compiled"),
      ...more.env,
    },
    cwd: folder,
    killMs: more.killMs,
  });

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-cli-"));
  stage = await openStage();
  const commit = await stage.git.createRepo("fleet", { files: fleetFiles(stage.git.url("fleet")) });
  revision = `main@sha1:${commit}`;
  await stage.apply({ ...source(stage, "fleet"), metadata: { name: "flux-system", namespace } });
  await stage.apply(applier("flux-system", "flux-system", { path: "./clusters/prod" }));
  await stage.apply(applier("broken", "flux-system", { path: "./nowhere" }));
  await stage.apply(applier("waiting", "flux-system", { dependsOn: [{ name: "never" }] }));
  for (const name of ["flux-system", "apps"]) await stage.until(kustomization, name, ready(commit));
  await stage.until(kustomization, "broken", failing("ArtifactFailed", /path not found/));
  await stage.until(kustomization, "waiting", failing("DependencyNotReady", /not found/));
  await told(stage, "flux-system", "NewArtifact");
  await told(stage, "apps", "ReconciliationSucceeded");
  await told(stage, "broken", "ArtifactFailed", "Warning");
  await writeFile(join(folder, "kustomization.yaml"), "resources: [settings.yaml]\nnamePrefix: my-\n");
  await writeFile(
    join(folder, "settings.yaml"),
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n",
  );
});
after(async () => {
  await stage?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A sentence, a command line, and what it must answer. Rows of a table run one after the other. */
type Rows = Record<string, [line: string, expected: Expected]>;

function table(rows: Rows): void {
  for (const [sentence, [line, expected]] of Object.entries(rows))
    test(`${sentence}: sluice ${line}`, async () =>
      check(await sluice(line.split(" ").filter(Boolean)), expected));
}

const shortened = /main@sha1:[0-9a-f]{8} /;
const appsRow = /^apps +main@sha1:[0-9a-f]{8} +False +True +Applied revision: main@sha1:[0-9a-f]{8}$/m;

describe("get", () =>
  table({
    "a table of one kind": ["get ks", { out: appsRow, err: "" }],
    "the columns": ["get ks", { out: /^NAME +REVISION +SUSPENDED +READY +MESSAGE\n/ }],
    "options before the command": [`-n ${namespace} get ks`, { out: appsRow }],
    "one object": ["get kustomization apps", { out: /^NAME.*\napps .*\n$/ }],
    "two objects": ["get ks apps infra-configs", { out: /^NAME.*\napps .*\ninfra-configs .*\n$/ }],
    "without a header": ["get ks apps --no-header", { out: /^apps .*\n$/ }],
    "every kind that there is": [
      "get all",
      { out: /^NAME [\s\S]*gitrepository\/flux-system [\s\S]*\n\nNAME [\s\S]*kustomization\/apps / },
    ],
    "all namespaces": ["get all -A", { out: /^NAMESPACE [\s\S]*\nflux-system +kustomization\/apps / }],
    "sources of a kind": ["get sources git", { out: shortened }],
    "sources of all kinds": ["get sources all", { out: /gitrepository\/flux-system/ }],
    "where the content comes from": [
      "get ks apps --show-source",
      { out: /^NAME +SOURCE [\s\S]*GitRepository\/flux-system\/flux-system/ },
    ],
    "more columns": [
      "get sources git -o wide",
      { out: /^NAME +URL .* AGE\nflux-system +http:.* \d+[smh]\S*\n$/ },
    ],
    names: ["get ks apps -o name", { out: /^kustomization\.kustomize\.toolkit\.fluxcd\.io\/apps\n$/ }],
    YAML: ["get ks apps -o yaml", { out: /^apiVersion: kustomize[\s\S]*\n {2}name: apps\n/ }],
    "JSON of several": ["get ks -o json", { out: /^\{\n {2}"apiVersion": "v1",\n {2}"kind": "List"/ }],
    "those that are not ready": [
      "get ks --status-selector ready=false --no-header",
      { out: /^broken +False +False +kustomization path not found.*\nwaiting .*never' not found\n$/ },
    ],
    "none that match": ["get ks apps --status-selector ready=false --no-header", { out: "", err: "" }],
    "none with a label": ["get ks -l no=label", { code: 1, err: /no Kustomization objects found/ }],
    "nothing of all kinds": ["get all -n default", { out: "", err: /^No objects found in "default"/ }],
    "none of a kind": [
      "get hr",
      { code: 1, err: /^✗ no HelmRelease objects found in "flux-system" namespace/ },
    ],
    "a name that was mistyped": [
      "get ks aps",
      { code: 1, out: "", err: /'aps' not found.*did you mean 'apps'\?/ },
    ],
    "a name of another namespace": [
      "get ks apps -n default",
      { code: 1, err: /in namespace flux-system: add -n/ },
    ],
    "one that is there and one that is not": [
      "get ks apps nope",
      { code: 1, out: appsRow, err: /'nope' not found/ },
    ],
    "a kind that was mistyped": ["get kustomizaton", { code: 1, err: /did you mean 'kustomization'\?/ }],
    "a kind that is not ours": ["get pods", { code: 1, err: /unknown kind 'pods'; known are: all, git/ }],
    "half a kind": ["get source", { code: 1, err: /which source\? git, oci/ }],
    "no kind": ["get", { code: 2, err: /missing required argument 'kind'/ }],
    "a selector that is none": ["get ks --status-selector x", { code: 1, err: /takes type=status/ }],
    "a form that is none": [
      "get ks -o table",
      { code: 2, err: /Allowed choices are json, yaml, wide, name/ },
    ],
  }));

describe("reconcile", () => {
  table({
    "an applier": ["reconcile ks apps", { out: "", err: /✔ applied revision main@sha1:[0-9a-f]{40}\n$/ }],
    "a source": ["reconcile source git flux-system", { err: /✔ fetched revision main@sha1:[0-9a-f]{40}\n$/ }],
    "an applier after its source": [
      "reconcile ks apps --with-source",
      {
        err: /► annotating GitRepository[\s\S]*✔ fetched [\s\S]*► annotating Kustomization apps[\s\S]*✔ applied/,
      },
    ],
    "one that fails, without waiting for the timeout": [
      "reconcile ks broken",
      { code: 1, err: /✗ Kustomization reconciliation failed: 'kustomization path not found/ },
    ],
    "one that is not there": ["reconcile ks aps", { code: 1, err: /did you mean 'apps'\?/ }],
    "no name": ["reconcile ks", { code: 1, err: /kustomization name is required/ }],
    "several kinds": ["reconcile all x", { code: 1, err: /names several kinds/ }],
    "a flag of another kind": ["reconcile ks apps --force", { code: 1, err: /for HelmReleases/ }],
    "a source without a source": [
      "reconcile source git flux-system --with-source",
      { code: 1, err: /no source/ },
    ],
    "a timeout that is none": [
      "reconcile ks apps --timeout soon",
      { code: 1, err: /takes a duration like 30s/ },
    ],
  });
  test("one that waits for another: sluice reconcile ks waiting --timeout …", async () => {
    const missing =
      /✗ timed out after \d+s: Kustomization 'waiting': dependency 'flux-system\/never' not found/;
    // A busy machine may need longer until its controller has taken the request up.
    for (let seconds = 1; ; seconds *= 4) {
      const answer = await sluice(["reconcile", "ks", "waiting", "--timeout", `${seconds}s`]);
      if (seconds < 60 && !missing.test(answer.err)) continue;
      return check(answer, { code: 1, err: missing });
    }
  });
  test("the request is in the status afterwards", async () => {
    check(await sluice(["reconcile", "ks", "apps"]), {});
    const { metadata, status } = (await stage.get(kustomization, "apps"))!;
    assert.equal(status.lastHandledReconcileAt, metadata.annotations?.["reconcile.fluxcd.io/requestedAt"]);
    assert.equal(status.lastAppliedRevision, revision);
  });
});

describe("suspend and resume", () =>
  table({
    one: [
      "suspend ks apps",
      { out: "", err: /► suspending kustomization apps in flux-system[\s\S]*✔ kustomization suspended/ },
    ],
    "it shows": ["get ks apps --no-header", { out: /^apps +main@\S+ +True +True/ }],
    "it is not reconciled": [
      "reconcile ks apps",
      { code: 1, err: /is suspended; run: sluice resume kustomization apps/ },
    ],
    "one again, and its end": [
      "resume ks apps",
      {
        err: /✔ kustomization resumed[\s\S]*✔ Kustomization apps reconciliation completed\n✔ applied revision/,
      },
    ],
    two: ["suspend ks apps infra-configs", { err: /suspending kustomization infra-configs/ }],
    "two again": [
      "resume ks apps infra-configs --wait",
      { err: /Kustomization infra-configs reconciliation completed/ },
    ],
    "all of a kind": ["suspend source git --all", { err: /✔ source git suspended/ }],
    "all of a kind again": [
      "resume source git --all --wait",
      { err: /✔ GitRepository flux-system reconciliation completed/ },
    ],
    "one that fails": ["resume ks broken", { code: 1, err: /Kustomization broken reconciliation failed/ }],
    "one that is not there leaves the others alone": [
      "suspend ks apps nope",
      { code: 1, err: /^✗ .*'nope' not found/ },
    ],
    "nothing named": ["suspend ks", { code: 1, err: /kustomization name is required \(or --all\)/ }],
    "a kind that cannot": ["suspend externalartifact x", { code: 1, err: /cannot be suspended/ }],
  }));

describe("events", () =>
  table({
    "of the namespace": ["events", { out: /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n/ }],
    "of an object and its source": ["events --for ks/apps", { out: /Kustomization\/apps[\s\S]*/ }],
    "of its source": ["events --for ks/apps", { out: /NewArtifact +GitRepository\/flux-system/ }],
    "of lines of their own": ["events --for ks/apps", { out: /Namespace\/podinfo created\n +\S/ }],
    warnings: ["events --types Warning", { out: /Warning +\S+ +Kustomization\/broken/ }],
    "warnings of something that is well": [
      "events --for ks/apps --types Warning",
      { out: "", err: /^No events found/ },
    ],
    everywhere: ["events -A", { out: /^NAMESPACE +LAST SEEN/ }],
    "of something that is not there": ["events --for ks/aps", { code: 1, err: /did you mean 'apps'\?/ }],
    "of a type that is none": ["events --types Error", { code: 1, err: /takes Normal and Warning/ }],
  }));

describe("logs", { skip: clusterKind === "real" && "the pods of a bare control plane have no logs" }, () =>
  table({
    "of both controllers": [
      "logs",
      { out: /GitRepository\/flux-system\.flux-system - [\s\S]*Kustomization\/apps\.flux-system - / },
    ],
    "of one kind": ["logs --kind GitRepository", { out: /^(?!.*Kustomization\/)/s }],
    "of one object": [
      "logs --kind kustomization --name apps --tail 1000",
      { out: /^(\S+ \w+ Kustomization\/apps\.\S+ .*\n)+$/ },
    ],
    errors: ["logs --level error", { out: /^(\S+ error .*\n)+$/ }],
    "none that are so new": ["logs --kind Kustomization --name nope", { out: "" }],
    "of an installation that is not there": [
      "logs --flux-namespace nope",
      { code: 1, err: /no controllers found in namespace "nope"/ },
    ],
    "of a time that is none": ["logs --since-time soon", { code: 1, err: /takes a time like/ }],
    "of two times": [
      "logs --since 1h --since-time 2026-01-01T00:00:00Z",
      { code: 2, err: /cannot be used with/ },
    ],
    "of many lines": ["logs --tail many", { code: 2, err: /it takes a number of lines/ }],
  }),
);

describe("tree", () =>
  table({
    "of everything": [
      "tree ks flux-system",
      {
        out: /^Kustomization\/flux-system\/flux-system\n├── Kustomization\/flux-system\/apps\n│ {3}├── Namespace\/podinfo\n/,
      },
    ],
    "by its name alone": [
      "tree apps",
      { out: /^Kustomization\/flux-system\/apps\n├── Namespace\/podinfo\n/ },
    ],
    "of our kinds": ["tree ks flux-system --compact", { out: /^(?!.*Namespace)/s }],
    "as data": [
      "tree ks apps -o json",
      { out: /^\{\n {2}"resource": \{\n {4}"Namespace": "flux-system",\n {4}"Name": "apps"/ },
    ],
    "as YAML": ["tree ks apps -o yaml", { out: /^resource:\n {2}GroupKind:\n/ }],
    "of one that is not there": ["tree ks aps", { code: 1, err: /did you mean 'apps'\?/ }],
    "of another kind": ["tree source git flux-system", { code: 1, err: /not of a GitRepository/ }],
  }));

describe("what needs no cluster", () =>
  table({
    "a build": [
      "kustomize build",
      { out: /^apiVersion: v1\nkind: ConfigMap\nmetadata:\n {2}name: my-settings\n$/, err: "" },
    ],
    "a build of nothing": ["kustomize build nowhere", { code: 1, err: /must build at directory/ }],
    "a restrictor that is none": [
      "kustomize build . --load-restrictor x",
      { code: 2, err: /Allowed choices/ },
    ],
    "the version": ["--version", { out: /^\d+\.\d+\.\d+\n$/ }],
    "the version of this program": ["version --client", { out: /^sluice: v\d+\.\d+\.\d+\n$/ }],
    help: ["--help", { out: /Commands:[\s\S]*completion / }],
    "help for nothing": ["", { out: /^Usage: sluice/ }],
    "help for a command, with examples": [
      "reconcile --help",
      { out: /Examples:\n {2}# [\s\S]*sluice reconcile ks apps --with-source/ },
    ],
    "a command that was mistyped": ["gett", { code: 2, err: /Did you mean get\?/ }],
    "an option that is none": ["get ks --bogus", { code: 2, err: /unknown option '--bogus'/ }],
    "a script for bash": ["completion bash", { out: /complete -F _sluice sluice/ }],
    "a script for zsh": ["completion zsh", { out: /^#compdef sluice/ }],
    "a script for fish": ["completion fish", { out: /complete -c sluice/ }],
    "a script for another shell": [
      "completion tcsh",
      { code: 2, err: /Allowed choices are bash, zsh, fish/ },
    ],
  }));

describe("completion", () => {
  const rows: Record<string, [words: string[], lines: RegExp]> = {
    "of commands": [["re"], /^reconcile\t.*\nresume\t.*\n$/],
    "of kinds": [["get", "kus"], /^kustomizations\n$/],
    "of the second word of a kind": [["get", "source", "g"], /^git\n$/],
    "of names": [["get", "ks", "infra"], /^infra-configs\ninfra-controllers\n$/],
    "of names that are not there yet": [["suspend", "ks", "infra-configs", "infra"], /^infra-controllers\n$/],
    "of namespaces": [["get", "ks", "-n", "flux"], /^flux-system\n$/],
    "of choices": [["get", "ks", "-o", "y"], /^yaml\n$/],
    "of flags": [["get", "--show"], /^--show-source\t/],
    "of files": [["up", "--repo", ""], /^:files\n$/],
  };
  for (const [sentence, [words, lines]] of Object.entries(rows))
    test(sentence, async () => check(await sluice(["__complete", "--", ...words]), { out: lines, err: "" }));
  test("of names, silently, when there is no cluster", async () =>
    check(await sluice(["__complete", "--", "get", "ks", ""], { env: { KUBECONFIG: "/nowhere" } }), {
      out: "",
      err: "",
    }));
});

describe("a cluster", () => {
  test("tells its versions", async () => {
    const answer = await sluice(["version"]);
    check(answer, { out: /^sluice: v\S+\ndistribution: flux-v\S+\n/, err: "" });
    if (clusterKind === "embedded") assert.match(answer.out, /^source-controller: v/m);
  });
  const unreachable = { env: { KUBECONFIG: "/nowhere" } };
  test("that is not configured", async () =>
    check(await sluice(["get", "ks"], unreachable), { code: 1, err: /kubeconfig/ }));
  test("that is not configured leaves the version of this program", async () =>
    check(await sluice(["version"], unreachable), {
      out: /^sluice: v\S+\n$/,
      err: /are not known: .*kubeconfig/,
    }));
  test("that does not answer", async () => {
    const kubeconfig = join(folder, "dead-kubeconfig");
    const cluster = { name: "dead", cluster: { server: "http://127.0.0.1:9" } };
    const context = { name: "dead", context: { cluster: "dead", user: "dead" } };
    const config = {
      clusters: [cluster],
      contexts: [context],
      users: [{ name: "dead", user: {} }],
      "current-context": "dead",
    };
    await writeFile(kubeconfig, JSON.stringify({ apiVersion: "v1", kind: "Config", ...config }));
    check(await sluice(["get", "ks", "--kubeconfig", kubeconfig, "--timeout", "5s"]), {
      code: 1,
      err: /127\.0\.0\.1:9.*nothing listens there/,
    });
  });
});

describe("what goes on until it is interrupted", () => {
  /** Runs until the output matches, then presses Ctrl-C. */
  async function until(args: string[], pattern: RegExp, meanwhile: () => Promise<unknown> = async () => {}) {
    const env = { ...process.env, KUBECONFIG: stage.world.kubeconfig };
    const child = spawn(process.execPath, [main, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => child.once("close", resolve));
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      out += text;
    });
    try {
      await eventually(() => out !== "");
      await eventually(
        async () => {
          // Again, as it may not have watched all of its objects the first time.
          if (!pattern.test(out)) await meanwhile();
          return pattern.test(out);
        },
        { everyMs: 1_000 },
      ).catch(() => assert.match(out, pattern));
      child.kill("SIGINT"); // once: a second one would end it the hard way
      assert.equal(await ended, 0);
    } finally {
      child.kill("SIGKILL");
    }
  }
  const ask = () => stage.request(kustomization, "apps");
  test("get --watch shows changes", () =>
    until(["get", "ks", "apps", "-w"], /^NAME .*\napps [\s\S]*\napps .* True /, async () =>
      check(await sluice(["suspend", "ks", "apps"]), {}),
    ));
  test("events --watch shows what comes", () =>
    until(["events", "-w", "--for", "ks/apps"], /Kustomization\/apps/, ask));
  test("logs --follow shows new lines", { skip: clusterKind === "real" }, async () => {
    check(await sluice(["resume", "ks", "apps"]), {});
    await until(["logs", "-f", "--tail", "1"], /Kustomization\/apps[\s\S]*\n[\s\S]*Kustomization\/apps/, ask);
  });
});

describe("up", () =>
  test("brings the sample to life and goes", { skip: clusterKind === "real" }, async () => {
    const answer = await sluice(["up", "--once"], { killMs: 300_000 });
    check(answer, {
      out: /kustomization\/apps +True/,
      err: /✔ Deployment demo\/web: registry\.example\/web:1\.1\.0, 3\/3 ready/,
    });
  }));
