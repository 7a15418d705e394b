import { builtin, kinds, labels, partOfFlux } from "@sluice/api";
import { Option } from "commander";
import { type Access, type ClusterOptions, withCluster } from "../cluster-access.ts";
import { type Define, examples } from "../shell.ts";
import { version } from "../version.ts";

type VersionOptions = { client?: boolean; output: "json" | "yaml" };

export const define: Define = (command, shell) => {
  command
    .option("--client", "only of this program; asks no cluster")
    .addOption(
      new Option("-o, --output <format>", "form to print in").choices(["json", "yaml"]).default("yaml"),
    )
    .action(async () => {
      const options = command.optsWithGlobals<VersionOptions & ClusterOptions>();
      const versions: Record<string, string> = { sluice: `v${version}` };
      // A fresh clone and a laptop without a network have a version too.
      const quick = { ...options, timeout: "5s" };
      if (!options.client)
        await withCluster(
          shell,
          quick,
          async (access) => void Object.assign(versions, await installed(access)),
        ).catch(({ message }) => shell.terminal.err(`versions in the cluster are not known: ${message}\n`));
      const { out } = shell.terminal;
      out(
        options.output === "json"
          ? `${JSON.stringify(versions, null, 2)}\n`
          : Object.entries(versions)
              .map(([name, value]) => `${name}: ${value}\n`)
              .join(""),
      );
    });
  examples(command, {
    "this program and what runs in the cluster": "sluice version",
    "this program only": "sluice version --client",
  });
};

/** What is installed: the distribution by the label of its definitions, the controllers by their images' tags. */
async function installed({ client, namespace, signal }: Access): Promise<Record<string, string>> {
  const { plural, group } = kinds.gitRepository;
  const definition = await client.get(
    builtin.customResourceDefinitions,
    { name: `${plural}.${group}` },
    { signal },
  );
  const { [labels.partOf]: partOf, [labels.version]: release } = definition?.metadata.labels ?? {};
  const selected = { namespace, labelSelector: `${labels.partOf}=${partOfFlux}` };
  const { items } = await client.list(builtin.deployments, selected, { signal });
  const images = items.flatMap(({ spec }) =>
    (spec.template.spec.containers as { image: string }[]).map(({ image }) => image),
  );
  return {
    ...(release && { distribution: [partOf, release].filter(Boolean).join("-") }),
    ...Object.fromEntries(images.map(nameAndTag)),
  };
}

/** `registry:5000/some/source-controller:v1@sha256:…` is source-controller of v1. */
export function nameAndTag(image: string): [name: string, tag: string] {
  const [, name = image, tag] = /([^/:@]+)(?::([^/@]+))?(?:@.+)?$/.exec(image) ?? [];
  return [name, tag ?? "unknown"];
}
