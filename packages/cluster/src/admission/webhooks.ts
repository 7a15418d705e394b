/** Webhooks: which are asked about a write, what they are told, and what their answers mean (admission/plugin/webhook). Nothing is sent from here. */
import type { KubeObject } from "@sluice/api";
import type { Resource } from "../catalogue.ts";
import { apiError, badRequest, forbidden, internalError } from "../errors.ts";
import { detailOf, jsonPatch, jsonType, PatchError } from "../patch/index.ts";
import { same } from "../plain.ts";
import { tableOf } from "../storage/storage.ts";
import { entriesOf } from "../storage/table.ts";
import type { World } from "../world.ts";
import { type Asked, askedAs, isExempt, requestOf } from "./asked.ts";
import { matchedAs, type Rule } from "./match.ts";
import type { Reread } from "./mutating-policies.ts";
import { activate, type Condition, compileConditions, meetsConditions } from "./policies.ts";
import type { Reinvocation } from "./reinvocation.ts";

type Data = Record<string, any>;

export type ClientConfig = {
  url?: string;
  service?: { namespace: string; name: string; path?: string; port?: number };
  caBundle?: string;
};

/** One webhook of a configuration, with its defaults filled in. */
export type Webhook = {
  name: string;
  clientConfig: ClientConfig;
  rules?: Rule[];
  failurePolicy: "Fail" | "Ignore";
  matchPolicy: string;
  namespaceSelector: object;
  objectSelector: object;
  sideEffects: string;
  timeoutSeconds: number;
  admissionReviewVersions: string[];
  matchConditions?: { name: string; expression: string }[];
  reinvocationPolicy?: string;
};

/** An AdmissionReview that somebody has to send. `key` tells equal calls. */
export type Call = { key: string; webhook: Webhook; review: Data };

/**
 * What came of a call: the body of the answer, why there is none ("failed to call webhook: …" follows from it), or that nothing can be behind
 * the webhook in this cluster.
 */
export type Reply =
  | { kind: "answer"; uid: string; review: Data }
  | { kind: "failure"; because: string }
  | { kind: "absent"; service: string };

/** Thrown by a write that waits for webhooks: it is to be tried again when the calls are answered. */
export class Unanswered extends Error {
  readonly calls: readonly Call[];
  constructor(calls: readonly Call[]) {
    super("webhooks have not been asked yet");
    this.calls = calls;
  }
}

/** What webhooks have said so far about one write, by the key of the call. */
export type Replies = ReadonlyMap<string, Reply>;

type Hook = { configuration: string; webhook: Webhook; conditions: Condition[]; key: string };

const hooks = new WeakMap<KubeObject, Hook[]>();

/** The webhooks of a kind of configuration, by the names of the configurations. */
function hooksOf(world: World, plural: string): Hook[] {
  return entriesOf(tableOf(world.storage, `admissionregistration.k8s.io/${plural}`)).flatMap(({ object }) => {
    let known = hooks.get(object);
    if (!known) {
      known = ((object["webhooks"] ?? []) as Webhook[]).map((webhook, index) => ({
        configuration: object.metadata.name,
        webhook,
        conditions: compileConditions(webhook.matchConditions, {}),
        key: `${object.metadata.name}/${webhook.name}/${index}`,
      }));
      hooks.set(object, known);
    }
    return known;
  });
}

/** The version in which a webhook is to be asked; undefined if it is not. Throws the 403 for conditions that cannot be evaluated. */
function askedFor(world: World, asked: Asked, { webhook, conditions }: Hook): Resource | undefined {
  const { namespaceSelector, objectSelector, rules = [], matchPolicy } = webhook;
  const matched = matchedAs(world, asked, { namespaceSelector, objectSelector, rules, matchPolicy });
  if (!matched || conditions.length === 0) return matched;
  const isMet = meetsConditions(conditions, activate(world, asked, { matched, param: null }, [], true));
  if (typeof isMet === "boolean") return isMet ? matched : undefined;
  if (webhook.failurePolicy === "Ignore") return undefined;
  throw forbidden({ group: asked.resource.group, resource: asked.resource.plural }, asked.name, isMet);
}

/** Throws for a write that a webhook denies, or `Unanswered` with all calls that are to be made. */
export function askValidatingWebhooks(
  world: World,
  asked: Asked,
  replies: Replies,
  warnings: string[],
): void {
  if (isExempt(asked.resource)) return;
  const relevant = hooksOf(world, "validatingwebhookconfigurations").flatMap((hook) => {
    const matched = askedFor(world, asked, hook);
    return matched ? [{ hook, call: callOf(asked, matched, hook) }] : [];
  });
  for (const { hook } of relevant) requireDryRun(asked, hook.webhook);
  const open = relevant.filter(({ call }) => !replies.has(call.key)).map(({ call }) => call);
  if (open.length > 0) throw new Unanswered(open);
  for (const { hook, call } of relevant) verdict(hook.webhook, call, replies.get(call.key)!, warnings, false);
}

/** The object as the webhooks make it. Throws for a write that one denies, or `Unanswered` with the next call. */
export function askMutatingWebhooks(
  world: World,
  asked: Asked,
  replies: Replies,
  warnings: string[],
  reinvocation: Reinvocation,
  reread: Reread,
): KubeObject | null {
  let { object } = asked;
  if (isExempt(asked.resource)) return object;
  reinvocation.begin(object);
  for (const hook of hooksOf(world, "mutatingwebhookconfigurations")) {
    const now = { ...asked, object };
    const matched = askedFor(world, now, hook);
    if (!matched || !reinvocation.isDue(hook.key)) continue;
    requireDryRun(asked, hook.webhook);
    const call = callOf(now, matched, hook);
    const reply = replies.get(call.key);
    if (!reply) throw new Unanswered([call]);
    const patch = verdict(hook.webhook, call, reply, warnings, true);
    const next = patch ? patched(now, matched, hook.webhook, patch, reread) : object;
    reinvocation.done(hook.key, !same(object, next), hook.webhook.reinvocationPolicy === "IfNeeded");
    object = next;
  }
  reinvocation.end(object);
  return object;
}

function requireDryRun({ dryRun }: Asked, { name, sideEffects }: Webhook): void {
  if (dryRun && sideEffects !== "None" && sideEffects !== "NoneOnDryRun")
    throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`);
}

/** The AdmissionReview for a webhook, in the first version that it takes. Its uid comes when it is sent. */
function callOf(asked: Asked, matched: Resource, { webhook, key }: Hook): Call {
  const { object, oldObject } = askedAs(asked, matched);
  const version = webhook.admissionReviewVersions.find((each) => each === "v1" || each === "v1beta1");
  const { dryRun, options, ...request } = requestOf(asked, matched);
  const review = {
    kind: "AdmissionReview",
    apiVersion: `admission.k8s.io/${version}`,
    request: { uid: "", ...request, object, oldObject, dryRun, options },
  };
  return { key: `${key} ${JSON.stringify(review)}`, webhook, review };
}

/** The patch that a webhook wants, as text; "" for none. Throws what the API server answers to a denial or a failure. */
function verdict(webhook: Webhook, call: Call, reply: Reply, warnings: string[], mutating: boolean): string {
  const failed = (because: string): string => {
    if (webhook.failurePolicy === "Ignore") return "";
    throw internalError(`failed calling webhook ${JSON.stringify(webhook.name)}: ${because}`);
  };
  switch (reply.kind) {
    case "absent":
      if (webhook.failurePolicy !== "Ignore")
        warnings.push(
          `admission webhook ${JSON.stringify(webhook.name)} was not asked: nothing in this cluster answers for service ${JSON.stringify(reply.service)}`,
        );
      return "";
    case "failure":
      return failed(`failed to call webhook: ${reply.because}`);
    case "answer": {
      const problem = invalidAnswer(call, reply, mutating);
      if (problem) return failed(`received invalid webhook response: ${problem}`);
      const { allowed, status, warnings: more = [], patch } = reply.review["response"] as Data;
      warnings.push(...more);
      if (!allowed) throw denial(webhook, status);
      if (!mutating || !patch) return "";
      return Buffer.from(String(patch), "base64").toString();
    }
  }
}

/** What is wrong with an answer (webhook/request/admissionreview.go, VerifyAdmissionResponse). */
function invalidAnswer(
  { review: asked }: Call,
  { uid, review }: Extract<Reply, { kind: "answer" }>,
  mutating: boolean,
): string | undefined {
  const { response } = review;
  if (!response) return "webhook response was absent";
  // what the old version of the answer carries was never looked at
  if (asked["apiVersion"] === "admission.k8s.io/v1beta1") return undefined;
  if (response.uid !== uid)
    return `expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? "")}`;
  const kind = `${review["apiVersion"] ?? ""}, Kind=${review["kind"] ?? ""}`;
  if (kind !== "admission.k8s.io/v1, Kind=AdmissionReview")
    return `expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${kind}`;
  const { patch, patchType } = response;
  if (!mutating) {
    if (patch) return "validating webhook may not return response.patch";
    return patchType === undefined ? undefined : "validating webhook may not return response.patchType";
  }
  if (patch && patchType === undefined) return "webhook returned response.patch but not response.patchType";
  if (!patch && patchType !== undefined) return "webhook returned response.patchType but not response.patch";
  return patchType === "" ? 'webhook returned invalid response.patchType of ""' : undefined;
}

/** The answer to a client whose write a webhook denies (webhook/errors/statuserror.go). */
function denial({ name }: Webhook, status: Data = {}) {
  const by = `admission webhook ${JSON.stringify(name)} denied the request`;
  const why = status["message"] || status["reason"];
  const code = Math.max(Number(status["code"] ?? 0), 400);
  const message = why ? `${by}: ${why}` : `${by} without explanation`;
  return apiError(code, status["reason"] ?? "", message, status["details"]);
}

function patched(
  asked: Asked,
  matched: Resource,
  webhook: Webhook,
  text: string,
  reread: Reread,
): KubeObject | null {
  const operations = operationsOf(webhook, text);
  if (operations === undefined) return asked.object;
  const live = askedAs(asked, matched).object;
  if (!live)
    throw internalError(
      `admission webhook ${JSON.stringify(webhook.name)} attempted to modify the object, which is not supported for this operation`,
    );
  let object: KubeObject;
  try {
    object = jsonPatch(live, operations) as KubeObject;
  } catch (thrown) {
    if (thrown instanceof PatchError) throw internalError(detailOf(thrown));
    throw thrown;
  }
  return reread(askedAs({ ...asked, resource: matched, object, oldObject: null }, asked.resource).object!);
}

/** The operations of a patch; undefined where there is nothing to do. */
function operationsOf(webhook: Webhook, text: string): unknown[] | undefined {
  let operations: unknown;
  try {
    operations = JSON.parse(text);
  } catch {
    operations = undefined;
  }
  if (Array.isArray(operations)) return operations.length === 0 ? undefined : operations;
  if (webhook.failurePolicy === "Ignore") return undefined;
  throw internalError(
    `failed calling webhook ${JSON.stringify(webhook.name)}: received undecodable patch in webhook response: json: cannot unmarshal ${jsonType(operations)} into Go value of type jsonpatch.Patch`,
  );
}
