/** Renders a release: chart, values and cluster to manifests, hooks and notes. */
import { parseConstraint, tryParseVersion } from "@sluice/api";
import {
  DEFAULT_LIMITS,
  decode,
  type ExecuteOptions,
  encode,
  type GoMap,
  go,
  type Host,
  KNOWN_API_VERSIONS,
  type KubeVersion,
  parseKubeVersion,
  renderTemplate,
} from "@sluice/gotemplate";
import type { Chart, Values } from "../chart.ts";
import { ChartError } from "../errors.ts";
import { coalesceValues } from "../values/coalesce.ts";
import { processDependencies } from "../values/requirements.ts";
import { validateValues } from "../values/schema.ts";
import type { Warn } from "../values/warn.ts";
import { type Crd, crdsOf } from "./crds.ts";
import { dataOf, type Facts } from "./data.ts";
import type { Hook } from "./hooks.ts";
import { type Manifest, type Printed, sortManifests } from "./manifests.ts";
import { takeNotes } from "./notes.ts";
import { isBlank } from "./order.ts";
import { type PostRenderer, type PostRenderStrategy, postRender } from "./postrender.ts";
import { prepare, type Scope, scopesOf } from "./prepare.ts";
import { Recorder } from "./provenance.ts";

/** The version of Kubernetes that Helm 4.2 takes for granted when it has no cluster to ask. */
export const DEFAULT_KUBE_VERSION = "v1.36.0";
/** The version of Helm that charts see, and whose behaviour this is. */
export const HELM_VERSION = "v4.2.4";

export type RenderOptions = Pick<Host, "now" | "random"> &
  Partial<Pick<Host, "lookup" | "resolve" | "generateKey" | "timeZone">> &
  Pick<ExecuteOptions, "limits"> & {
    release: { name: string; namespace: string; revision?: number; isUpgrade?: boolean };
    /** What the user gave: values files and `--set`, merged. */
    values?: Values;
    /** A version that a user names, or what a cluster tells of itself. Default `DEFAULT_KUBE_VERSION`. */
    kubeVersion?: string | KubeVersion;
    /** All API versions that the cluster serves. Default `KNOWN_API_VERSIONS`. */
    apiVersions?: readonly string[];
    /** Whether values need not fit values.schema.json. */
    skipSchemaValidation?: boolean;
    /** Whether `manifest` begins with the definitions of `crds/`. */
    includeCrds?: boolean;
    /** Whether notes of charts within are shown too. */
    subNotes?: boolean;
    /** Changes manifests before they are sorted. Default strategy `combined`. */
    postRender?: { run: PostRenderer; strategy?: PostRenderStrategy };
    /** Whether `originOf` can tell where manifests come from. Costs about as much again as rendering does without. */
    provenance?: boolean;
    /** Called with each warning as it arises. */
    warn?: Warn;
  };

export type Rendered = {
  /** The chart without the charts that are disabled, its `values` with what was imported: what a release stores. */
  chart: Chart;
  /** What the templates of the chart saw as `.Values`, before they changed it. */
  values: Values;
  /** In the order in which they are installed. */
  manifests: readonly Manifest[];
  /** In the order in which Helm stores and prints them; `hooksFor` tells in which they run. */
  hooks: readonly Hook[];
  notes: string;
  crds: readonly Crd[];
  /** The manifests as one text, as a release stores it. */
  manifest: string;
  /** Lines as Helm logs them. */
  warnings: readonly string[];
};

/**
 * Renders a release as `helm template`, `install` and `upgrade` of Helm 4.2 do. A chart is parsed once, when it is rendered
 * for the first time.
 * @throws {ChartError} where the chart, its values or its manifests are wrong, in Helm's words
 * @throws {TemplateError} where a template is wrong or fails, in Helm's words
 */
export function renderRelease(loaded: Chart, options: RenderOptions): Rendered {
  checkReleaseName(options.release.name);
  const { kubeVersion: named = DEFAULT_KUBE_VERSION } = options;
  const kubeVersion = typeof named === "string" ? kubeVersionOf(named) : named;
  const warnings: string[] = [];
  const warn: Warn = (line) => {
    warnings.push(line);
    options.warn?.(line);
  };
  const given = options.values ?? {};
  const chart = processDependencies(loaded, given, { warn });
  const values = coalesceValues(chart, given, { warn });
  if (!options.skipSchemaValidation) validateValues(chart, values, { warn });
  checkKubeVersion(chart, kubeVersion);
  const { apiVersions = KNOWN_API_VERSIONS } = options;
  const release = { revision: 1, isUpgrade: false, ...options.release };
  const facts: Facts = {
    release,
    capabilities: { kubeVersion, apiVersions, helmVersion: HELM_VERSION },
    values,
  };
  const print = (provenance: boolean) => {
    const files = printAll(loaded, scopesOf(chart), facts, { ...options, provenance });
    return { files, notes: takeNotes(files, chart, options.subNotes === true) };
  };
  const { files, notes } = print(options.provenance === true);
  const { run, strategy = "combined" } = options.postRender ?? {};
  const { manifests, hooks } = run
    ? sortManifests(postRender(files, run, strategy, warn), warn)
    : sortOrExplain(files, () => print(true).files, warn);
  const crds = crdsOf(chart);
  const manifest = manifestText(options.includeCrds ? crds : [], manifests);
  return { chart, values, manifests, hooks, notes, crds, manifest, warnings };
}

/** Sorts manifests. If one is wrong, templates are rendered again, traced, so that the error has the line of its template. */
function sortOrExplain(files: Map<string, Printed>, trace: () => Map<string, Printed>, warn: Warn) {
  try {
    return sortManifests(files, warn);
  } catch (thrown) {
    if (!(thrown instanceof ChartError) || thrown.line !== undefined) throw thrown;
    let traced: unknown;
    try {
      sortManifests(trace(), () => {});
    } catch (again) {
      traced = again;
    }
    // Templates that go by chance may print something else by now.
    const best = traced instanceof ChartError && traced.message === thrown.message ? traced : thrown;
    const { code, message, file, line, cause } = best;
    throw new ChartError(code, message, { file, line, cause, printed: printedText(files) });
  }
}

/** What all templates printed, be it manifests or not. */
function printedText(files: ReadonlyMap<string, Printed>): string {
  const told = [...files].filter(([, { text }]) => !isBlank(text));
  return told.map(([path, { text }]) => sourceText(path, text)).join("");
}

/** What each template prints. */
function printAll(loaded: Chart, root: Scope, facts: Facts, options: RenderOptions): Map<string, Printed> {
  const { set, templates } = prepare(loaded, root, options.provenance === true);
  const dots = dataOf(root, facts);
  const recorder = options.provenance ? new Recorder(dots.get(root)!.m.get("Values") as GoMap) : undefined;
  const files = new Map<string, Printed>();
  const { time, output } = { ...DEFAULT_LIMITS, ...options.limits };
  const deadline = options.now() + time;
  let size = 0;
  for (const { name, scope, file } of templates) {
    const one = { name, basePath: `${scope.path}/templates`, data: dots.get(scope)! };
    const bytes = renderTemplate(set, one, recorder ? { ...options, trace: recorder } : options);
    size += bytes.length;
    // Each template keeps to the limits; so must all together.
    if (size > output) tooMuch(name, `prints more than ${output} bytes`);
    if (options.now() > deadline) tooMuch(name, `takes longer than ${time} ms`);
    const text = decode(bytes);
    const broken = text !== bytes && text.includes("\ufffd") && encode(text) !== bytes;
    files.set(name, { text, broken, notes: recorder?.take(name, file) });
  }
  return files;
}

function tooMuch(file: string, what: string): never {
  throw new ChartError("limit", `${file}: the chart ${what}`, { file });
}

function manifestText(crds: readonly Crd[], manifests: readonly Manifest[]): string {
  const definitions = crds.map(({ path, file }) => sourceText(path, Buffer.from(file.data).toString("utf8")));
  return [...definitions, ...manifests.map(({ path, text }) => sourceText(path, text))].join("");
}

/** A manifest as Helm prints it. */
export const sourceText = (path: string, text: string): string => `---\n# Source: ${path}\n${text}\n`;

const RELEASE_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MAX_RELEASE_NAME = 53;

/** @throws {ChartError} `bad-name` in Helm's words */
function checkReleaseName(name: string): void {
  if (name.length <= MAX_RELEASE_NAME && RELEASE_NAME.test(name)) return;
  const rule = `must match regex ${RELEASE_NAME.source} and the length must not be longer than ${MAX_RELEASE_NAME}`;
  const why = name === "" ? "no name provided" : `invalid release name, ${rule}`;
  throw new ChartError("bad-name", `release name check failed: release name ${go.quote(name)}: ${why}`);
}

/**
 * A version of Kubernetes that a user names.
 * @throws {ChartError} `unsupported` in Helm's words, if it is none
 */
export function kubeVersionOf(version: string): KubeVersion {
  try {
    return parseKubeVersion(version);
  } catch (thrown) {
    if (!(thrown instanceof go.GoError)) throw thrown;
    throw new ChartError("unsupported", `invalid kube version '${version}': ${thrown.message}`);
  }
}

function checkKubeVersion({ metadata }: Chart, { version, normalized }: KubeVersion): void {
  const wanted = metadata.kubeVersion;
  if (!wanted || fits(wanted, normalized ?? version)) return;
  throw new ChartError(
    "unsupported",
    `chart requires kubeVersion: ${wanted} which is incompatible with Kubernetes ${version}`,
  );
}

function fits(range: string, version: string): boolean {
  if (tryParseVersion(version) === undefined) return false;
  try {
    return parseConstraint(range).test(version);
  } catch {
    return false; // As in Helm, a range that is none fits nothing.
  }
}
