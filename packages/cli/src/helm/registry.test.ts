import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { promisify } from "node:util";
import { loadDirectory, OCI_TYPES, packageChart } from "@sluice/helm";
import {
  createAuthority,
  type RegistryServerOptions,
  startRegistry,
  startStaticServer,
} from "@sluice/testing";
import type { Shell } from "../shell.ts";
import { bringDependencies } from "./dependencies.ts";
import type { ChartOptions } from "./flags.ts";
import { fetchVerified, openChart } from "./locate.ts";

const dir = mkdtempSync(join(tmpdir(), "sluice-registry-"));
const closing: (() => Promise<void>)[] = [];
after(async () => {
  await Promise.all(closing.map((close) => close()));
  rmSync(dir, { recursive: true });
});

let printed = { out: "", err: "" };
beforeEach(() => {
  printed = { out: "", err: "" };
});

const shell = (env: Shell["env"] = {}): Shell => ({
  terminal: {
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    fancy: false,
    fancyErr: false,
    columns: 80,
  },
  signal: AbortSignal.timeout(600_000),
  now: Date.now,
  env: { HELM_CONFIG_HOME: join(dir, "none"), DOCKER_CONFIG: join(dir, "none"), ...env },
  wants: () => true,
});

const archive = (version: string): Buffer => {
  const source = join(dir, "source");
  mkdirSync(source, { recursive: true });
  writeFileSync(join(source, "Chart.yaml"), `apiVersion: v2\nname: web\nversion: ${version}\n`);
  writeFileSync(join(source, "values.yaml"), "a: 1\n");
  return Buffer.from(packageChart(loadDirectory(source)).bytes);
};

const versions = ["1.0.0", "1.2.3", "1.3.0-rc.1", "2.0.0+build.5"];

/** A registry with the chart `charts/web` in these versions. */
async function registryWith(options: RegistryServerOptions = {}) {
  const server = await startRegistry(options);
  closing.push(server.close);
  const config = { mediaType: OCI_TYPES.config, data: "{}" };
  for (const version of versions)
    server.push("charts/web", version.replace("+", "_"), {
      config,
      layers: [{ mediaType: OCI_TYPES.chart, data: archive(version) }],
    });
  server.push("charts/image", "1.0.0", { config: { mediaType: "a/b", data: "{}" }, layers: [] });
  const digest = server.content.manifest("charts/web", "1.0.0")!.digest;
  return { ...server, digest, web: `oci://${server.host}/charts/web` };
}

const open = async (name: string, options: ChartOptions = {}, env?: Shell["env"]) =>
  (await openChart(name, { plainHttp: true, ...options }, shell(env))).metadata.version;

/** What follows `oci://…/charts/web`, `--version`, and the version that comes. As Helm v4.2.4 answers, but for the last row. */
const rows: Record<string, [rest: string, version: string | undefined, found: string | RegExp]> = {
  "the latest": ["", undefined, "2.0.0+build.5"],
  "a version": ["", "1.0.0", "1.0.0"],
  "a version with metadata": ["", "2.0.0+build.5", "2.0.0+build.5"],
  "a range": ["", "^1.0", "1.2.3"],
  "a range with development versions": ["", "~1.3.0-0", "1.3.0-rc.1"],
  "a tag": [":1.0.0", undefined, "1.0.0"],
  "a digest": ["@DIGEST", undefined, "1.0.0"],
  "a digest with its tag": [":1.0.0@DIGEST", undefined, "1.0.0"],
  "a digest with its version": ["@DIGEST", "1.0.0", "1.0.0"],
  "a digest with a version that nobody pushed": ["@DIGEST", "1.0.1", "1.0.0"],
  "a digest and the tag of another": [
    ":1.2.3@DIGEST",
    undefined,
    /^chart reference digest mismatch: sha256:\w+ is not sha256:/,
  ],
  "a tag and another version": [
    ":1.0.0",
    "1.2.3",
    /^chart reference and version mismatch: 1\.2\.3 is not 1\.0\.0$/,
  ],
  "a version that is not there": [
    "",
    "9.9.9",
    /^failed to perform "FetchReference" on source: .*\/charts\/web:9\.9\.9: not found$/,
  ],
  "a range that nothing is in": [
    "",
    ">9",
    /^could not locate a version matching provided version string >9$/,
  ],
  "no version": ["", "nonsense", /^improper constraint: "nonsense"$/],
  "a tag that is no version": [":latest", undefined, /^improper constraint: "latest"$/],
  "a chart that is not there": ["x", undefined, /^tags of .*\/charts\/webx: not found \(404: NAME_UNKNOWN/],
  "no chart": ["/../image", "1.0.0", /is no repository/],
  "a tag with a plus sign": [":2.0.0+build.5", undefined, "2.0.0+build.5"],
};
const plain = await registryWith();
for (const [sentence, [rest, version, found]] of Object.entries(rows))
  test(`a chart of a registry: ${sentence}`, async () => {
    const opened = open(plain.web + rest.replace("DIGEST", plain.digest), { version });
    if (typeof found === "string") assert.equal(await opened, found);
    else await assert.rejects(opened, { message: found });
  });

test("an image is no chart", () =>
  assert.rejects(open(`oci://${plain.host}/charts/image`, { version: "1.0.0" }), {
    message: "manifest does not contain minimum number of descriptors (2), descriptors found: 1",
  }));

test("what was pulled is told beside the output, with Helm's word on underscores", async () => {
  await open(plain.web, { version: "1.0.0" });
  assert.equal(printed.out, "");
  assert.equal(printed.err, `Pulled: ${plain.host}/charts/web:1.0.0\nDigest: ${plain.digest}\n`);
  await open(plain.web);
  assert.match(
    printed.err,
    /\/charts\/web:2\.0\.0_build\.5 contains an underscore\.\n\nOCI artifact references/,
  );
});

const me = { username: "me", password: "s3cret" };
const login = (host: string) =>
  JSON.stringify({ auths: { [host]: { auth: Buffer.from("me:s3cret").toString("base64") } } });

test("credentials come from flags, from Helm's login or from Docker's, in this order", async () => {
  const guarded = await registryWith({ auth: { kind: "bearer", ...me } });
  const at = guarded.web;
  await assert.rejects(open(at), /token server .* wants other credentials/);
  assert.equal(await open(at, me), "2.0.0+build.5");
  mkdirSync(join(dir, "docker"), { recursive: true });
  writeFileSync(join(dir, "docker/config.json"), login(guarded.host));
  assert.equal(await open(at, {}, { DOCKER_CONFIG: join(dir, "docker") }), "2.0.0+build.5");
  const registryConfig = join(dir, "helm.json");
  writeFileSync(registryConfig, '{"auths":{}}');
  assert.equal(await open(at, { registryConfig }, { DOCKER_CONFIG: join(dir, "docker") }), "2.0.0+build.5");
  writeFileSync(registryConfig, `{"credHelpers":{"${guarded.host}":"pass"}}`);
  const helper = open(at, { registryConfig }, { DOCKER_CONFIG: join(dir, "docker") });
  await assert.rejects(helper, /left to docker-credential-pass, and programs are not run; give a user name/);
  const wrong = open(at, { ...me, password: "wr0ng" }, { DOCKER_CONFIG: join(dir, "docker") });
  await assert.rejects(wrong, (thrown: Error) => !/wr0ng|s3cret/.test(thrown.message));
});

test("a registry's certificate is checked, by --ca-file or not at all", async () => {
  const authority = createAuthority();
  const secure = await registryWith({ tls: authority.server(["127.0.0.1"]) });
  const caFile = join(dir, "ca.pem");
  writeFileSync(caFile, authority.cert);
  const at = (options: ChartOptions) => open(secure.web, { plainHttp: false, version: "1.0.0", ...options });
  await assert.rejects(at({}), /the certificate of .* is not trusted/);
  assert.equal(await at({ caFile }), "1.0.0");
  assert.equal(await at({ insecureSkipTlsVerify: true }), "1.0.0");
  await assert.rejects(
    at({ caFile: join(dir, "nope.pem") }),
    /^HelmError: open .*nope\.pem: no such file or directory$|no such file/,
  );
  await assert.rejects(
    open(plain.web, { plainHttp: false, version: "1.0.0" }),
    /speaks no TLS; .* allow plain HTTP/,
  );
});

test("an index over HTTP may name charts of a registry; its credentials stay with it", async () => {
  const guarded = await registryWith({ auth: { kind: "bearer" } });
  const url = `${guarded.web}:1.2.3`;
  const index = `apiVersion: v1\nentries:\n  web: [{apiVersion: v2, name: web, version: 1.2.3, urls: ["${url}"]}]\n`;
  const server = await startStaticServer({ files: new Map([["index.yaml", index]]) });
  closing.push(server.close);
  assert.equal(await open("web", { repo: server.address, version: "^1", ...me }), "1.2.3");
  const shown = Buffer.from("me:s3cret").toString("base64");
  assert.ok(guarded.requests().every(({ authorization = "" }) => !authorization.includes(shown)));
});

test("a repository over HTTP is asked through the proxy of the environment", async () => {
  const index =
    "apiVersion: v1\nentries:\n  web: [{apiVersion: v2, name: web, version: 1.0.0, urls: [web-1.0.0.tgz]}]\n";
  const files = new Map<string, string | Buffer>([
    ["charts/index.yaml", index],
    ["charts/web-1.0.0.tgz", archive("1.0.0")],
  ]);
  // Asked for whole addresses, it answers itself.
  const proxy = await startStaticServer({ files });
  closing.push(proxy.close);
  const env = { HTTP_PROXY: proxy.address };
  assert.equal(await open("web", { repo: "http://charts.example.invalid/charts" }, env), "1.0.0");
  assert.deepEqual(proxy.requests(), ["/charts/index.yaml", "/charts/web-1.0.0.tgz"]);
});

const top = (dependencies: string): string => {
  const path = mkdtempSync(join(dir, "top-"));
  writeFileSync(
    join(path, "Chart.yaml"),
    `apiVersion: v2\nname: top\nversion: 0.1.0\ndependencies:\n${dependencies}`,
  );
  return path;
};

test("dependencies come from registries, and are locked", async () => {
  const repository = `oci://${plain.host}/charts`;
  const path = top(`- {name: web, version: ^1.0, repository: "${repository}"}\n`);
  await bringDependencies(path, "update", { plainHttp: true }, shell());
  const { digest } = plain.content.manifest("charts/web", "1.2.3")!;
  assert.equal(
    printed.out,
    `Saving 1 charts\nDownloading web from repo ${repository}\nPulled: ${plain.host}/charts/web:1.2.3\nDigest: ${digest}\nDeleting outdated charts\n`,
  );
  assert.deepEqual(readdirSync(join(path, "charts")), ["web-1.2.3.tgz"]);
  const lock = readFileSync(join(path, "Chart.lock"), "utf8");
  assert.match(
    lock,
    /^dependencies:\n- name: web\n {2}repository: oci:.*\n {2}version: 1\.2\.3\ndigest: sha256:/,
  );
  rmSync(join(path, "charts"), { recursive: true });
  await bringDependencies(path, "build", { plainHttp: true }, shell());
  assert.deepEqual(readdirSync(join(path, "charts")), ["web-1.2.3.tgz"]);
});

/** What is said of dependencies that cannot be had. */
const lacking: Record<string, [dependency: string, message: RegExp]> = {
  "a range that nothing is in": [
    "{name: web, version: ^7",
    /^could not download oci:\/\/.*\/charts\/web: could not locate a version matching provided version string \^7$/,
  ],
  "a version that is not there": [
    "{name: web, version: 9.9.9",
    /^could not download oci:\/\/.*: failed to perform "FetchReference"/,
  ],
  "a chart that is not there": [
    "{name: webx, version: ^1",
    /^could not retrieve list of tags for repository oci:\/\/[^/]+\/charts: .*not found/,
  ],
  "a signature": [
    "{name: web, version: 1.0.0",
    /^could not download .*: failed to fetch provenance "oci:\/\/.*\/charts\/web:1\.0\.0\.prov"$/,
  ],
};
for (const [what, [dependency, message]] of Object.entries(lacking))
  test(`dependencies lack ${what}`, async () => {
    const path = top(`- ${dependency}, repository: "oci://${plain.host}/charts"}\n`);
    const verify = what === "a signature";
    const brought = bringDependencies(path, "update", { plainHttp: true, verify }, shell());
    await assert.rejects(brought, { message });
    assert.deepEqual(readdirSync(path).includes("Chart.lock"), false);
  });

test("a signature that is wished for and missing is told, one that is needed is an error", async () => {
  const fetched = await fetchVerified(
    plain.web,
    { plainHttp: true, version: "1.0.0", prov: true },
    shell(),
    shell().terminal.out,
  );
  assert.equal(fetched.fileName, "web-1.0.0.tgz");
  const why =
    "manifest does not contain a layer with mediatype application/vnd.cncf.helm.chart.provenance.v1.prov";
  assert.match(printed.out, new RegExp(`WARNING: Verification not found for ${plain.web}: ${why}\n$`));
  await assert.rejects(open(plain.web, { version: "1.0.0", verify: true }), {
    message: `failed to fetch provenance "${plain.web}:1.0.0.prov"`,
  });
});

test("kustomizations have charts of registries", async () => {
  const authority = createAuthority();
  const secure = await registryWith({ tls: authority.server(["127.0.0.1"]) });
  const path = mkdtempSync(join(dir, "kustomization-"));
  writeFileSync(join(path, "ca.pem"), authority.cert);
  const chart = `{name: web, repo: "oci://${secure.host}/charts", version: ^1.0, releaseName: rel}`;
  writeFileSync(join(path, "kustomization.yaml"), `helmCharts: [${chart}]\n`);
  const main = join(import.meta.dirname, "../main.ts");
  const env = { PATH: process.env["PATH"], HOME: path, NODE_EXTRA_CA_CERTS: join(path, "ca.pem") };
  const run = promisify(execFile)(process.execPath, [main, "kustomize", "build", "--enable-helm", path], {
    env,
  });
  assert.match((await run).stderr, /^Pulled: .*\/charts\/web:1\.2\.3\n/);
  assert.deepEqual(readdirSync(join(path, "charts/web-^1.0/web")), ["Chart.yaml", "values.yaml"]);
});

/** Signed by a key of its own; `helm verify` v4.2.4 takes it. */
const testdata = join(import.meta.dirname, "testdata");
const signed = (file: string) => readFileSync(join(testdata, file));
const keyring = join(testdata, "pubring.gpg");

test("signatures are checked: of charts in registries, of dependencies and of files", async () => {
  const registry = await registryWith();
  const push = (archive: Buffer) =>
    registry.push("charts/web", "1.0.0", {
      config: { mediaType: OCI_TYPES.config, data: "{}" },
      layers: [
        { mediaType: OCI_TYPES.provenance, data: signed("web-1.0.0.tgz.prov") },
        { mediaType: OCI_TYPES.chart, data: archive },
      ],
    });
  push(signed("web-1.0.0.tgz"));
  const options = { plainHttp: true, version: "1.0.0", verify: true, keyring };
  const { verification } = await fetchVerified(registry.web, options, shell(), shell().terminal.out);
  assert.deepEqual(verification?.signedBy, ["Sluice Tests <tests@example.com>"]);
  const path = top(`- {name: web, version: 1.0.0, repository: "oci://${registry.host}/charts"}\n`);
  await bringDependencies(path, "update", options, shell());
  assert.deepEqual(readdirSync(join(path, "charts")), ["web-1.0.0.tgz"]);
  push(archive("1.0.0"));
  await assert.rejects(
    open(registry.web, options),
    /^ChartError: sha256 sum does not match for web-1\.0\.0\.tgz/,
  );
  await assert.rejects(bringDependencies(path, "build", options, shell()), /sha256 sum does not match/);
  assert.equal(await open(join(testdata, "web-1.0.0.tgz"), options), "1.0.0");
});

test("signatures of charts in repositories over HTTP lie beside them", async () => {
  const index =
    "apiVersion: v1\nentries:\n  web: [{apiVersion: v2, name: web, version: 1.0.0, urls: [web-1.0.0.tgz]}]\n";
  const files = new Map<string, string | Buffer>([
    ["index.yaml", index],
    ["web-1.0.0.tgz", signed("web-1.0.0.tgz")],
  ]);
  const server = await startStaticServer({ files });
  closing.push(server.close);
  const options = { repo: server.address, verify: true, keyring };
  await assert.rejects(open("web", options), {
    message: `failed to fetch provenance "${server.url("web-1.0.0.tgz.prov")}"`,
  });
  files.set("web-1.0.0.tgz.prov", signed("web-1.0.0.tgz.prov"));
  assert.equal(await open("web", options), "1.0.0");
  assert.equal(await open(server.url("web-1.0.0.tgz"), { verify: true, keyring }), "1.0.0");
  const path = top(`- {name: web, version: 1.0.0, repository: "${server.address}"}\n`);
  await bringDependencies(path, "update", options, shell());
  files.set("web-1.0.0.tgz", archive("1.0.0"));
  await assert.rejects(open("web", options), /sha256 sum does not match/);
  await assert.rejects(bringDependencies(path, "update", options, shell()), /sha256 sum does not match/);
});

/** What `--verify` refuses: Helm v4.2.4's words. */
const unsigned: Record<string, [file: string, keyring: string, message: RegExp]> = {
  "a folder": [".", keyring, /^unpacked charts cannot be verified$/],
  "no archive": ["pubring.gpg", keyring, /^chart must be a tgz file$/],
  "keys that are not there": [
    "web-1.0.0.tgz",
    "/nope",
    /^failed to load keyring: open \/nope: no such file or directory$/,
  ],
  "no keys": ["web-1.0.0.tgz", "/dev/null", /^openpgp: signature made by unknown entity$/],
};
for (const [what, [file, keyring, message]] of Object.entries(unsigned))
  test(`--verify refuses ${what}`, () =>
    assert.rejects(open(join(testdata, file), { verify: true, keyring }), { message }));

test("--verify refuses an archive without a provenance file", async () => {
  const file = join(dir, "web-1.0.0.tgz");
  writeFileSync(file, archive("1.0.0"));
  const message = `could not load provenance file ${file}.prov: stat ${file}.prov: no such file or directory`;
  await assert.rejects(open(file, { verify: true, keyring }), { message });
});
