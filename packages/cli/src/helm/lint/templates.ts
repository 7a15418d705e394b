/** Rules about what templates print: helm/pkg/chart/v2/lint/rules/template.go. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { go } from "@sluice/gotemplate";
import { type Chart, type LintOptions, loadDirectory, printForLint } from "@sluice/helm";
import { deprecationOf } from "./deprecations.ts";
import type { Tell } from "./message.ts";
import { nameProblem } from "./names.ts";

const DIR = "templates/";
const EXTENSIONS = [".yaml", ".yml", ".tpl", ".txt"];
/** Of the version that charts see unless told: DEFAULT_KUBE_VERSION of packages/helm. */
const DEFAULT_MINOR = 36;

export function lintTemplates(dir: string, options: LintOptions, tell: Tell): void {
  const info = statSync(join(dir, "templates"), { throwIfNoEntry: false });
  if (!tell("WARNING", DIR, info ? undefined : "directory does not exist")) return;
  if (!tell("ERROR", DIR, info!.isDirectory() ? undefined : "not a directory")) return;
  let chart: Chart;
  let printed: Map<string, string> | undefined;
  try {
    chart = loadDirectory(dir, { warn: options.warn });
    printed = printForLint(chart, options);
  } catch (thrown) {
    const { message, code } = thrown as Error & { code?: string };
    tell("ERROR", DIR, code === "schema-violation" ? `${message}\n` : message);
    return;
  }
  if (!printed) return;
  const minor = Number(options.kubeVersion?.minor ?? DEFAULT_MINOR);
  for (const { name } of chart.templates) {
    const extension = /\.[^./]*$/.exec(name)?.[0] ?? "";
    tell("ERROR", name, EXTENSIONS.includes(extension) ? undefined : badExtension(extension));
    if (!/^\.ya?ml$/i.test(extension)) continue;
    const text = printed.get(`${chart.metadata.name}/${name}`) ?? "";
    if (text.trim() !== "" && !lintText(name, text, minor, tell)) return;
  }
}

const badExtension = (extension: string) =>
  `file extension '${extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt`;

/** False ends it all: what is no YAML here, Helm does not look beyond. */
function lintText(name: string, text: string, minor: number, tell: Tell): boolean {
  const first = text.split("\n").find((line) => line.trim() !== "") ?? "";
  const indented = /^[ \t]/.test(first);
  tell(
    "WARNING",
    name,
    indented
      ? `document starts with an illegal indent: ${go.quote(first)}, which may cause parsing problems`
      : undefined,
  );
  const documents = documentsOf(text);
  for (const document of documents) {
    const head = "problem" in document ? document.problem : headOf(document.text);
    if (typeof head === "string") return tell("ERROR", name, `unable to parse YAML: ${head}`);
    if (head === undefined) continue;
    const { apiVersion, kind } = head;
    tell("WARNING", name, nameProblem(kind, head.name));
    tell("WARNING", name, apiVersion && kind ? deprecationOf(apiVersion, kind, minor) : undefined);
    tell("ERROR", name, selectorProblem(kind, head.name, text));
    tell("ERROR", name, kind === "List" ? listProblem(documents[0]!) : undefined);
  }
  return true;
}

/** A document, or why it cannot be told where it ends. */
type Document = { text: string } | { problem: string };

/** The documents of a text, as YAMLReader of k8s.io/apimachinery cuts them. */
export function documentsOf(text: string): Document[] {
  const documents: Document[] = [];
  let lines: string[] = [];
  for (const line of text.split("\n")) {
    if (!line.startsWith("---")) {
      lines.push(line);
      continue;
    }
    const rest = line.slice("---".length).trim();
    if (rest !== "" && !rest.startsWith("#"))
      return [...documents, { problem: `invalid Yaml document separator: ${rest}` }];
    documents.push({ text: lines.join("\n") });
    lines = [];
  }
  return [...documents, { text: lines.join("\n") }];
}

type Head = { apiVersion: string; kind: string; name: string };

/** What the linter reads of a document: nothing of an empty one, words if it cannot. */
function headOf(document: string): Head | string | undefined {
  let data: unknown;
  try {
    data = go.readYaml(document);
  } catch (thrown) {
    return (thrown as Error).message;
  }
  if (data === null) return undefined;
  const refused = (value: unknown, where: string) =>
    `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${go.jsonType(value)} into ${where}`;
  if (typeof data !== "object" || Array.isArray(data))
    return refused(data, "Go value of type rules.k8sYamlStruct");
  const { apiVersion, kind, metadata } = data as Record<string, any>;
  const texts = { apiVersion, kind, "metadata.name": metadata?.name ?? "" };
  for (const [field, value] of Object.entries(texts))
    if (typeof value === "object" && value !== null)
      return refused(value, `Go struct field k8sYamlStruct.${field} of type string`);
  // What is no text becomes one on the way from YAML to JSON.
  return {
    apiVersion: String(apiVersion ?? ""),
    kind: String(kind ?? ""),
    name: String(metadata?.name ?? ""),
  };
}

function selectorProblem(kind: string, name: string, text: string): string | undefined {
  if (!["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"].includes(kind)) return undefined;
  if (text.includes("matchLabels") || text.includes("matchExpressions")) return undefined;
  return `a ${kind} must contain matchLabels or matchExpressions, and ${go.quote(name)} does not`;
}

/** Of a text with several documents Helm reads the first one here, whichever it is about. */
function listProblem(first: Document): string | undefined {
  const { items } = ("text" in first && (go.readYaml(first.text) as { items?: any[] } | null)) || {};
  const kept = items?.some((item) => item?.metadata?.annotations?.["helm.sh/resource-policy"] !== undefined);
  return kept ? "annotation 'helm.sh/resource-policy' within List objects are ignored" : undefined;
}
