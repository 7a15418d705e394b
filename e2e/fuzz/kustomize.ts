/**
 * Random compositions, built by us and by kustomize itself: outputs must be the same bytes, and what fails must fail in both.
 *
 *   node e2e/fuzz/kustomize.ts --oracle /path/to/kustomize [--seed 1] [--count 100] [--keep DIR] [--verbose] [--messages] [--damage]
 *
 * Where both fail, it counts how often our message has the innermost cause of kustomize's; `--messages` lists the others. `--damage`
 * breaks something in each composition first.
 * The oracle is `go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2`. A failing case is told by its seed; `--seed N
 * --count 1 --keep DIR` leaves its files behind.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { difference, differsInHashAlone, ours, theirs } from "./kustomize-compare.ts";
import { damage } from "./kustomize-damage.ts";
import { NAMES, resource, scalar } from "./kustomize-manifests.ts";
import { Messages } from "./kustomize-messages.ts";
import {
  apiVersionOf,
  asList,
  directivePatch,
  type Files,
  type Id,
  plugin,
  RARE_OPTIONS,
  rareJsonPatch,
  rareResource,
} from "./kustomize-more.ts";
import { WIDE_OPTIONS } from "./kustomize-wide.ts";
import { type Random, seeded } from "./random.ts";

function idOf(text: string): Id {
  const find = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? "";
  return {
    kind: find(/^kind: (.*)$/m),
    name: find(/^metadata:\n {2}name: (.*)$/m),
    namespace: find(/^metadata:\n {2}name: .*\n {2}namespace: (.*)$/m),
  };
}

const PATCHED = ["Deployment", "StatefulSet", "ConfigMap", "Service", "Thing"];

function strategicPatch(r: Random, known: Id[]): string {
  const candidates = known.filter(({ kind }) => PATCHED.includes(kind));
  const { kind, name, namespace } =
    candidates.length > 0 && r.chance(95)
      ? r.pick(candidates)
      : { kind: r.pick(PATCHED), name: r.pick(NAMES), namespace: "" };
  const api =
    kind === "Thing" ? "example.com/v1" : kind === "ConfigMap" || kind === "Service" ? "v1" : "apps/v1";
  const head = `apiVersion: ${api}\nkind: ${kind}\nmetadata:\n  name: ${name}${namespace ? `\n  namespace: ${namespace}` : ""}`;
  const labels = r.chance(30)
    ? `\n  labels:\n    patched: ${r.pick(["a", "null", '"1"'])}\n  annotations:\n    note: ${r.pick(["b", "null"])}`
    : "";
  if (r.chance(8)) return `$patch: delete\n${head}`;
  if (kind === "Deployment" && r.chance(25)) return directivePatch(r, { name, namespace });
  const item = r.pick(["z", "name: x"]);
  // A text empties a list of maps, and kustomize cannot read back the empty list it writes behind the comment of a Listed.
  const listItem = known.some((each) => each.kind === "Listed") ? "name: x" : item;
  const body = {
    ConfigMap: `data:\n  k: ${r.pick(["patched", "null", '"1"'])}\n  extra: x`,
    Service: `spec:\n  ports:\n  - port: 80\n    name: ${r.pick(["http", "x"])}\n  - port: 443`,
    Thing: `spec:\n  f${r.pick(["a", "B", "1", "_"])}${r.below(3)}: ${scalar(r, 2)}\n  list:\n  - ${listItem}\n  new:\n    deep: null\n    kept: 1`,
  }[kind];
  const containers = r.pick([
    "      - name: main\n        env:\n        - name: A\n          value: patched\n        - name: Z\n          value: new",
    "      - name: side\n        $patch: delete",
    "      - name: extra\n        image: busybox",
    "      - name: main\n        ports:\n        - containerPort: 80\n          name: http\n        - containerPort: 81",
    "      - $patch: replace\n      - name: only\n        image: x",
    "      - name: main\n        args: [new]\n        resources: null",
  ]);
  const volumes = r.chance(30)
    ? `\n      volumes:\n      - name: v\n        ${r.pick(["emptyDir: null\n        hostPath:\n          path: /x", "$patch: delete", "configMap:\n          name: db"])}`
    : "";
  return `${head}${labels}\n${body ?? `spec:\n  replicas: ${r.below(9)}\n  template:\n    spec:\n      containers:\n${containers}${volumes}`}`;
}

function jsonPatch(r: Random): string {
  if (r.chance(30)) return rareJsonPatch(r);
  return r.pick([
    '[{"op": "add", "path": "/metadata/labels", "value": {"json": "yes"}}]',
    '- op: add\n  path: /metadata/annotations/json\n  value: "1"',
    "- op: replace\n  path: /metadata/name\n  value: renamed",
    "- op: add\n  path: /extra\n  value: {a: [1, 2.50, null]}",
    "- op: replace\n  path: /spec\n  value: {replaced: 900719925474099}",
    "- op: copy\n  from: /metadata/name\n  path: /metadata/copied",
  ]);
}

const indented = (body: string, pad: string): string =>
  body
    .split("\n")
    .map((line) => pad + line)
    .join("\n");

function patches(r: Random, dir: string, files: Files, known: Id[]): string[] {
  const lines = ["patches:"];
  for (let i = 0; i <= r.below(3); i++) {
    const json = r.chance(40);
    const body = json ? jsonPatch(r) : strategicPatch(r, known);
    if (r.chance(50)) {
      files.set(`${dir}/patch${i}.yaml`, `${body}\n`);
      lines.push(`- path: patch${i}.yaml`);
    } else lines.push("- patch: |-", indented(body, "    "));
    if (json || r.chance(40)) {
      const selector = r.pick([
        ["kind: Deployment"],
        ["name: web"],
        ["name: web.*"],
        ["labelSelector: app=web"],
        ["kind: ConfigMap", "name: .*"],
        ["namespace: prod"],
        ["annotationSelector: note"],
        ["group: apps", "version: v1"],
      ]);
      lines.push("  target:", ...selector.map((line) => `    ${line}`));
    }
    if (!json && r.chance(15))
      lines.push("  options:", `    ${r.pick(["allowNameChange", "allowKindChange"])}: true`);
  }
  return lines;
}

function generators(r: Random, dir: string, files: Files, known: Id[]): string[] {
  const kind = r.pick(["ConfigMap", "Secret"]);
  const lines = [kind === "ConfigMap" ? "configMapGenerator:" : "secretGenerator:"];
  const existing = known.filter((id) => id.kind === kind);
  if (existing.length > 0 && r.chance(60)) {
    const { name, namespace } = r.pick(existing);
    lines.push(`- name: ${name}`, `  behavior: ${r.pick(["merge", "merge", "merge", "replace"])}`);
    if (namespace !== "") lines.push(`  namespace: ${namespace}`);
  } else {
    const name = r.chance(90) ? `${dir}-gen` : r.pick(NAMES);
    lines.push(`- name: ${name}`);
    known.push({ kind, name, namespace: "" });
  }
  lines.push("  literals:", "  - k=v", `  - q="${r.pick(["a b", "", "x=y"])}"`);
  if (r.chance(40)) {
    files.set(`${dir}/env.txt`, "# comment\nENV=1\n  SPACED= x \nEMPTY=\n");
    lines.push("  envs: [env.txt]");
  }
  if (r.chance(40)) {
    files.set(
      `${dir}/file.conf`,
      r.pick(["line one\nline two\n", "no newline", "", "trailing \nspace\n", "in\ttab\n"]),
    );
    lines.push("  files:", r.pick(["  - file.conf", "  - renamed=file.conf"]));
  }
  if (r.chance(30))
    lines.push(
      "  options:",
      "    labels: {gen: a}",
      `    ${r.pick(["immutable", "disableNameSuffixHash"])}: true`,
    );
  if (r.chance(20))
    lines.push("generatorOptions:", "  annotations: {all: b}", `  disableNameSuffixHash: ${r.chance(50)}`);
  return lines;
}

const SOURCE_FIELDS: Record<string, string> = {
  ConfigMap: "data.k",
  Service: "spec.ports.0.port",
  Deployment: "spec.template.spec.containers.0.image",
  Thing: "spec.list",
};

function replacements(r: Random, known: Id[]): string[] {
  const sources = known.filter(({ kind }) => kind in SOURCE_FIELDS);
  const targets = known.filter(({ kind }) => ["Deployment", "Thing", "ConfigMap", "Ingress"].includes(kind));
  if (sources.length === 0 || targets.length === 0) return [];
  const { kind, name } = r.pick(sources);
  const path = r.pick([
    "metadata.labels.copied",
    "metadata.annotations.note",
    "spec.new.deep",
    "spec.items.0.deep",
    "metadata.labels.[a.b/c]",
  ]);
  return [
    "replacements:",
    `- source: {kind: ${kind}, name: ${name}, fieldPath: ${r.chance(60) ? SOURCE_FIELDS[kind] : "metadata.name"}}`,
    "  targets:",
    `  - select: {kind: ${r.pick(targets).kind}}`,
    `    fieldPaths: ["${path}"]`,
    ...(r.chance(90) ? ["    options: {create: true}"] : ["    options: {delimiter: ':', index: 1}"]),
  ];
}

const OPTIONS: ((r: Random, known: Id[]) => string[])[] = [
  (r) => [`namePrefix: ${r.pick(["p-", "x"])}`],
  (r) => [`nameSuffix: ${r.pick(["-s", "'2'"])}`],
  (r) => [`namespace: ${r.pick(["prod", "other"])}`],
  () => ["commonLabels:", "  common: label"],
  (r) => [
    "labels:",
    "- pairs:",
    "    l: v",
    `  ${r.pick(["includeSelectors", "includeTemplates", "includeVolumeClaimTemplates"])}: true`,
  ],
  () => ["commonAnnotations:", '  anno: "1"'],
  (r) => [
    "images:",
    "- name: nginx",
    `  ${r.pick(["newTag: '2'", "newName: mirror/nginx", "digest: sha256:def", "tagSuffix: -x"])}`,
    "- name: redis",
    "  newName: mirror/redis",
    '  newTag: "7"',
  ],
  replacements,
  (r, known) => {
    const workloads = known.filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet");
    return workloads.length > 0 ? ["replicas:", `- name: ${r.pick(workloads).name}`, "  count: 7"] : [];
  },
  (r, known) => {
    const named = known.filter(({ kind }) => kind !== "Namespace");
    if (named.length === 0) return [];
    const { kind, name } = r.pick(named);
    return [
      "vars:",
      "- name: VAR",
      `  objref: {kind: ${kind}, name: ${name}, apiVersion: ${apiVersionOf(kind)}}`,
    ];
  },
  (r, known) => ["patchesStrategicMerge:", "- |-", indented(strategicPatch(r, known), "  ")],
  (r, known) => {
    const { kind, name } = r.pick(known);
    const [group = "", version = ""] = apiVersionOf(kind).includes("/")
      ? apiVersionOf(kind).split("/")
      : ["", apiVersionOf(kind)];
    return [
      "patchesJson6902:",
      `- target: {group: "${group}", version: ${version}, kind: ${kind}, name: ${name}}`,
      "  patch: |-",
      indented(jsonPatch(r), "    "),
    ];
  },
  (r, known) => ["transformers:", "- |-", indented(plugin(r, known), "  ")],
  (r) => [
    "generators:",
    "- |-",
    `  apiVersion: builtin\n  kind: ${r.pick(["ConfigMapGenerator", "SecretGenerator"])}\n  metadata:\n    name: plugged\n  literals: [a=1]`,
  ],
  (r) => ["sortOptions:", `  order: ${r.pick(["fifo", "legacy"])}`],
  (r) => ["buildMetadata:", `- ${r.pick(["originAnnotations", "transformerAnnotations", "managedByLabel"])}`],
];

function kustomization(
  r: Random,
  dir: string,
  files: Files,
  resources: string[],
  overlay: boolean,
  known: Id[],
): void {
  const lines = ["resources:", ...resources.map((path) => `- ${path}`)];
  if (r.chance(overlay ? 60 : 25)) lines.push(...patches(r, dir, files, known));
  if (r.chance(30)) lines.push(...generators(r, dir, files, known));
  const options = [
    ...OPTIONS.map((option) => ({ often: 8, make: () => option(r, known) })),
    ...RARE_OPTIONS.map((option) => ({ often: 8, make: () => option(r, dir, files, known) })),
    ...WIDE_OPTIONS.map((option) => ({ often: 4, make: () => option(r, dir, files, known) })),
  ];
  for (const { often, make } of options) {
    const made = r.chance(often) ? make() : [];
    // A field may be given once.
    if (made[0] && !lines.some((line) => line.split(":")[0] === made[0]!.split(":")[0])) lines.push(...made);
  }
  if (overlay && r.chance(20)) {
    const head = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n";
    const body = () => r.pick(OPTIONS.slice(0, 7))(r, []).join("\n");
    const nested = r.chance(30);
    if (nested) files.set("nested/kustomization.yaml", `${head}${body()}\n`);
    files.set(
      "component/kustomization.yaml",
      `${head}${nested ? "components: [../nested]\n" : ""}${body()}\n`,
    );
    lines.push("components:", "- ../component");
  }
  files.set(`${dir}/kustomization.yaml`, `${lines.join("\n")}\n`);
}

function composition(r: Random): Files {
  const files: Files = new Map();
  const bases = ["base", "other"].slice(0, 1 + r.below(2));
  const taken = new Set<string>();
  const all: Id[] = [];
  for (const base of bases) {
    const known: Id[] = [];
    const fresh = (): string => {
      for (;;) {
        const made = r.chance(15) ? rareResource(r) : resource(r);
        const id = idOf(made);
        // Mostly without namespaces in the way: the same name twice is an error in any overlay that moves both.
        const key = r.chance(98) ? `${id.kind}/${id.name}` : `${id.kind}/${id.name}/${id.namespace}`;
        if (taken.has(key)) continue;
        taken.add(key);
        known.push(id);
        return made;
      }
    };
    const names: string[] = [];
    for (let i = 0; i <= r.below(3); i++) {
      const documents = Array.from({ length: 1 + r.below(4) }, fresh);
      const text = r.chance(8)
        ? asList(documents)
        : documents.join(r.pick(["\n---\n", "\n---\n# note\n", "\n\n---\n\n", "\n--- # note\n"]));
      files.set(`${base}/r${i}.yaml`, r.chance(85) ? `${text}\n` : text);
      names.push(`r${i}.yaml`);
    }
    kustomization(r, base, files, names, false, known);
    all.push(...known);
  }
  const through = r.chance(25) ? ["middle"] : [];
  for (const dir of [...through, "overlay"]) {
    const below = dir === "overlay" && through.length > 0 ? through : bases;
    kustomization(
      r,
      dir,
      files,
      below.map((base) => `../${base}`),
      true,
      all,
    );
  }
  return files;
}

function write(dir: string, files: Files): void {
  for (const [path, content] of files) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
}

function main(): number {
  const { values } = parseArgs({
    options: {
      oracle: { type: "string" },
      seed: { type: "string", default: "1" },
      count: { type: "string", default: "100" },
      keep: { type: "string" },
      verbose: { type: "boolean" },
      messages: { type: "boolean" },
      damage: { type: "boolean" },
    },
  });
  if (!values.oracle) {
    console.error("give the kustomize to compare with: --oracle /path/to/kustomize");
    return 2;
  }
  const first = Number(values.seed);
  let failed = 0;
  let errors = 0;
  let hashes = 0;
  const messages = new Messages();
  for (let seed = first; seed < first + Number(values.count); seed++) {
    const dir = values.keep ?? realpathSync(mkdtempSync(join(tmpdir(), "sluice-fuzz-")));
    const r = seeded(seed);
    const files = composition(r);
    if (values.damage) damage(r, files);
    write(dir, files);
    const mine = ours(join(dir, "overlay"));
    const other = theirs(values.oracle, join(dir, "overlay"));
    const problem = difference(mine, other);
    const hashAlone = problem !== undefined && differsInHashAlone(files, mine, other);
    if (hashAlone) hashes++;
    if ("error" in mine) errors++;
    if ("error" in mine && "error" in other) messages.compare(seed, mine.error, other.error);
    if ("error" in mine && values.verbose) console.log(`seed ${seed}: both fail: ${mine.error}`);
    if (problem && !hashAlone) {
      failed++;
      console.log(`seed ${seed}: ${problem}\n`);
    }
    if (!values.keep) rmSync(dir, { recursive: true, force: true });
  }
  console.log(
    `${Number(values.count) - failed} of ${values.count} alike (${errors} of them errors, ${hashes} but for a hash)`,
  );
  console.log(messages.report(values.messages === true));
  return failed > 0 ? 1 : 0;
}

process.exitCode = main();
