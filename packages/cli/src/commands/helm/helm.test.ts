import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { loadArchive, OCI_TYPES } from "@sluice/helm";
import { listen, startRegistry } from "@sluice/testing";

const main = join(import.meta.dirname, "../../main.ts");
let dir: string;

const chart: Record<string, string> = {
  "web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\nkeywords: [b, a]\n",
  "web/values.yaml": "replicas: 1 # of each\n",
  "web/README.md": "About web.",
  "web/crds/a.yaml": "kind: CustomResourceDefinition\n",
  "web/templates/a.yaml":
    "kind: A\nmetadata: {name: {{ .Release.Name }}}\nnamespace: {{ .Release.Namespace }}\nreplicas: {{ .Values.replicas }}\n",
  "web/templates/test.yaml":
    "kind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\nvalue: {{ .Values.deep }}",
  "broken/Chart.yaml": "apiVersion: v2\nname: broken\nversion: 1.0.0\n",
  "broken/templates/a.yaml": "a: [\n",
  "failing/Chart.yaml": "apiVersion: v2\nname: failing\nversion: 1.0.0\n",
  "failing/templates/a.yaml": '{{ fail "no" }}',
  "top/Chart.yaml":
    'apiVersion: v2\nname: top\nversion: 0.1.0\ndependencies: [{name: web, version: "1.x", repository: "file://../web"}]\n',
};

before(() => {
  dir = mkdtempSync(join(tmpdir(), "sluice-test-"));
  for (const [path, text] of Object.entries(chart)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
});
after(() => rmSync(dir, { recursive: true, force: true }));

const env = { PATH: process.env["PATH"], HOME: "/nonexistent" };
const helm = (args: string[], input = "") =>
  spawnSync(process.execPath, [main, "helm", ...args], { cwd: dir, input, encoding: "utf8", env });

const manifest = (name: string, namespace: string, replicas = "1") =>
  `---\n# Source: web/templates/a.yaml\nkind: A\nmetadata: {name: ${name}}\nnamespace: ${namespace}\nreplicas: ${replicas}\n`;
const hook =
  "---\n# Source: web/templates/test.yaml\nkind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\nvalue: \n";

/** What is printed, byte for byte as helm v4.2.4 prints it. */
const printed: Record<string, [args: string[], stdout: string, input?: string]> = {
  "a release": [["template", "rel", "web"], manifest("rel", "default") + hook],
  "a release without a name": [["template", "web", "--no-hooks"], manifest("release-name", "default")],
  "a name of a template": [
    ["template", "web", "--name-template", 'x-{{ "A" | lower }}', "--skip-tests"],
    manifest("x-a", "default"),
  ],
  "a namespace": [["template", "rel", "web", "-n", "there", "--skip-tests"], manifest("rel", "there")],
  "values of standard input": [
    ["template", "rel", "web", "-f", "-", "--skip-tests"],
    manifest("rel", "default", "3"),
    "replicas: 3\n",
  ],
  "values of the command line": [
    ["template", "rel", "web", "--set", "replicas=4", "--set-string", "x=1,y=2", "--skip-tests"],
    manifest("rel", "default", "4"),
  ],
  "some templates": [["template", "rel", "web", "-s", "templates/t*.yaml"], `${hook}\n`],
  "definitions too": [
    ["template", "rel", "web", "--include-crds", "--no-hooks"],
    `---\n# Source: web/crds/a.yaml\nkind: CustomResourceDefinition\n\n${manifest("rel", "default")}`,
  ],
  "flags with and without what may follow them": [
    ["template", "--dry-run=client", "--wait", "rel", "web", "--include-crds=false", "--skip-tests=true"],
    manifest("rel", "default"),
  ],
  origins: [
    ["template", "rel", "web", "--origins"],
    "A/rel  web/templates/a.yaml:1  (replicas)\nPod/t  web/templates/test.yaml:1  (deep)\n",
  ],
  "the values of a chart": [["show", "values", "web"], "replicas: 1 # of each\n\n"],
  "Chart.yaml": [
    ["show", "chart", "web"],
    "apiVersion: v2\nkeywords:\n- b\n- a\nname: web\nversion: 1.0.0\n\n",
  ],
  "the README": [["show", "readme", "web"], "About web.\n"],
  "the definitions": [["show", "crds", "web"], "---\nkind: CustomResourceDefinition\n\n"],
  "what a chart depends on": [
    ["dependency", "list", "top"],
    "NAME\tVERSION\tREPOSITORY   \tSTATUS \nweb \t1.x    \tfile://../web\tmissing\n\n",
  ],
};
for (const [sentence, [args, stdout, input]] of Object.entries(printed)) {
  test(`helm prints ${sentence}`, () => {
    const done = helm(args, input);
    assert.equal(done.stderr, "");
    assert.equal(done.stdout, stdout);
    assert.equal(done.status, 0);
  });
}

/** What is said on standard error. */
const refused: Record<string, [args: string[], stderr: string]> = {
  "a chart that is not there": [["template", "rel", "./nope"], 'Error: path "./nope" not found\n'],
  "a chart of no repository": [
    ["show", "all", "nope"],
    "Error: non-absolute URLs should be in form of repo_name/path_to_chart, got: nope\n",
  ],
  "a name that is none": [
    ["template", "A", "web", "--generate-name"],
    "Error: cannot set --generate-name and also specify a name\n",
  ],
  "a template that prints no YAML": [
    ["template", "broken"],
    "Error: YAML parse error on broken/templates/a.yaml: error converting YAML to JSON: yaml: line 1: did not find expected node content\n\nUse --debug flag to render out invalid YAML\n",
  ],
  "a template that nobody has": [
    ["template", "web", "-s", "templates/b.yaml"],
    "Error: could not find template templates/b.yaml in chart\n",
  ],
  "a version of Kubernetes that is none, before all else": [
    ["template", "nope", "--kube-version", "new"],
    "Error: invalid kube version 'new': could not parse \"new\" as version\n",
  ],
  "to lint for a version of Kubernetes that is none": [
    ["lint", "web", "--kube-version", "new"],
    "Error: invalid kube version 'new': could not parse \"new\" as version\n",
  ],
  "a values file that is not there": [
    ["template", "web", "-f", "no.yaml"],
    "Error: open no.yaml: no such file or directory\n",
  ],
  "a chart without its dependencies": [
    ["package", "top"],
    "Error: found in Chart.yaml, but missing in charts/ directory: web\n",
  ],
};
for (const [sentence, [args, stderr]] of Object.entries(refused)) {
  test(`helm refuses ${sentence}`, () => {
    const done = helm(args);
    assert.equal(done.stderr, stderr);
    assert.equal(done.stdout, "");
    assert.equal(done.status, 1);
  });
}

/** What is printed of a rendering that fails, byte for byte as helm v4.2.4 prints it. */
const shownOfFailures: Record<string, [args: string[], stdout: string]> = {
  "that is no manifest": [["broken"], "---\n# Source: broken/templates/a.yaml\na: [\n"],
  "that is no manifest, if it is asked for": [["broken", "-s", "templates/b.yaml"], ""],
  "of templates that fail": [["failing"], "\n"],
};
for (const [sentence, [args, stdout]] of Object.entries(shownOfFailures)) {
  test(`helm template --debug shows what was printed ${sentence}`, () => {
    const done = helm(["template", "--debug", ...args]);
    assert.equal(done.stdout, stdout);
    assert.match(done.stderr, /^Error: .*\n$/);
    assert.equal(done.status, 1);
  });
}

test("helm template writes a file for each template", () => {
  const done = helm(["template", "rel", "web", "--output-dir", "out", "--release-name", "--skip-tests"]);
  assert.equal(done.stdout, "wrote out/rel/web/templates/a.yaml\n\n");
  assert.equal(
    readFileSync(join(dir, "out/rel/web/templates/a.yaml"), "utf8"),
    `${manifest("rel", "default")}\n`,
  );
});

test("helm package packs a chart under another version, with what dependency update fetches", () => {
  const done = helm(["package", "top", "-u", "-d", "packed", "--version", "2.0.0"]);
  assert.equal(
    done.stdout,
    "Successfully packaged chart and saved it to: packed/top-2.0.0.tgz\n",
    done.stderr,
  );
  const packed = loadArchive(readFileSync(join(dir, "packed/top-2.0.0.tgz")));
  assert.equal(packed.metadata.version, "2.0.0");
  assert.deepEqual(
    packed.dependencies.map(({ metadata }) => metadata.name),
    ["web"],
  );
  rmSync(join(dir, "top/charts"), { recursive: true });
  rmSync(join(dir, "top/Chart.lock"));
});

test("helm fetches charts of a repository, and shows it the password that is its own", async () => {
  assert.equal(helm(["package", "web", "-d", "repository"]).status, 0);
  const seen: (string | undefined)[] = [];
  const files: Record<string, string | Buffer> = {
    "/charts/index.yaml":
      "apiVersion: v1\nentries:\n  web:\n  - {apiVersion: v2, name: web, version: 1.0.0, urls: [web-1.0.0.tgz]}\n",
    "/charts/web-1.0.0.tgz": readFileSync(join(dir, "repository/web-1.0.0.tgz")),
  };
  const server = await listen((request, response) => {
    seen.push(request.headers.authorization);
    const body = files[request.url!];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  try {
    const repo = `${server.address}/charts`;
    const run = (...args: string[]) => runAsync(["template", "rel", "web", "--repo", repo, ...args]);
    const done = await run("--skip-tests", "--username", "me", "--password", "secret");
    assert.equal(done.stdout, manifest("rel", "default"), done.stderr);
    assert.deepEqual(seen, Array(2).fill(`Basic ${Buffer.from("me:secret").toString("base64")}`));
    const missing = await run("--version", "2.0.0");
    assert.equal(missing.stderr, `Error: chart "web" version "2.0.0" not found in ${repo} repository\n`);
  } finally {
    await server.close();
  }
});

test("helm pulls charts of a registry, packed and unpacked", async () => {
  assert.equal(helm(["package", "web", "-d", "repository"]).status, 0);
  const me = { username: "me", password: "secret" };
  const registry = await startRegistry({ auth: { kind: "bearer", ...me } });
  try {
    const data = readFileSync(join(dir, "repository/web-1.0.0.tgz"));
    const config = { mediaType: OCI_TYPES.config, data: "{}" };
    const { digest } = registry.push("web", "1.0.0", {
      config,
      layers: [{ mediaType: OCI_TYPES.chart, data }],
    });
    const pull = (...args: string[]) =>
      runAsync([
        "pull",
        `oci://${registry.host}/web`,
        "--plain-http",
        "--username",
        "me",
        "--password",
        "secret",
        ...args,
      ]);
    const done = await pull("-d", "pulled");
    const said = `Pulled: ${registry.host}/web:1.0.0\nDigest: ${digest}\n`;
    assert.deepEqual(done, { stdout: said, stderr: "" });
    assert.deepEqual(readFileSync(join(dir, "pulled/web-1.0.0.tgz")), data);
    const unpacked = ["--version", "1.x", "--untar", "-d", "pulled", "--untardir", "here"];
    assert.deepEqual(await pull(...unpacked), { stdout: said, stderr: "" });
    assert.equal(readFileSync(join(dir, "pulled/here/web/README.md"), "utf8"), "About web.");
    assert.equal(
      (await pull(...unpacked)).stderr,
      "Error: failed to untar: a file or directory with the name pulled/here/web already exists\n",
    );
  } finally {
    await registry.close();
  }
});

async function runAsync(args: string[]): Promise<{ stdout: string; stderr: string }> {
  const { execFile } = await import("node:child_process");
  return new Promise((resolve) =>
    execFile(process.execPath, [main, "helm", ...args], { cwd: dir, env }, (_, stdout, stderr) =>
      resolve({ stdout, stderr }),
    ),
  );
}
