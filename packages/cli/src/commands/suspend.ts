import type { Kind, KubeObject } from "@sluice/api";
import type { Access } from "../cluster-access.ts";
import { takeKind } from "../kinds.ts";
import { canSuspend } from "../summary.ts";
import { progress } from "../terminal.ts";

export type SuspendOptions = { all?: boolean };

/** `sluice suspend KIND NAME…|--all`: reconciliation stops until `resume`. */
export async function suspend(access: Access, words: string[], options: SuspendOptions): Promise<void> {
  await set(access, words, options, { suspend: true, doing: "suspending", did: "suspended" });
}

/** `sluice resume KIND NAME…|--all`. */
export async function resume(access: Access, words: string[], options: SuspendOptions): Promise<void> {
  await set(access, words, options, { suspend: false, doing: "resuming", did: "resumed" });
}

type Deed = { suspend: boolean; doing: string; did: string };

async function set(
  access: Access,
  words: string[],
  { all }: SuspendOptions,
  { suspend, doing, did }: Deed,
): Promise<void> {
  const { kind, names } = takeKind(words);
  if (!canSuspend(kind)) throw new Error(`a ${kind.kind} cannot be suspended: it has no spec.suspend`);
  if (names.length === 0 && !all) throw new Error(`${kind.kind} name is required (or --all)`);
  const { client, namespace, signal, terminal } = access;
  const say = progress(terminal);
  for (const name of names.length > 0 ? new Set(names) : await namesOf(access, kind)) {
    say.action(`${doing} ${kind.kind} ${name} in ${namespace} namespace`);
    const body = { spec: { suspend: suspend || null } };
    await client.patch(kind, { namespace, name }, { type: "merge", body }, { signal, fieldManager: "flux" });
    say.success(`${kind.kind} ${did}`);
  }
}

async function namesOf({ client, namespace, signal }: Access, kind: Kind<any>): Promise<string[]> {
  const { items } = await client.list<KubeObject>(kind, { namespace }, { signal });
  if (items.length === 0) throw new Error(`no ${kind.kind} objects found in "${namespace}" namespace`);
  return items.map(({ metadata }) => metadata.name);
}
