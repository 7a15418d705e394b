import type { Kind, KubeObject } from "@sluice/api";
import { type Access, type ClusterOptions, withCluster } from "../cluster-access.ts";
import { spokenOf, takeKind } from "../kinds.ts";
import { find, listOf } from "../lookup.ts";
import { type Define, examples } from "../shell.ts";
import { canSuspend } from "../summary.ts";
import { progress } from "../terminal.ts";

export const define: Define = (command, shell) => {
  command
    .argument("<kind>", "kind, as in 'ks' or 'source git'")
    .argument("[name...]", "the objects")
    .option("--all", "all objects of the kind in the namespace")
    .action((kind: string, names: string[]) => {
      const options = command.optsWithGlobals<{ all?: boolean } & ClusterOptions>();
      return withCluster(shell, options, async (access) => {
        await setSuspended(access, [kind, ...names], options, {
          suspend: true,
          doing: "suspending",
          did: "suspended",
        });
      });
    });
  examples(command, {
    "leave the objects of a Kustomization alone": "sluice suspend ks apps",
    "stop fetching everything": "sluice suspend source git --all",
  });
};

type Deed = { suspend: boolean; doing: string; did: string };

/** Sets or clears `spec.suspend` of the named objects, or of all; returns them as they were before. */
export async function setSuspended(
  access: Access,
  words: string[],
  { all }: { all?: boolean },
  { suspend, doing, did }: Deed,
): Promise<{ kind: Kind<any>; objects: KubeObject[] }> {
  const { kind, names } = takeKind(words);
  if (!canSuspend(kind))
    throw new Error(`objects of kind ${kind.kind} cannot be suspended: they have no spec.suspend`);
  if (names.length === 0 && !all) throw new Error(`${spokenOf(kind)} name is required (or --all)`);
  const { client, signal, terminal } = access;
  const say = progress(terminal);
  const objects = await chosen(access, kind, names);
  for (const { metadata } of objects) {
    const { namespace, name } = metadata;
    say.action(`${doing} ${spokenOf(kind)} ${name} in ${namespace} namespace`);
    const body = { spec: { suspend: suspend || null } };
    await client.patch(kind, { namespace, name }, { type: "merge", body }, { signal, fieldManager: "flux" });
    say.success(`${spokenOf(kind)} ${did}`);
  }
  return { kind, objects };
}

/** The named objects, all of which must be there before any is touched, or all of the namespace. */
async function chosen(access: Access, kind: Kind<any>, names: string[]): Promise<KubeObject[]> {
  if (names.length > 0) return Promise.all([...new Set(names)].map((name) => find(access, kind, name)));
  const { namespace } = access;
  const items = await listOf(access, kind, { namespace });
  if (items.length === 0) throw new Error(`no ${kind.kind} objects found in "${namespace}" namespace`);
  return items;
}
