import type { Kind, KubeObject } from "@sluice/api";
import { type Access, type ClusterOptions, withCluster } from "../cluster-access.ts";
import { type Define, examples } from "../shell.ts";
import { achievementOf, hasConditions, readyOf } from "../summary.ts";
import { progress } from "../terminal.ts";
import { untilReconciled } from "../waiting.ts";
import { setSuspended } from "./suspend.ts";

type ResumeOptions = { all?: boolean; wait?: boolean };

export const define: Define = (command, shell) => {
  command
    .argument("<kind>", "kind, as in 'ks' or 'source git'")
    .argument("[name...]", "the objects")
    .option("--all", "all objects of the kind in the namespace")
    .option("--wait", "wait until they are reconciled; one that is named is always waited for")
    .action((kind: string, names: string[]) => {
      const options = command.optsWithGlobals<ResumeOptions & ClusterOptions>();
      return withCluster(shell, options, (access) => resume(access, [kind, ...names], options));
    });
  examples(command, {
    "go on with a Kustomization, and wait for it": "sluice resume ks apps",
    "go on with all of them, and wait": "sluice resume ks --all --wait",
  });
};

async function resume(access: Access, words: string[], options: ResumeOptions): Promise<void> {
  const { kind, objects } = await setSuspended(access, words, options, {
    suspend: false,
    doing: "resuming",
    did: "resumed",
  });
  if (!options.wait && (options.all || objects.length > 1)) return;
  const ends = await Promise.allSettled(objects.map((object) => settled(access, kind, object)));
  const failed = ends.filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
  if (failed.length === 1) throw failed[0]!.reason;
  for (const { reason } of failed) progress(access.terminal).failure(reason.message);
  if (failed.length > 0) throw new Error(`reconciliation failed for ${failed.length} ${kind.kind} objects`);
}

async function settled(access: Access, kind: Kind<any>, object: KubeObject): Promise<void> {
  const say = progress(access.terminal);
  const { name } = object.metadata;
  if (!hasConditions(kind)) return;
  say.waiting(`waiting for ${kind.kind} reconciliation`);
  const ended = await untilReconciled(access, kind, object, ({ spec }) => !spec?.suspend);
  const ready = readyOf(ended);
  if (ready?.status !== "True")
    throw new Error(`${kind.kind} ${name} reconciliation failed: '${ready?.message}'`);
  say.success(`${kind.kind} ${name} reconciliation completed`);
  say.success(achievementOf(kind, ended));
}
