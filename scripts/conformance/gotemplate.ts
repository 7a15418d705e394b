/** Replays single templates that Helm's engine has rendered. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

type Case = {
  name: string;
  template: string;
  values: object;
  helpers?: string;
  files?: Record<string, string>;
  release?: { name?: string; namespace?: string; revision?: number; isUpgrade?: boolean };
  kubeVersion?: string;
  apiVersions?: string[];
  expect: "output" | "error";
  output?: string;
  outputBase64?: string;
  errorContains?: string;
  error?: string;
};

/** The chart of all cases, as the README of the vectors describes it. */
const CHART = {
  name: "vec",
  version: "0.1.0",
  appVersion: "1.2.3",
  description: "A vector chart",
  type: "application",
  apiVersion: "v2",
  keywords: ["k1", "k2"],
  annotations: { "example.com/a": "b" },
  maintainers: [{ name: "Ann", email: "ann@example.com" }],
  home: "https://example.com",
  sources: ["https://example.com/src"],
  kubeVersion: ">=1.20.0-0",
};

type Engine = typeof import("../../packages/gotemplate/src/index.ts");

/** One vector: its name, and what is wrong with our answer (undefined if nothing). */
export type Vector = { name: string; run(): string | undefined };

/** The vectors of a folder. With `exact`, whole errors are compared and not just the fragment that must be in them. */
export async function loadGotemplate(folder: string, exact = false): Promise<Vector[]> {
  const engine = await import("../../packages/gotemplate/src/index.ts");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Case[])
    .map((one) => ({ name: one.name, run: () => check(engine, one, exact) }));
}

function check(engine: Engine, one: Case, exact: boolean): string | undefined {
  let output: string;
  try {
    output = render(engine, one);
  } catch (thrown) {
    if (!(thrown instanceof engine.TemplateError)) return `crashed: ${String((thrown as Error)?.stack)}`;
    if (one.expect === "output") return `failed: ${thrown.message}`;
    const wanted = exact ? one.error! : one.errorContains!;
    const fits = exact ? thrown.message === wanted : thrown.message.includes(wanted);
    return fits
      ? undefined
      : `expected error ${JSON.stringify(wanted)}\n     got error ${JSON.stringify(thrown.message)}`;
  }
  if (one.expect === "error")
    return `printed ${JSON.stringify(output)}, but should fail with "${one.errorContains}"`;
  const wanted = one.outputBase64
    ? Buffer.from(one.outputBase64, "base64").toString("latin1")
    : engine.encode(one.output!);
  if (output === wanted) return undefined;
  return `expected ${JSON.stringify(engine.decode(wanted))}\n     got ${JSON.stringify(engine.decode(output))}`;
}

/** What the case's template prints, one byte a character. */
function render(engine: Engine, one: Case): string {
  const files = [{ name: "vec/templates/t.txt", text: one.template }];
  if (one.helpers !== undefined) files.push({ name: "vec/templates/_helpers.tpl", text: one.helpers });
  const set = engine.parseChart(files);
  const capabilities = {
    kubeVersion: engine.parseKubeVersion(one.kubeVersion ?? "v1.33.0"),
    apiVersions: [...engine.KNOWN_API_VERSIONS, ...(one.apiVersions ?? [])],
    helmVersion: "v4.2",
  };
  const release = { name: "rel", namespace: "ns", revision: 1, isUpgrade: false, ...one.release };
  const data = engine.mapOf(
    {
      Chart: engine.chartObject(CHART, true),
      Files: engine.filesObject(Object.entries(one.files ?? {})),
      Release: engine.releaseObject(release),
      Capabilities: engine.capabilitiesObject(capabilities),
      Values: engine.valuesObject(one.values),
      Subcharts: {},
    },
    engine.VALUES,
  );
  const templates = files.map(({ name }) => ({ name, basePath: "vec/templates", data }));
  return engine.renderBytes(set, templates).get("vec/templates/t.txt")!;
}
