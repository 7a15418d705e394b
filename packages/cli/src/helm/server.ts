/** Rendering with the help of a cluster: `helm template --dry-run=server`. */
import { apiVersionOf, type KubeObject, splitApiVersion } from "@sluice/api";
import { type Chart, crdsOf, logLine, type Rendered, type RenderOptions, renderRelease } from "@sluice/helm";
import { type Client, createClient, type Kind } from "@sluice/kube";
import { parseAll } from "@sluice/yaml";
import type { Shell } from "../shell.ts";
import type { HelmOptions } from "./flags.ts";
import { HelmError } from "./report.ts";

/** Renderings that may be needed until everything is known that templates look up. */
const MAX_ROUNDS = 100;

/**
 * Renders a chart with the version, the kinds and the objects of the cluster, and asks it whether it would take the manifests,
 * by a server-side apply that changes nothing.
 * @throws {HelmError} in Helm's words where it has some; with every manifest that was refused
 */
export async function renderForServer(
  chart: Chart,
  wanted: RenderOptions,
  options: HelmOptions,
  { signal }: Pick<Shell, "signal">,
): Promise<Rendered> {
  const { kubeconfig, kubeContext } = options;
  const client = createClient({
    kubeConfig: { file: kubeconfig || undefined, context: kubeContext },
    userAgent: "sluice-cli",
  });
  try {
    const { version, kinds } = await client.serves({ signal }).catch((thrown: Error) => {
      throw new HelmError(
        `cluster reachability check failed: kubernetes cluster unreachable: ${thrown.message}`,
        { cause: thrown },
      );
    });
    if (crdsOf(chart).length > 0) wanted.warn?.(logLine("WARN", RENDERING_MAY_FAIL));
    const served = new Set(kinds.map(apiVersionOf));
    const rendered = await renderWithLookups(client, chart, signal, {
      ...wanted,
      kubeVersion: { version: version.gitVersion, major: version.major, minor: version.minor },
      apiVersions: [...served, ...kinds.map((kind) => `${apiVersionOf(kind)}/${kind.kind}`)],
    });
    await check(client, rendered, wanted.release.namespace, signal);
    return rendered;
  } finally {
    await client.close();
  }
}

const RENDERING_MAY_FAIL =
  "This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.";

/** Templates look up while they run, and the cluster takes its time: what is not known yet ends the run, and it begins anew. */
async function renderWithLookups(
  client: Client,
  chart: Chart,
  signal: AbortSignal,
  options: RenderOptions,
): Promise<Rendered> {
  const known = new Map<string, object | undefined>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const missing = new Map<string, [apiVersion: string, kind: string, namespace: string, name: string]>();
    const lookup = (...wanted: [string, string, string, string]) => {
      const key = JSON.stringify(wanted);
      if (!known.has(key)) missing.set(key, wanted);
      return known.get(key);
    };
    // Until all is known, warnings and errors may come of what is not.
    const rendered = attempt(() => renderRelease(chart, { ...options, warn: undefined, lookup }));
    if (missing.size === 0) {
      if ("error" in rendered) throw rendered.error;
      for (const line of rendered.value.warnings) options.warn?.(line);
      return rendered.value;
    }
    for (const [key, wanted] of missing) known.set(key, await lookUp(client, wanted, signal));
  }
  throw new HelmError(`templates look up something new in each of ${MAX_ROUNDS} renderings`);
}

function attempt<T>(work: () => T): { value: T } | { error: unknown } {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}

async function lookUp(
  client: Client,
  [apiVersion, kindName, namespace, name]: [string, string, string, string],
  signal: AbortSignal,
): Promise<object | undefined> {
  const kind = await client.kindOf({ ...splitApiVersion(apiVersion), kind: kindName }, { signal });
  if (!kind) return undefined;
  const within = kind.namespaced && namespace !== "" ? namespace : undefined;
  if (name !== "") return client.get(kind, { namespace: within, name }, { signal });
  const { items } = await client.list(kind, { namespace: within }, { signal });
  return { apiVersion, kind: `${kindName}List`, items };
}

/** @throws {HelmError} with every manifest that the cluster would refuse */
async function check(
  client: Client,
  { manifests }: Rendered,
  namespace: string,
  signal: AbortSignal,
): Promise<void> {
  const problems: string[] = [];
  for (const { path, text } of manifests) {
    for (const object of (parseAll(text) as (KubeObject | null)[]).filter((each) => each !== null)) {
      const problem = await refusal(client, object, namespace, signal);
      if (problem) problems.push(`${path}: ${object.kind} ${object.metadata?.name ?? ""}: ${problem}`);
    }
  }
  if (problems.length > 0)
    throw new HelmError(`the cluster would refuse ${problems.length} object(s):\n${problems.join("\n")}`);
}

async function refusal(
  client: Client,
  object: KubeObject,
  namespace: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const gvk = { ...splitApiVersion(object.apiVersion ?? ""), kind: object.kind ?? "" };
  try {
    const kind: Kind | undefined = await client.kindOf(gvk, { signal });
    if (!kind) return `no matches for kind "${gvk.kind}" in version "${object.apiVersion}"`;
    const at = kind.namespaced ? { ...object, metadata: { namespace, ...object.metadata } } : object;
    await client.apply(kind, at, { fieldManager: "helm", force: true, dryRun: true, signal });
    return undefined;
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return (thrown as Error).message;
  }
}
