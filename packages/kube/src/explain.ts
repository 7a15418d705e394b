import { annotations, type KubeObject } from "@sluice/api";
import { maskSecrets } from "./mask.ts";
import { subjectOf } from "./observe.ts";
import type { ApiError } from "./types.ts";

/** What can be done about an answer, by what it says. The first row that matches speaks. */
const hints: [
  when: (error: ApiError) => RegExpExecArray | boolean | null,
  hint: (match: string[]) => string,
][] = [
  [
    ({ status, message }) => status === 404 && /namespaces "([^"]+)" not found/.exec(message),
    ([, name]) => `namespace ${name} does not exist: add a Namespace manifest, or depend on what creates it`,
  ],
  [
    ({ message }) => /because it is being terminated/.test(message),
    () => "its namespace is being deleted: wait for that to end, or look at the finalizers that hold it",
  ],
  [
    ({ message }) => /exceeded quota: ([^,]+)/.exec(message),
    ([, name]) => `ResourceQuota ${name} is used up: raise it, or ask for less`,
  ],
  [
    ({ message }) => /failed calling webhook "([^"]+)"/.exec(message),
    ([, name]) =>
      `webhook ${name} does not answer: look at its Service and pods; if nobody runs it any more, delete its webhook configuration`,
  ],
  [
    ({ message }) => /admission webhook "([^"]+)" denied/.exec(message),
    ([, name]) => `webhook ${name} refuses it: change the manifest, or the policy behind the webhook`,
  ],
  [
    ({ message }) => /ValidatingAdmissionPolicy '([^']+)'/.exec(message),
    ([, name]) => `ValidatingAdmissionPolicy ${name} refuses it: change the manifest or the policy`,
  ],
  [
    ({ status, message }) => status === 403 && /User "([^"]+)" cannot (\w+) resource "([^"]+)"/.exec(message),
    ([, user, verb, resource]) =>
      `allow ${user} to ${verb} ${resource} by a Role or ClusterRole, or apply with another serviceAccountName`,
  ],
  [
    (error) => isImmutable(error),
    () =>
      `the field cannot be changed on a live object: set spec.force, or annotate the object with ${annotations.kustomizeForce}: enabled, to delete and create it again`,
  ],
  [
    ({ message }) => /field not declared in schema|unknown field/.test(message),
    () => "the field is misspelt, or the installed API is older than the manifest",
  ],
  [({ status }) => status === 401, () => "the credentials are not valid any more"],
];

/** Whether an answer says that a field of a live object cannot be changed (native kinds, CEL rules, webhooks). */
export function isImmutable({ status, message }: ApiError): boolean {
  if (
    /is immutable|immutable field|cannot change |cannot be (changed|updated|modified)|may not (be )?(change|updated)/i.test(
      message,
    )
  )
    return true;
  return status === 422 && /Forbidden: (updates to|.*may not be)/i.test(message);
}

/**
 * What is said of an object that failed, in Flux's words and then what to do about it.
 * @param act "dry-run", "apply", "delete", …
 * @param origin where the manifest comes from, as `file:line`
 */
export function explain(
  act: string,
  object: KubeObject | { kind: string; metadata: { name: string; namespace?: string } },
  error: Error,
  origin?: string,
): string {
  const { kind, metadata } = object;
  const api = error as Partial<ApiError>;
  const subject = `${subjectOf({ kind, ...metadata })}${origin ? ` (${origin})` : ""}`;
  const reason = api.reason && api.reason !== "Unknown" ? ` (${api.reason})` : "";
  const causes = (api.causes ?? [])
    .filter(({ message }) => message && !error.message.includes(message))
    .map(({ field, message }) => [field, message].filter(Boolean).join(": "));
  const hint = api.status === undefined ? "" : hintOf(error as ApiError);
  const said = shortened(maskSecrets([error.message, ...causes].join("; "), object as KubeObject));
  return `${subject} ${act} failed${reason}: ${said}${hint ? ` → ${hint}` : ""}`;
}

/** Some answers repeat a whole pod template; what was wrong with it stands at the end. */
function shortened(text: string): string {
  return text.length <= 2000 ? text : `${text.slice(0, 1200)} … ${text.slice(-600)}`;
}

function hintOf(error: ApiError): string {
  for (const [when, hint] of hints) {
    const match = when(error);
    if (match) return hint(match === true ? [] : [...match]);
  }
  return "";
}
