/** Built-in kinds: what the API server refuses, as far as people run into it (pkg/apis/<group>/validation of Kubernetes v1.36). */
import { equal } from "../apply/typed.ts";
import { configKey, dnsLabel, portName } from "./names.ts";
import { type Complaints, NOT_NEGATIVE, validateLabels, validatePodSpec } from "./podspec.ts";

type Json = Record<string, any>;
type Validator = (it: Json, old: Json | undefined, to: Complaints) => void;

const IMMUTABLE = "field is immutable";
const MAX_DATA = 1024 * 1024;

/** Matches a label selector as far as workloads use one on their own template. */
function selects({ matchLabels = {}, matchExpressions = [] }: Json, labels: Json): boolean {
  if (!Object.entries(matchLabels).every(([key, value]) => labels[key] === value)) return false;
  return matchExpressions.every(({ key, operator, values = [] }: Json) => {
    if (operator === "In") return values.includes(labels[key]);
    if (operator === "NotIn") return !values.includes(labels[key]);
    return (labels[key] !== undefined) === (operator === "Exists");
  });
}

function selectorAndTemplate(spec: Json, to: Complaints): void {
  const { selector, template = {} } = spec;
  validateLabels(selector?.matchLabels, "spec.selector.matchLabels", to);
  for (const [i, { key, operator, values }] of (selector?.matchExpressions ?? []).entries()) {
    const at = `spec.selector.matchExpressions[${i}]`;
    if (operator === "In" || operator === "NotIn") {
      if (!values?.length)
        to.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      if (values?.length)
        to.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    } else to.invalid(`${at}.operator`, operator ?? "", "not a valid selector operator");
    if (!key) to.invalid(`${at}.key`, "", "name part must be non-empty");
  }
  const isEmpty = !Object.keys(selector?.matchLabels ?? {}).length && !selector?.matchExpressions?.length;
  if (!selector) to.required("spec.selector");
  else if (isEmpty) to.invalid("spec.selector", selector, "empty selector is invalid for deployment");
  const labels = template.metadata?.labels ?? {};
  if (selector && !isEmpty && !selects(selector, labels))
    to.invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`");
  validateLabels(labels, "spec.template.labels", to);
  validatePodSpec(template.spec ?? {}, "spec.template.spec", to);
}

function notNegative(spec: Json, fields: string[], to: Complaints): void {
  for (const field of fields) if (spec[field] < 0) to.invalid(`spec.${field}`, spec[field], NOT_NEGATIVE);
}

function onlyAlways({ template }: Json, to: Complaints): void {
  const policy = template?.spec?.restartPolicy;
  if (policy === "OnFailure" || policy === "Never")
    to.unsupported("spec.template.spec.restartPolicy", policy, ["Always"]);
}

const deployment: Validator = ({ spec }, old, to) => {
  notNegative(spec, ["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"], to);
  selectorAndTemplate(spec, to);
  onlyAlways(spec, to);
  const { type, rollingUpdate } = spec.strategy;
  if (type !== "Recreate" && type !== "RollingUpdate")
    to.unsupported("spec.strategy.type", type, ["Recreate", "RollingUpdate"]);
  if (type === "Recreate" && rollingUpdate)
    to.forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
  if (spec.progressDeadlineSeconds <= (spec.minReadySeconds ?? 0))
    to.invalid(
      "spec.progressDeadlineSeconds",
      spec.progressDeadlineSeconds,
      "must be greater than minReadySeconds",
    );
  if (old && !equal(spec.selector, old["spec"].selector))
    to.invalid("spec.selector", spec.selector, IMMUTABLE);
};

const replicaSet: Validator = ({ spec }, old, to) => {
  notNegative(spec, ["replicas", "minReadySeconds"], to);
  selectorAndTemplate(spec, to);
  onlyAlways(spec, to);
  if (old && !equal(spec.selector, old["spec"].selector))
    to.invalid("spec.selector", spec.selector, IMMUTABLE);
};

const daemonSet: Validator = ({ spec }, old, to) => {
  notNegative(spec, ["minReadySeconds", "revisionHistoryLimit"], to);
  selectorAndTemplate(spec, to);
  onlyAlways(spec, to);
  if (old && !equal(spec.selector, old["spec"].selector))
    to.invalid("spec.selector", spec.selector, IMMUTABLE);
};

const MUTABLE_STATEFULSET = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];

const statefulSet: Validator = ({ spec }, old, to) => {
  notNegative(spec, ["replicas", "minReadySeconds", "revisionHistoryLimit"], to);
  selectorAndTemplate(spec, to);
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

function jobSpec(spec: Json, path: string, to: Complaints): void {
  for (const field of [
    "parallelism",
    "completions",
    "backoffLimit",
    "activeDeadlineSeconds",
    "ttlSecondsAfterFinished",
  ])
    if (spec[field] < 0) to.invalid(`${path}.${field}`, spec[field], NOT_NEGATIVE);
  validatePodSpec(spec["template"]?.spec ?? {}, `${path}.template.spec`, to);
  if (spec["template"]?.spec?.restartPolicy === "Always")
    to.unsupported(`${path}.template.spec.restartPolicy`, "Always", ["OnFailure", "Never"]);
}

const job: Validator = ({ spec }, old, to) => {
  jobSpec(spec, "spec", to);
  if (!old) return;
  for (const field of ["completions", "selector", "completionMode", "template"]) {
    const isLoose = field === "template" && old["spec"].suspend && !old["status"]?.startTime;
    if (!isLoose && !equal(spec[field], old["spec"][field]))
      to.invalid(`spec.${field}`, spec[field] ?? null, IMMUTABLE);
  }
};

const cronJob: Validator = (it, _, to) => {
  const { spec } = it;
  const schedule: string = spec.schedule ?? "";
  if (schedule === "") to.required("spec.schedule");
  else if (
    !schedule.startsWith("@") &&
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
  if (it["metadata"]?.name?.length > 52)
    to.invalid("metadata.name", it["metadata"].name, "must be no more than 52 characters");
  if (!["Allow", "Forbid", "Replace"].includes(spec.concurrencyPolicy))
    to.unsupported("spec.concurrencyPolicy", spec.concurrencyPolicy, ["Allow", "Forbid", "Replace"]);
  jobSpec(spec.jobTemplate?.spec ?? {}, "spec.jobTemplate.spec", to);
};

const pod: Validator = ({ spec }, old, to) => {
  validatePodSpec(spec, "spec", to);
  if (!old) return;
  const images = (list: Json[] = []) => list.map(({ image: _, ...rest }) => rest);
  const fixed = ({
    containers,
    initContainers,
    activeDeadlineSeconds: _,
    tolerations: __,
    terminationGracePeriodSeconds: ___,
    ...rest
  }: Json) => ({
    ...rest,
    containers: images(containers),
    initContainers: images(initContainers),
  });
  // a scheduler binds a pod to its node; here it does so by an update
  const before = { ...old["spec"], ...(!old["spec"].nodeName && { nodeName: spec.nodeName }) };
  if (!equal(fixed(spec), fixed(before)))
    to.forbidden(
      "spec",
      "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n",
    );
};

const SERVICE_TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

const service: Validator = ({ spec }, old, to) => {
  const ports: Json[] = spec.ports ?? [];
  const isHeadless = spec.clusterIP === "None";
  if (ports.length === 0 && !isHeadless && spec.type !== "ExternalName") to.required("spec.ports");
  if (!SERVICE_TYPES.includes(spec.type)) to.unsupported("spec.type", spec.type, SERVICE_TYPES);
  if (spec.type === "ExternalName" && !spec.externalName) to.required("spec.externalName");
  if (!["ClientIP", "None"].includes(spec.sessionAffinity))
    to.unsupported("spec.sessionAffinity", spec.sessionAffinity, ["ClientIP", "None"]);
  const [names, pairs] = [new Set<string>(), new Set<string>()];
  for (const [i, { name, port, protocol, targetPort, nodePort }] of ports.entries()) {
    const at = `spec.ports[${i}]`;
    if (!name && ports.length > 1) to.required(`${at}.name`);
    else if (name) {
      to.name(`${at}.name`, name, dnsLabel);
      if (names.has(name)) to.duplicate(`${at}.name`, name);
      names.add(name);
    }
    const isPort = (value: number) => value >= 1 && value <= 65535;
    if (!isPort(port)) to.invalid(`${at}.port`, port ?? 0, "must be between 1 and 65535, inclusive");
    if (typeof targetPort === "number" && !isPort(targetPort))
      to.invalid(`${at}.targetPort`, targetPort, "must be between 1 and 65535, inclusive");
    if (typeof targetPort === "string") to.name(`${at}.targetPort`, targetPort, portName);
    if (nodePort && spec.type === "ClusterIP")
      to.forbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'");
    if (!["TCP", "UDP", "SCTP"].includes(protocol))
      to.unsupported(`${at}.protocol`, protocol, ["SCTP", "TCP", "UDP"]);
    const pair = `${protocol}/${port}`;
    if (pairs.has(pair)) to.duplicate(at, { protocol, port });
    pairs.add(pair);
  }
  validateLabels(spec.selector, "spec.selector", to);
  const before = old?.["spec"];
  if (
    before?.clusterIP &&
    before.type !== "ExternalName" &&
    spec.type !== "ExternalName" &&
    spec.clusterIP &&
    before.clusterIP !== spec.clusterIP
  )
    to.invalid("spec.clusterIPs[0]", [spec.clusterIP], "may not change once set");
};

/** ConfigMaps and Secrets: keys, size, and what `immutable` forbids. */
function keysAndSize(it: Json, old: Json | undefined, fields: string[], to: Complaints): void {
  let size = 0;
  const keys = new Set<string>();
  for (const field of fields)
    for (const [key, value] of Object.entries(it[field] ?? {})) {
      to.name(`${field}[${key}]`, key, configKey);
      if (keys.has(key)) to.invalid(`${field}[${key}]`, key, `duplicate of key present in ${fields[0]}`);
      keys.add(key);
      const text = String(value);
      size +=
        field === fields[0] && fields.length > 1
          ? Buffer.byteLength(text)
          : Math.floor((text.length * 3) / 4);
    }
  if (size > MAX_DATA)
    to.errors.push({ path: "", type: "Too long", detail: `may not be more than ${MAX_DATA} bytes` });
  if (!old?.["immutable"]) return;
  if (!it["immutable"]) to.forbidden("immutable", "field is immutable when `immutable` is set");
  for (const field of fields)
    if (!equal(it[field] ?? {}, old[field] ?? {}))
      to.forbidden(field, "field is immutable when `immutable` is set");
}

const SECRET_KEYS: Record<string, string[]> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};

const secret: Validator = (it, old, to) => {
  for (const key of SECRET_KEYS[it["type"]] ?? [])
    if (it["data"]?.[key] === undefined) to.required(`data[${key}]`);
  if (it["type"] === "kubernetes.io/basic-auth" && !it["data"]?.username && !it["data"]?.password)
    to.required("data[username]");
  if (old && it["type"] !== old["type"]) to.invalid("type", it["type"], IMMUTABLE);
  keysAndSize(it, old, ["data"], to);
};

const claim: Validator = ({ spec }, old, to) => {
  if (!spec.accessModes?.length) to.required("spec.accessModes", "at least 1 access mode is required");
  for (const [i, mode] of (spec.accessModes ?? []).entries())
    if (!["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"].includes(mode))
      to.unsupported(`spec.accessModes[${i}]`, mode, [
        "ReadOnlyMany",
        "ReadWriteMany",
        "ReadWriteOnce",
        "ReadWriteOncePod",
      ]);
  if (!spec.resources?.requests?.storage) to.required("spec.resources[storage]");
  if (!old) return;
  const fixed = ({ resources: _, volumeAttributesClassName: __, volumeName, ...rest }: Json) => ({
    ...rest,
    volumeName: old["spec"].volumeName ? volumeName : undefined,
  });
  if (!equal(fixed(spec), fixed(old["spec"])))
    to.forbidden(
      "spec",
      "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n",
    );
};

const binding: Validator = ({ roleRef = {}, subjects = [] }, old, to) => {
  if (roleRef.apiGroup !== "rbac.authorization.k8s.io")
    to.unsupported("roleRef.apiGroup", roleRef.apiGroup ?? "", ["rbac.authorization.k8s.io"]);
  if (roleRef.kind !== "Role" && roleRef.kind !== "ClusterRole")
    to.unsupported("roleRef.kind", roleRef.kind ?? "", ["Role", "ClusterRole"]);
  if (!roleRef.name) to.required("roleRef.name");
  for (const [i, subject] of subjects.entries()) {
    if (!subject.name) to.required(`subjects[${i}].name`);
    if (!["ServiceAccount", "User", "Group"].includes(subject.kind))
      to.unsupported(`subjects[${i}].kind`, subject.kind ?? "", ["ServiceAccount", "User", "Group"]);
    else if (subject.kind === "ServiceAccount" && !subject.namespace) to.required(`subjects[${i}].namespace`);
  }
  if (old && !equal(roleRef, old["roleRef"])) to.invalid("roleRef", roleRef, "cannot change roleRef");
};

const ingress: Validator = ({ spec }, _, to) => {
  if (!spec.rules?.length && !spec.defaultBackend)
    to.invalid("spec", spec, "either `defaultBackend` or `rules` must be specified");
  for (const [i, rule] of (spec.rules ?? []).entries())
    for (const [j, path] of (rule.http?.paths ?? []).entries()) {
      const at = `spec.rules[${i}].http.paths[${j}]`;
      if (!path.pathType) to.required(`${at}.pathType`, "pathType must be specified");
      else if (!["Exact", "ImplementationSpecific", "Prefix"].includes(path.pathType))
        to.unsupported(`${at}.pathType`, path.pathType, ["Exact", "ImplementationSpecific", "Prefix"]);
      else if (path.pathType !== "ImplementationSpecific" && !String(path.path ?? "").startsWith("/"))
        to.invalid(`${at}.path`, path.path ?? "", "must be an absolute path");
      if (!path.backend?.service && !path.backend?.resource)
        to.required(`${at}.backend`, "resource or service backend is required");
    }
};

const budget: Validator = ({ spec }, _, to) => {
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined)
    to.invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set");
};

const autoscaler: Validator = ({ spec }, _, to) => {
  if (spec.minReplicas < 1)
    to.invalid("spec.minReplicas", spec.minReplicas, "must be greater than or equal to 1");
  if (!(spec.maxReplicas >= 1))
    to.invalid("spec.maxReplicas", spec.maxReplicas ?? 0, "must be greater than 0");
  else if (spec.maxReplicas < spec.minReplicas)
    to.invalid("spec.maxReplicas", spec.maxReplicas, "must be greater than or equal to `minReplicas`");
  for (const field of ["kind", "name"])
    if (!spec.scaleTargetRef?.[field]) to.required(`spec.scaleTargetRef.${field}`);
};

/** By "group/Kind"; versions of a kind share their rules. */
export const VALIDATORS: Record<string, Validator> = {
  "apps/Deployment": deployment,
  "apps/ReplicaSet": replicaSet,
  "apps/DaemonSet": daemonSet,
  "apps/StatefulSet": statefulSet,
  "batch/Job": job,
  "batch/CronJob": cronJob,
  "/Pod": pod,
  "/Service": service,
  "/ConfigMap": (it, old, to) => keysAndSize(it, old, ["data", "binaryData"], to),
  "/Secret": secret,
  "/PersistentVolumeClaim": claim,
  "rbac.authorization.k8s.io/RoleBinding": binding,
  "rbac.authorization.k8s.io/ClusterRoleBinding": binding,
  "networking.k8s.io/Ingress": ingress,
  "policy/PodDisruptionBudget": budget,
  "autoscaling/HorizontalPodAutoscaler": autoscaler,
};
