import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

const main = join(import.meta.dirname, "../main.ts");
const config = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
const SIZE = 400_000;
let dir: string;

before(() => {
  dir = mkdtempSync(join(tmpdir(), "sluice-test-"));
  writeFileSync(join(dir, "kustomization.yaml"), "resources: [a.yaml]\nnamePrefix: x-\n");
  writeFileSync(join(dir, "a.yaml"), config("a"));
  mkdirSync(join(dir, "charts/charts/web/templates"), { recursive: true });
  writeFileSync(
    join(dir, "charts/kustomization.yaml"),
    "helmCharts: [{name: web, releaseName: rel, namespace: there}]\n",
  );
  writeFileSync(join(dir, "charts/charts/web/Chart.yaml"), "apiVersion: v2\nname: web\nversion: 1.0.0\n");
  writeFileSync(join(dir, "charts/charts/web/values.yaml"), "name: web\n");
  writeFileSync(
    join(dir, "charts/charts/web/templates/a.yaml"),
    config("{{ .Release.Name }}-{{ .Values.name }}").replace(
      "}\n",
      ", namespace: {{ .Release.Namespace }}}\n",
    ),
  );
  mkdirSync(join(dir, "broken"));
  writeFileSync(join(dir, "broken/kustomization.yaml"), "resources: [a.yml]\n");
  mkdirSync(join(dir, "large"));
  writeFileSync(join(dir, "large/kustomization.yaml"), "resources: [a.yaml]\n");
  writeFileSync(join(dir, "large/a.yaml"), `${config("a")}data: {a: "${"x".repeat(SIZE)}"}\n`);
});
after(() => rmSync(dir, { recursive: true, force: true }));

const sluice = (args: string[], input = "") =>
  spawnSync(process.execPath, [main, "kustomize", "build", ...args], { cwd: dir, input, encoding: "utf8" });

const rows: Record<string, [args: string[], input: string, status: number, said: RegExp]> = {
  "a folder": [["."], "", 0, /name: x-a\n/],
  "a kustomization on standard input": [["-"], "resources: [a.yaml]\nnameSuffix: -in", 0, /name: a-in\n/],
  origins: [
    ["--origins"],
    "",
    0,
    /^ConfigMap\/x-a {2}metadata\.name {2}kustomization\.yaml:2 {2}\(transformer, Prefix/m,
  ],
  "origins for programs": [["--origins", "-o", "json"], "", 0, /"file": "a\.yaml"/],
  "a file that is not there": [
    ["broken"],
    "",
    1,
    /kustomization\.yaml:1: .*'a\.yml' : lstat a\.yml: no such file/,
  ],
  "charts that are not asked for": [["charts"], "", 1, /must specify --enable-helm/],
  charts: [["charts", "--enable-helm"], "", 0, /name: rel-web\n {2}namespace: there\n/],
  "Helm's command": [["--helm-command", "helm"], "", 2, /--helm-command is not supported: .*no command/],
  functions: [["--as-current-user"], "", 2, /--as-current-user is not supported: .*patches/],
  "a restrictor nobody knows": [["--load-restrictor", "x"], "", 2, /LoadRestrictionsRootOnly/],
};
for (const [sentence, [args, input, status, said]] of Object.entries(rows)) {
  test(`kustomize build: ${sentence}`, () => {
    const done = sluice(args, input);
    assert.match(done.stdout + done.stderr, said);
    assert.equal(done.status, status);
  });
}

test("kustomize build: a file for each object in a directory", () => {
  const target = join(dir, "out");
  mkdirSync(target);
  assert.equal(sluice(["-o", target]).status, 0);
  assert.deepEqual(readdirSync(target), ["v1_configmap_x-a.yaml"]);
});

test("kustomize build: a slow reader gets everything", async () => {
  const length = await new Promise<number>((resolve) => {
    const command = `"${process.execPath}" "${main}" kustomize build large | (sleep 1; wc -c)`;
    execFile("/bin/sh", ["-c", command], { cwd: dir }, (_, stdout) => resolve(Number(stdout)));
  });
  assert.ok(length > SIZE, `${length} bytes`);
});
