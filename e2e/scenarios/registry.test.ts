// Charts of registries: the commands of the real Helm and ours, on the reference implementation of a registry and on the one of
// the tests, which must not differ either. Needs Go; both programs are built on first use.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createAuthority, startRegistry } from "@sluice/testing";
import { type Answer, runProgram } from "../command-line.ts";
import { programs } from "../oracle/index.ts";
import { onPath } from "../programs.ts";
import { startRealRegistry, user } from "../registry/index.ts";

const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
const skip = onPath("go") === undefined && "no Go here, with which Helm and a registry are built";

type Registry = { host: string; close(): Promise<void> };
/** The same content in each. */
type Name = "real" | "ours";

const authority = createAuthority();
const tls = authority.server(["127.0.0.1"]);
const login = ["--username", user.username, "--password", user.password];
let dir: string;
let helm: string;
const plain = {} as Record<Name, Registry>;
const guarded = {} as Record<Name, Registry>;

const env = () => ({
  PATH: process.env.PATH,
  HOME: join(dir, "home"),
  HELM_CONFIG_HOME: join(dir, "config"),
  HELM_CACHE_HOME: join(dir, "cache"),
  HELM_DATA_HOME: join(dir, "data"),
});
const runHelm = (args: string[], cwd = dir) => runProgram(helm, args, { env: env(), cwd });
const runOurs = (args: string[], cwd = dir) =>
  runProgram(process.execPath, [main, "helm", ...args], { env: env(), cwd });

/** HOST is the registry's. */
const lines = [
  "template r oci://HOST/charts/web --plain-http",
  "template r oci://HOST/charts/web --plain-http --version 1.0.0",
  "template r oci://HOST/charts/web --plain-http --version ^1.0",
  "template r oci://HOST/charts/web --plain-http --version 2.0.0+build.5",
  "template r oci://HOST/charts/web --plain-http --version >1.2.3-0",
  "template r oci://HOST/charts/web --plain-http --devel",
  "template r oci://HOST/charts/web:1.0.0 --plain-http",
  "template r oci://HOST/charts/web:1.0.0 --plain-http --version 1.2.3",
  "template r oci://HOST/charts/web:latest --plain-http",
  "template r oci://HOST/charts/web --plain-http --version 9.9.9",
  "template r oci://HOST/charts/web --plain-http --version >9",
  "template r oci://HOST/charts/web --plain-http --version nonsense",
  "template r oci://HOST/charts/web --plain-http --version 1.0.0 --verify",
  "show all oci://HOST/charts/web --plain-http --version 1.0.0",
  "show values oci://HOST/charts/web --plain-http --version 1.0.0",
  "pull oci://HOST/charts/web --plain-http --version 1.0.0",
  "pull oci://HOST/charts/web --plain-http --version 1.0.0 --prov",
  "pull oci://HOST/charts/nope --plain-http --version 1.0.0",
];

const behindDoors = {
  "a password in flags": `template r oci://HOST/charts/web --version ^1 --ca-file ca.pem ${login.join(" ")}`,
  "any certificate": `show chart oci://HOST/charts/web --insecure-skip-tls-verify ${login.join(" ")}`,
};

describe("charts of registries", { skip, timeout: 40 * 60_000 }, () => {
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "sluice-e2e-registry-"));
    ({ helm } = await programs());
    [plain.real, plain.ours, guarded.real, guarded.ours] = await Promise.all([
      startRealRegistry(),
      startRegistry(),
      startRealRegistry({ guarded: true, tls }),
      startRegistry({ auth: { kind: "bearer", ...user }, tls }),
    ]);
    await writeFile(join(dir, "ca.pem"), authority.cert);
    await mkdir(join(dir, "source/templates"), { recursive: true });
    await writeFile(join(dir, "source/values.yaml"), "a: 1\n");
    await writeFile(
      join(dir, "source/templates/a.yaml"),
      "kind: A\nmetadata: {name: {{ .Release.Name }}}\nv: {{ .Chart.Version }}\n",
    );
    for (const version of ["0.9.0", "1.0.0", "1.2.3", "1.3.0-rc.1", "2.0.0+build.5"]) {
      await writeFile(join(dir, "source/Chart.yaml"), `apiVersion: v2\nname: web\nversion: ${version}\n`);
      await ok(runHelm(["package", "source", "-d", "packed"]));
      const archive = `packed/web-${version}.tgz`;
      for (const { host } of Object.values(plain))
        await ok(runHelm(["push", archive, `oci://${host}/charts`, "--plain-http"]));
      for (const { host } of Object.values(guarded))
        await ok(runHelm(["push", archive, `oci://${host}/charts`, "--ca-file", "ca.pem", ...login]));
    }
  });
  after(async () => {
    await Promise.all([...Object.values(plain), ...Object.values(guarded)].map((one) => one.close()));
    await rm(dir, { recursive: true, force: true });
  });

  describe("Helm and sluice helm say and do the same", () => {
    for (const line of lines)
      test(line, async () => {
        const { stdout: wanted, code } = await inOneStream(runHelm(wordsOf(line, "real")));
        for (const name of ["real", "ours"] as const) {
          const found = await inOneStream(runOurs(wordsOf(line, name)));
          assert.deepEqual(found, { stdout: wanted, code });
        }
      });
    test("template and show print nothing else on standard output", async () => {
      for (const words of [
        ["template", "r"],
        ["show", "chart"],
      ]) {
        const { out, err } = await runOurs([...words, `oci://${plain.real.host}/charts/web`, "--plain-http"]);
        assert.doesNotMatch(out, /Pulled/);
        assert.match(err, /^Pulled: /);
      }
    });
  });

  for (const [kind, line] of Object.entries(behindDoors))
    test(`behind a door: ${kind}`, async () => {
      for (const name of ["real", "ours"] as const) {
        const wanted = await inOneStream(runHelm(wordsOf(line, name, guarded)));
        assert.equal(wanted.code, 0, wanted.stdout);
        assert.deepEqual(await inOneStream(runOurs(wordsOf(line, name, guarded))), wanted);
      }
    });

  test("helm registry login lets sluice in too", async () => {
    for (const name of ["real", "ours"] as const) {
      const words = wordsOf(
        "template r oci://HOST/charts/web --version 1.0.0 --ca-file ca.pem",
        name,
        guarded,
      );
      assert.match((await runOurs(words)).err, /wants other credentials/);
      await ok(runHelm(["registry", "login", guarded[name].host, "--ca-file", "ca.pem", ...login]));
      assert.match((await ok(runOurs(words))).out, /v: 1\.0\.0/);
      await ok(runHelm(["registry", "logout", guarded[name].host]));
    }
  });

  for (const how of ["update", "build"])
    test(`dependency ${how} leaves the same behind`, async () => {
      const left = await Promise.all([runHelm, runOurs].map((run) => dependenciesBy(run, how)));
      assert.deepEqual(left[1], left[0]);
    });

  test("the registry of the tests answers as the real one does", async () => {
    const [real, ours] = await Promise.all(
      ["real", "ours"].map((name) => exchanges(plain[name as Name].host)),
    );
    assert.deepEqual(ours, real);
  });
});

const wordsOf = (line: string, name: Name, registries = plain) =>
  line.replaceAll("HOST", registries[name].host).split(" ");

/** Both streams, as template and show say on the other one what they pulled; hosts have one name. */
async function inOneStream(running: Promise<Answer>): Promise<{ stdout: string; code: number | null }> {
  const { out, err, code } = await running;
  const lines = `${out}${err}`.replace(/127\.0\.0\.1:\d+/g, "HOST").split("\n");
  return { stdout: lines.sort().join("\n"), code };
}

async function ok(running: Promise<Answer>): Promise<Answer> {
  const answer = await running;
  assert.equal(answer.code, 0, answer.err);
  return answer;
}

/** What is printed, and what lies there afterwards. */
async function dependenciesBy(run: typeof runHelm, how: string): Promise<object> {
  const top = await mkdtemp(join(dir, "top-"));
  const repository = `oci://${plain.real.host}/charts`;
  const dependencies = [
    `{name: web, version: ^1.0, repository: "${repository}"}`,
    `{name: web, version: 0.9.0, repository: "${repository}", alias: old}`,
  ];
  await writeFile(
    join(top, "Chart.yaml"),
    `apiVersion: v2\nname: top\nversion: 0.1.0\ndependencies: [${dependencies}]\n`,
  );
  const { out, err, code } = await run(["dependency", how, top, "--plain-http"]);
  const charts: Record<string, string> = {};
  for (const file of (await readdir(join(top, "charts"))).sort())
    charts[file] = sha256(await readFile(join(top, "charts", file)));
  const lock = (await readFile(join(top, "Chart.lock"), "utf8")).replace(/^generated: .*$/m, "");
  return { out, err, code, charts, lock };
}

const sha256 = (data: string | Uint8Array) => `sha256:${createHash("sha256").update(data).digest("hex")}`;

/** Pushes and asks for what is there and what is not; the answers, as far as the specification wants something of them. */
async function exchanges(host: string): Promise<string[]> {
  const answers: string[] = [];
  const type = "application/vnd.oci.image.manifest.v1+json";
  const ask = async (
    method: string,
    path: string,
    body?: string,
    contentType = "application/octet-stream",
  ) => {
    const headers = { accept: type, ...(body !== undefined && { "content-type": contentType }) };
    const response = await fetch(new URL(path, `http://${host}`), { method, headers, body });
    answers.push(`${method} ${generic(path)}: ${await shown(response)}`);
    return new URL(response.headers.get("location") ?? "/", `http://${host}`);
  };
  const generic = (text: string) =>
    text.replaceAll(host, "HOST").replace(/uploads\/[\w-]+(\?(_state=[^&\s]*&?)?)?/g, "uploads/ID?");
  const shown = async (response: Response) => {
    const body: any = await response.json().catch(() => undefined);
    const names = ["content-type", "docker-content-digest", "link", "location", "range"];
    const headers = names.map((name) => response.headers.get(name)).filter(Boolean);
    // Lists beyond the end are null there; the specification wants a list.
    const said =
      (body?.errors && [...new Set(body.errors.map((one: { code: string }) => one.code))]) ??
      body?.tags ??
      (body && "tags" in body ? [] : body);
    return generic([response.status, ...headers, JSON.stringify(said)].join(" "));
  };
  const upload = async (data: string, how: "put" | "patch", digest = sha256(data)) => {
    let at = await ask("POST", "/v2/org/app/blobs/uploads/");
    if (how === "patch") at = await ask("PATCH", at.href, data);
    at.searchParams.set("digest", digest);
    await ask("PUT", at.href, how === "put" ? data : undefined);
  };
  const part = (data: string) => ({ mediaType: "a/b", digest: sha256(data), size: data.length });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: type,
    config: part("{}"),
    layers: [part("layer")],
  });
  const push = (reference: string, body = manifest) =>
    ask("PUT", `/v2/org/app/manifests/${reference}`, body, type);

  for (const path of ["", "org/app/tags/list", "org/app/manifests/1", `org/app/blobs/${sha256("x")}`])
    await ask("GET", `/v2/${path}`);
  await push("1.0.0");
  await upload("{}", "put");
  await upload("layer", "patch");
  await upload("other", "put", sha256("nope"));
  for (const tag of ["latest", "1.0.0", "1.1.0", sha256(manifest), sha256("nope")]) await push(tag);
  await push("broken", "{");
  for (const method of ["GET", "HEAD"])
    for (const path of [
      "manifests/1.0.0",
      `manifests/${sha256(manifest)}`,
      "manifests/none",
      `blobs/${sha256("layer")}`,
      `blobs/${sha256("none")}`,
    ])
      await ask(method, `/v2/org/app/${path}`);
  for (const query of ["", "?n=2", "?n=2&last=1.1.0", "?n=3", "?n=0", "?last=zzz"])
    await ask("GET", `/v2/org/app/tags/list${query}`);
  return answers;
}
