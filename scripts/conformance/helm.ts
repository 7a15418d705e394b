/** Replays whole charts that `helm template` has rendered. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

type Case = {
  name: string;
  release: { name: string; namespace: string; isUpgrade: boolean; revision: number };
  kubeVersion: string;
  apiVersions: string[];
  valuesFiles: string[];
  set: string[];
  setString?: string[];
  setJson?: string[];
  setFile?: string[];
  setLiteral?: string[];
  includeCRDs: boolean;
  expect: "output" | "error";
  error?: string;
  warnings?: string[];
};

type Helm = typeof import("../../packages/helm/src/index.ts");
type Rendered = ReturnType<Helm["renderRelease"]>;

/** One vector: its name, and what is wrong with our answer (undefined if nothing). */
export type Vector = { name: string; run(): string | undefined };

export async function loadHelm(folder: string): Promise<Vector[]> {
  const helm = await import("../../packages/helm/src/index.ts");
  const cases = join(folder, "cases");
  return readdirSync(cases)
    .sort()
    .map((name) => ({ name, run: () => within(join(cases, name), () => check(helm)) }));
}

/** Runs in a directory, because errors name files as they were named on the command line. */
function within<T>(dir: string, work: () => T): T {
  const before = process.cwd();
  process.chdir(dir);
  try {
    return work();
  } finally {
    process.chdir(before);
  }
}

function check(helm: Helm): string | undefined {
  const one = JSON.parse(readFileSync("case.json", "utf8")) as Case;
  const warnings: string[] = [];
  let rendered: Rendered;
  try {
    rendered = render(helm, one, (line) => warnings.push(line));
  } catch (thrown) {
    const known = thrown instanceof Error && ["ChartError", "TemplateError"].includes(thrown.name);
    if (!known) return `crashed: ${String((thrown as Error)?.stack)}`;
    return one.expect === "output"
      ? `failed: ${thrown.message}`
      : difference("error", ordered(thrown.message), ordered(one.error!));
  }
  if (one.expect === "error") return `rendered, but should fail with "${one.error}"`;
  return (
    difference("output", helm.templateText(rendered), readFileSync("expected.yaml", "utf8")) ??
    // Go ranges over maps in no particular order; the recorded lines are sorted.
    difference("warnings", warnings.sort(), (one.warnings ?? []).sort()) ??
    difference("notes", rendered.notes, existsSync("notes.txt") ? readFileSync("notes.txt", "utf8") : "") ??
    checkHooks(helm, rendered)
  );
}

/** Helm tells the problems of values in the random order of Go's maps, so that their lines are compared sorted. */
function ordered(error: string): string {
  return error.startsWith("values don't meet") ? error.split("\n").sort().join("\n") : error;
}

/** What the command line does: `helm template`. */
function render(helm: Helm, one: Case, warn: (line: string) => void): Rendered {
  const { valuesFiles, set, setString, setJson, setFile, setLiteral } = one;
  const values = helm.mergeValues({
    files: valuesFiles.map((name) => ({ name, data: readFileSync(name) })),
    set,
    setString,
    setJson,
    setFile,
    setLiteral,
    readFile: (path) => readFileSync(path, "utf8"),
  });
  const chart = helm.loadChart("./chart", { warn });
  helm.checkInstallable(chart, warn);
  return helm.renderRelease(chart, {
    release: one.release,
    values,
    kubeVersion: one.kubeVersion || helm.DEFAULT_KUBE_VERSION,
    apiVersions: [...helm.KNOWN_API_VERSIONS, ...one.apiVersions],
    includeCrds: one.includeCRDs,
    now: Date.now,
    random: (size) => crypto.getRandomValues(new Uint8Array(size)),
    warn,
  });
}

function checkHooks(helm: Helm, { hooks }: Rendered): string | undefined {
  const found = {
    hooks: hooks.map(({ last_run, ...hook }) =>
      Object.fromEntries(Object.entries(hook).filter(([, value]) => !(isEmpty(value) || value === 0))),
    ),
    executionOrder: Object.fromEntries(
      helm.HOOK_EVENTS.map((event) => [
        event,
        helm.hooksFor(hooks, event).map(({ kind, name }) => `${kind}/${name}`),
      ]).filter(([, order]) => !isEmpty(order)),
    ),
  };
  const recorded = existsSync("hooks.json")
    ? JSON.parse(readFileSync("hooks.json", "utf8"))
    : { hooks: [], executionOrder: {} };
  return difference("hooks", found, recorded);
}

const isEmpty = (value: unknown): boolean => value === "" || (Array.isArray(value) && value.length === 0);

function difference(what: string, ours: unknown, theirs: unknown): string | undefined {
  if (isDeepStrictEqual(ours, theirs)) return undefined;
  return `${what}: expected ${JSON.stringify(theirs)}\n     got ${JSON.stringify(ours)}`;
}
