/** Workloads: what the API server refuses (pkg/apis/{core,apps,batch}/validation of Kubernetes v1.36). */
import { labelKey } from "@sluice/api";
import { equal } from "../apply/typed.ts";
import { selects } from "../selectors/labels.ts";
import { goDiff, goPodSpec } from "./godiff.ts";
import { type Complaints, NOT_NEGATIVE, validateLabels, validatePodSpec } from "./podspec.ts";
import { validateClaim } from "./volumes.ts";

type Json = Record<string, any>;
export type Validator = (it: Json, old: Json | undefined, to: Complaints) => void;

const IMMUTABLE = "field is immutable";
export const PERCENT =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

function selectorAndTemplate(spec: Json, kind: string, to: Complaints, pod = spec["template"].spec): void {
  const { selector, template } = spec;
  validateSelector(selector, "spec.selector", to);
  const isEmpty = !Object.keys(selector?.matchLabels ?? {}).length && !selector?.matchExpressions?.length;
  if (!selector) {
    if (kind !== "daemonset") to.required("spec.selector");
  } else if (isEmpty) to.invalid("spec.selector", selector, `empty selector is invalid for ${kind}`);
  const labels = template.metadata.labels ?? {};
  if (selector?.matchExpressions?.some(isMalformed))
    to.invalid("spec.selector", selector, "invalid label selector");
  else if (!isEmpty && !selects(selector, labels))
    to.invalid(
      "spec.template.metadata.labels",
      template.metadata.labels ?? null,
      "`selector` does not match template `labels`",
    );
  else if (!selector)
    to.invalid(
      "spec.template.metadata.labels",
      template.metadata.labels ?? null,
      "`selector` does not match template `labels`",
    );
  validateLabels(labels, "spec.template.labels", to);
  validatePodSpec(pod, "spec.template.spec", to);
}

/** A requirement of a label selector that means nothing. */
function isMalformed({ operator, values }: Json): boolean {
  if (operator === "In" || operator === "NotIn") return !values?.length;
  return operator === "Exists" || operator === "DoesNotExist" ? values?.length > 0 : true;
}

export function validateSelector(selector: Json | null, path: string, to: Complaints): void {
  validateLabels(selector?.["matchLabels"], `${path}.matchLabels`, to);
  for (const [i, { key, operator, values }] of (selector?.["matchExpressions"] ?? []).entries()) {
    const at = `${path}.matchExpressions[${i}]`;
    if (operator === "In" || operator === "NotIn") {
      if (!values?.length)
        to.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      if (values?.length)
        to.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    } else to.invalid(`${at}.operator`, operator ?? "", "not a valid selector operator");
    to.name(`${at}.key`, key ?? "", labelKey);
  }
}

function notNegative(spec: Json, fields: string[], to: Complaints): void {
  for (const field of fields) if (spec[field] < 0) to.invalid(`spec.${field}`, spec[field], NOT_NEGATIVE);
}

function onlyAlways({ template }: Json, to: Complaints): void {
  const policy = template.spec.restartPolicy;
  if (policy !== "Always") to.unsupported("spec.template.spec.restartPolicy", policy, ["Always"]);
}

const COUNTS = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas"];

/** The numbers in the status of a Deployment, when a write changes them. */
function counts(status: Json, old: Json, to: Complaints): void {
  if (equal(status, old)) return;
  const of = (field: string) => status[field] ?? 0;
  for (const field of ["observedGeneration", ...COUNTS, "collisionCount"])
    if (of(field) < 0) to.invalid(`status.${field}`, of(field), NOT_NEGATIVE);
  for (const field of COUNTS.slice(1, 4))
    if (of(field) > of("replicas"))
      to.invalid(`status.${field}`, of(field), "cannot be greater than status.replicas");
  if (of("availableReplicas") > of("readyReplicas"))
    to.invalid("status.availableReplicas", of("availableReplicas"), "cannot be greater than readyReplicas");
}

export const deployment: Validator = ({ spec, status }, old, to) => {
  if (old) counts(status ?? {}, old["status"] ?? {}, to);
  notNegative(spec, ["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"], to);
  selectorAndTemplate(spec, "deployment", to);
  onlyAlways(spec, to);
  rollout(spec.strategy, to);
  if (spec.progressDeadlineSeconds <= (spec.minReadySeconds ?? 0))
    to.invalid(
      "spec.progressDeadlineSeconds",
      spec.progressDeadlineSeconds,
      "must be greater than minReadySeconds",
    );
  if (old && !equal(spec.selector, old["spec"].selector))
    to.invalid("spec.selector", spec.selector, IMMUTABLE);
};

function rollout({ type, rollingUpdate = null }: Json, to: Complaints): void {
  const path = "spec.strategy.rollingUpdate";
  if (type === "Recreate") {
    if (rollingUpdate) to.forbidden(path, "may not be specified when strategy `type` is 'Recreate'");
    return;
  }
  if (type !== "RollingUpdate") {
    to.unsupported("spec.strategy", { Type: type, RollingUpdate: rollingUpdate }, [
      "Recreate",
      "RollingUpdate",
    ]);
    return;
  }
  const { maxUnavailable, maxSurge } = rollingUpdate;
  for (const [field, value] of Object.entries({ maxUnavailable, maxSurge })) {
    if (typeof value === "number" && value < 0) to.invalid(`${path}.${field}`, value, NOT_NEGATIVE);
    if (typeof value === "string" && !/^[0-9]+%$/.test(value)) to.invalid(`${path}.${field}`, value, PERCENT);
  }
  const isNothing = (value: unknown) => Number.parseInt(String(value), 10) === 0;
  if (isNothing(maxUnavailable) && isNothing(maxSurge))
    to.invalid(`${path}.maxUnavailable`, maxUnavailable, "may not be 0 when `maxSurge` is 0");
  if (/^[0-9]+%$/.test(maxUnavailable) && Number.parseInt(maxUnavailable, 10) > 100)
    to.invalid(`${path}.maxUnavailable`, maxUnavailable, "must not be greater than 100%");
}

export const workload =
  (kind: string): Validator =>
  ({ spec }, old, to) => {
    notNegative(spec, ["replicas", "minReadySeconds", "revisionHistoryLimit"], to);
    selectorAndTemplate(spec, kind, to);
    onlyAlways(spec, to);
    if (kind === "daemonset") daemons(spec, to);
    if (old && !equal(spec.selector, old["spec"].selector))
      to.invalid("spec.selector", spec.selector, IMMUTABLE);
  };

function daemons({ template, updateStrategy: { type, rollingUpdate = null } }: Json, to: Complaints): void {
  if (template.spec.activeDeadlineSeconds !== undefined)
    to.forbidden(
      "spec.template.spec.activeDeadlineSeconds",
      "activeDeadlineSeconds in DaemonSet is not Supported",
    );
  const types = ["RollingUpdate", "OnDelete"];
  if (!types.includes(type))
    to.unsupported("spec.updateStrategy", { Type: type, RollingUpdate: rollingUpdate }, types);
}

const MUTABLE_STATEFULSET = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];

export const statefulSet: Validator = ({ spec }, old, to) => {
  const { podManagementPolicy: policy, updateStrategy } = spec;
  if (policy !== "OrderedReady" && policy !== "Parallel")
    to.invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'");
  if (updateStrategy.type !== "RollingUpdate" && updateStrategy.type !== "OnDelete") {
    const shown = { Type: updateStrategy.type, RollingUpdate: updateStrategy.rollingUpdate ?? null };
    to.invalid("spec.updateStrategy", shown, "must be 'RollingUpdate' or 'OnDelete'");
  }
  const claims: Json[] = spec.volumeClaimTemplates ?? [];
  if (!old)
    for (const [i, claim] of claims.entries())
      validateClaim(claim["spec"], `spec.volumeClaimTemplates[${i}].spec`, to);
  notNegative(spec, ["replicas", "minReadySeconds", "revisionHistoryLimit"], to);
  selectorAndTemplate(spec, "statefulset", to, withClaims(spec.template.spec, claims));
  onlyAlways(spec, to);
  if (!old) return;
  const fixed = (it: Json) => ({
    ...it,
    ...Object.fromEntries(MUTABLE_STATEFULSET.map((field) => [field, undefined])),
  });
  if (!equal(fixed(spec), fixed(old["spec"])))
    to.forbidden(
      "spec",
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    );
};

/** A pod as the controller will make it: the claims of the set are volumes, before those of the template. */
function withClaims(pod: Json, claims: Json[]): Json {
  const names = claims.map(({ metadata }) => metadata.name as string);
  const made = names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const others = (pod["volumes"] ?? []).filter(({ name }: Json) => !names.includes(name));
  const { subdomain, hostname, ...rest } = pod;
  return { ...rest, volumes: [...made, ...others] };
}

function jobSpec(spec: Json, path: string, to: Complaints): void {
  for (const field of [
    "parallelism",
    "completions",
    "backoffLimit",
    "activeDeadlineSeconds",
    "ttlSecondsAfterFinished",
  ])
    if (spec[field] < 0) to.invalid(`${path}.${field}`, spec[field], NOT_NEGATIVE);
  validatePodSpec(spec["template"].spec, `${path}.template.spec`, to);
  if (spec["template"].spec.restartPolicy === "Always")
    to.required(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"');
}

const CONTROLLER = "batch.kubernetes.io/controller-uid";

/** A Job selects its pods by its own uid, unless `manualSelector` says that its author knows better. */
function jobSelector({ selector, template, manualSelector }: Json, { uid }: Json, to: Complaints): void {
  if (!manualSelector && !equal(selector, { matchLabels: { [CONTROLLER]: uid } }))
    to.invalid("spec.selector", selector ?? null, "`selector` not auto-generated");
  if (manualSelector && !selector) to.required("spec.selector");
  else if (!selects(selector ?? {}, template.metadata?.labels ?? {}))
    to.invalid(
      "spec.template.metadata.labels",
      template.metadata?.labels ?? null,
      "`selector` does not match template `labels`",
    );
}

export const job: Validator = ({ spec, metadata }, old, to) => {
  jobSpec(spec, "spec", to);
  if (!old) jobSelector(spec, metadata, to);
  if (!old) return;
  for (const field of ["completions", "selector", "completionMode", "template"]) {
    const isLoose = field === "template" && old["spec"].suspend && !old["status"]?.startTime;
    if (!isLoose && !equal(spec[field], old["spec"][field]))
      to.invalid(
        `spec.${field}`,
        field === "template" ? goTemplate(spec[field]) : (spec[field] ?? null),
        IMMUTABLE,
      );
  }
};

/** A pod template as the server shows it: metadata by the names of clients, the spec by Go's. */
const goTemplate = ({ metadata, spec }: Json): Json => ({ ...metadata, Spec: goPodSpec(spec) });

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone }) !== undefined;
  } catch {
    return false;
  }
}

function descriptor(schedule: string, to: Complaints): void {
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$|^@every \S/.test(schedule)) return;
  to.invalid("spec.schedule", schedule, `unrecognized descriptor: ${schedule}`);
}

export const cronJob: Validator = (it, old, to) => {
  const { spec } = it;
  const schedule: string = spec.schedule ?? "";
  const hadZone = old && /^(CRON_)?TZ=/.test(old["spec"].schedule ?? "");
  if (schedule === "") to.required("spec.schedule");
  else if (schedule.includes("TZ") && !hadZone)
    to.invalid("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
  else if (schedule.startsWith("@")) descriptor(schedule, to);
  else if (
    schedule
      .replace(/^TZ=\S+ |^CRON_TZ=\S+ /, "")
      .trim()
      .split(/\s+/).length !== 5
  )
    to.invalid(
      "spec.schedule",
      schedule,
      `expected exactly 5 fields, found ${schedule.trim().split(/\s+/).length}: [${schedule.trim().split(/\s+/).join(" ")}]`,
    );
  for (const field of ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"])
    if (spec[field] < 0) to.invalid(`spec.${field}`, spec[field], NOT_NEGATIVE);
  if (spec.timeZone === "")
    to.invalid("spec.timeZone", spec.timeZone, "timeZone must be nil or non-empty string");
  if (spec.timeZone && !isTimeZone(spec.timeZone))
    to.invalid("spec.timeZone", spec.timeZone, `unknown time zone ${spec.timeZone}`);
  if (it["metadata"]?.name?.length > 52)
    to.invalid("metadata.name", it["metadata"].name, "must be no more than 52 characters");
  if (!["Allow", "Forbid", "Replace"].includes(spec.concurrencyPolicy))
    to.unsupported("spec.concurrencyPolicy", spec.concurrencyPolicy, ["Allow", "Forbid", "Replace"]);
  jobSpec(spec.jobTemplate?.spec ?? {}, "spec.jobTemplate.spec", to);
};

const SECCOMP = "seccomp.security.alpha.kubernetes.io/pod";
const PROFILE = /^(runtime\/default|docker\/default|unconfined|localhost\/.+)$/;

export const pod: Validator = ({ metadata, spec }, old, to) => {
  const profile = metadata.annotations?.[SECCOMP];
  if (profile !== undefined && !PROFILE.test(profile))
    to.invalid(`metadata.annotations.${SECCOMP}`, profile, "must be a valid seccomp profile");
  validatePodSpec(spec, "spec", to);
  if (old) keepPod(spec, old["spec"], to);
};

/** The new spec with what an update of a pod may change as it was. */
function withoutAllowed(spec: Json, old: Json): Json {
  const images = (list: Json[] = [], before: Json[] = []) =>
    list.map((each, index) => ({ ...each, image: before[index]?.["image"] }));
  const { terminationGracePeriodSeconds: seconds } = old;
  return {
    ...spec,
    containers: images(spec["containers"], old["containers"]),
    initContainers: spec["initContainers"] && images(spec["initContainers"], old["initContainers"]),
    tolerations: old["tolerations"],
    ...(seconds < 0 &&
      spec["terminationGracePeriodSeconds"] === 1 && { terminationGracePeriodSeconds: seconds }),
  };
}

/** What an update of a pod must leave alone; the server stops at the first of these. */
function keepPod(spec: Json, old: Json, to: Complaints): void {
  const lists = ["containers", "initContainers"];
  const resized = lists.find((list) => (spec[list] ?? []).length !== (old[list] ?? []).length);
  // an image that is missing was told of already
  const isBare = lists.some((list) => (spec[list] ?? []).some(({ image }: Json) => !image));
  const [deadline, before] = [spec["activeDeadlineSeconds"], old["activeDeadlineSeconds"]];
  if (resized) to.forbidden(`spec.${resized}`, "pod updates may not add or remove containers");
  else if (isBare) return;
  else if (before !== undefined && deadline === undefined)
    to.invalid("spec.activeDeadlineSeconds", null, "must not update from a positive integer to nil value");
  else if (before !== undefined && deadline > before)
    to.invalid("spec.activeDeadlineSeconds", deadline, "must be less than or equal to previous value");
  else if (!keepsTolerations(spec, old))
    to.forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
  else keepRest(withoutAllowed(spec, old), { ...old, activeDeadlineSeconds: deadline }, to);
}

function keepRest(spec: Json, old: Json, to: Complaints): void {
  const [before, after] = [goPodSpec(old), goPodSpec(spec)];
  if (!equal(before, after))
    to.forbidden(
      "spec",
      `pod updates may not change fields other than \`spec.containers[*].image\`,\`spec.initContainers[*].image\`,\`spec.activeDeadlineSeconds\`,\`spec.tolerations\` (only additions to existing tolerations),\`spec.terminationGracePeriodSeconds\` (allow it to be set to 1 if it was previously negative)\n${goDiff(before, after)}`,
    );
}

function keepsTolerations(spec: Json, old: Json): boolean {
  const bare = ({ tolerationSeconds: _, ...toleration }: Json) => toleration;
  const kept: Json[] = (spec["tolerations"] ?? []).map(bare);
  return (old["tolerations"] ?? []).every((each: Json) => kept.some((other) => equal(other, bare(each))));
}
