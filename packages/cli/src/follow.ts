import type { KubeObject } from "@sluice/api";
import { type Kind, type Query, reflect, systemClock } from "@sluice/kube";
import type { Access } from "./cluster-access.ts";

/**
 * Shows every object that `query` selects, now and after each change, until `access.signal` ends or `see` returns "enough".
 * A watch that breaks is taken up again; a list that fails at the beginning is thrown.
 * @param see gets those that are there in one go, then each as it changes, and whether it is gone
 */
export async function follow(
  { client, signal }: Pick<Access, "client" | "signal">,
  kind: Kind,
  query: Query,
  see: (objects: KubeObject[], gone: boolean) => unknown,
): Promise<void> {
  const enough = new AbortController();
  const shown = new Map<string, string | undefined>();
  let problem: unknown;
  let listed = false;
  // A list after a broken watch brings what was shown already.
  const isNew = ({ metadata: { namespace, name, resourceVersion } }: KubeObject) =>
    shown.get(`${namespace}/${name}`) !== resourceVersion;
  const tell = (objects: KubeObject[], gone: boolean) => {
    const news = gone ? objects : objects.filter(isNew);
    if (news.length === 0 || enough.signal.aborted) return;
    for (const { metadata } of news)
      shown.set(`${metadata.namespace}/${metadata.name}`, metadata.resourceVersion);
    try {
      if (see(news, gone) === "enough") enough.abort();
    } catch (thrown) {
      problem = thrown;
      enough.abort();
    }
  };
  const sink = {
    replace: (items: KubeObject[]) => {
      listed = true;
      tell(items, false);
    },
    put: (object: KubeObject) => tell([object], false),
    remove: (object: KubeObject) => tell([object], true),
  };
  const onProblem = (thrown: unknown) => {
    if (listed) return;
    problem = thrown;
    enough.abort();
  };
  const until = AbortSignal.any([signal, enough.signal]);
  await reflect({ client, kind, query, sink, clock: systemClock, random: Math.random, onProblem }, until);
  if (problem !== undefined) throw problem;
  if (!enough.signal.aborted) signal.throwIfAborted();
}
