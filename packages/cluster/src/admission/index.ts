/**
 * Admission: what policies and webhooks make of a write, and whether they let it pass. In the order of the API server
 * (kubeapiserver/options/plugins.go): built-in defaults, mutating policies, mutating webhooks, and all of it once more where that is asked for; after
 * the checks of the kind validating policies and validating webhooks.
 */
import type { KubeObject } from "@sluice/api";
import type { User } from "../auth/user.ts";
import { clone } from "../plain.ts";
import { tableOf } from "../storage/storage.ts";
import type { World } from "../world.ts";
import type { Asked } from "./asked.ts";
import { askMutatingPolicies, type Reread } from "./mutating-policies.ts";
import { newReinvocation } from "./reinvocation.ts";
import { askValidatingPolicies } from "./validating-policies.ts";
import { askMutatingWebhooks, askValidatingWebhooks, type Replies } from "./webhooks.ts";

export type { Asked, Operation } from "./asked.ts";

/** Who writes, and how: what admission needs to know of a request. */
export type Admission = {
  user: User;
  /** the fields of the CreateOptions, UpdateOptions or DeleteOptions */
  options: object;
  /** what webhooks have answered; undefined where nobody can wait for them */
  replies?: Replies;
};

/** How objects become fit for their kind again: after policies, after webhooks, and before a second round. */
export type Rereads = { ofPolicies: Reread; ofWebhooks: Reread; defaults: (object: KubeObject) => void };

/** Of what has no schema work of its own: it stays as it was made. */
const unread: Rereads = { ofPolicies: clone, ofWebhooks: clone, defaults: () => {} };

const count = (world: World, plural: string): number =>
  tableOf(world.storage, `admissionregistration.k8s.io/${plural}`).size;

/** Whether there are webhooks that could be asked. */
export const hasWebhooks = (world: World): boolean =>
  count(world, "mutatingwebhookconfigurations") > 0 || count(world, "validatingwebhookconfigurations") > 0;

/**
 * The object as policies and webhooks make it; `asked.object` itself when nobody changes it. What they wrote is read again, and `defaults` fills in once
 * more what the server adds by itself before they are asked a second time.
 */
export function mutate(
  world: World,
  asked: Asked,
  { replies }: Admission,
  warnings: string[],
  { ofPolicies, ofWebhooks, defaults }: Rereads = unread,
): KubeObject | null {
  const byPolicies = asked.operation !== "DELETE" && count(world, "mutatingadmissionpolicybindings") > 0;
  const byWebhooks = replies && count(world, "mutatingwebhookconfigurations") > 0;
  if (!byPolicies && !byWebhooks) return asked.object;
  const [policies, webhooks] = [newReinvocation(), newReinvocation()];
  const round = (before: KubeObject | null) => {
    let object = before;
    if (byPolicies) object = askMutatingPolicies(world, { ...asked, object }, policies, ofPolicies);
    if (byWebhooks)
      object = askMutatingWebhooks(world, { ...asked, object }, replies, warnings, webhooks, ofWebhooks);
    return object;
  };
  const once = round(asked.object);
  if (!once || (!policies.isNeeded && !webhooks.isNeeded)) return once;
  defaults(once);
  return round(once);
}

/** Throws when a policy or webhook does not let the write pass. */
export function validate(world: World, asked: Asked, { replies }: Admission, warnings: string[]): void {
  if (count(world, "validatingadmissionpolicybindings") > 0) askValidatingPolicies(world, asked, warnings);
  if (replies && count(world, "validatingwebhookconfigurations") > 0)
    askValidatingWebhooks(world, asked, replies, warnings);
}
