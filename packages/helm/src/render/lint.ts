/** What `helm lint` looks at: what the templates of a chart print, be it manifests or not. */
import { decode, type Host, KNOWN_API_VERSIONS, type KubeVersion, renderTemplate } from "@sluice/gotemplate";
import type { Chart, Values } from "../chart.ts";
import { ChartError } from "../errors.ts";
import { coalesceValues } from "../values/coalesce.ts";
import { processDependencies } from "../values/requirements.ts";
import { validateValues } from "../values/schema.ts";
import { logLine, type Warn } from "../values/warn.ts";
import { dataOf } from "./data.ts";
import { prepare, scopesOf } from "./prepare.ts";
import { DEFAULT_KUBE_VERSION, HELM_VERSION, kubeVersionOf } from "./render.ts";

export type LintOptions = Pick<Host, "now" | "random"> & {
  namespace: string;
  values: Values;
  /** Default `DEFAULT_KUBE_VERSION`. */
  kubeVersion?: KubeVersion;
  skipSchemaValidation?: boolean;
  warn: Warn;
};

/**
 * Renders a chart in lint mode, in which `required` and `fail` do not fail.
 * @returns what each template printed, by its path in the tree; undefined where Helm's linter gives up without a word
 * @throws {ChartError} if the values do not fit the schema
 * @throws {TemplateError} if a template is wrong or fails
 */
export function printForLint(loaded: Chart, options: LintOptions): Map<string, string> | undefined {
  const { namespace, kubeVersion, skipSchemaValidation, warn } = options;
  const merged = merge(loaded, options.values, warn);
  if (!merged) return undefined;
  const { chart, values } = merged;
  if (!skipSchemaValidation) validateValues(chart, values, { warn });
  const root = scopesOf(chart);
  const { set, templates } = prepare(loaded, root, false);
  const dots = dataOf(root, {
    release: { name: "test-release", namespace, revision: 0, isUpgrade: false },
    capabilities: {
      kubeVersion: kubeVersion ?? kubeVersionOf(DEFAULT_KUBE_VERSION),
      apiVersions: KNOWN_API_VERSIONS,
      helmVersion: HELM_VERSION,
    },
    values,
  });
  const { now, random } = options;
  const lint: Host["lint"] = (level, words, message) => warn(logLine(level, words, { message }));
  return new Map(
    templates.map(({ name, scope }) => {
      const one = { name, basePath: `${scope.path}/templates`, data: dots.get(scope)! };
      return [name, decode(renderTemplate(set, one, { now, random, lint }))];
    }),
  );
}

function merge(loaded: Chart, given: Values, warn: Warn): { chart: Chart; values: Values } | undefined {
  try {
    const chart = processDependencies(loaded, given, { warn });
    // Helm's linter does it before its renderer does it again, which brings nulls among globals to the charts within.
    const values = coalesceValues(chart, given, { warn });
    return { chart, values: coalesceValues(chart, values, { warn }) };
  } catch (thrown) {
    if (thrown instanceof ChartError) return undefined;
    throw thrown;
  }
}
