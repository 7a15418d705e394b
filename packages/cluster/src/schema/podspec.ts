/** Pod templates: what the API server refuses (pkg/apis/core/validation), as far as people run into it. */
import { dnsLabel, dnsSubdomain, labelKey, labelValue, type NameRule } from "@sluice/api";
import { supportedValues } from "./errors.ts";
import { portName } from "./names.ts";
import { parseQuantity } from "./quantity.ts";
import type { FieldError } from "./types.ts";

type Json = Record<string, any>;

/** Collects complaints. */
export type Complaints = {
  errors: FieldError[];
  required(path: string, detail?: string): void;
  invalid(path: string, value: unknown, detail: string): void;
  forbidden(path: string, detail: string): void;
  duplicate(path: string, value: unknown): void;
  notFound(path: string, value: unknown): void;
  unsupported(path: string, value: unknown, supported: readonly string[]): void;
  name(path: string, value: string, check: NameRule): void;
};

export function complaints(): Complaints {
  const errors: FieldError[] = [];
  const add = (path: string, type: FieldError["type"], detail: string, value?: unknown) =>
    void errors.push({ path, type, detail, ...(value !== undefined && { value }) });
  return {
    errors,
    required: (path, detail = "") => add(path, "Required value", detail),
    invalid: (path, value, detail) => add(path, "Invalid value", detail, value),
    forbidden: (path, detail) => add(path, "Forbidden", detail),
    duplicate: (path, value) => add(path, "Duplicate value", "", value),
    notFound: (path, value) => add(path, "Not found", "", value),
    unsupported: (path, value, supported) =>
      add(path, "Unsupported value", supportedValues(supported), value),
    name: (path, value, check) =>
      check(value).forEach((detail) => void add(path, "Invalid value", detail, value)),
  };
}

/** What is wrong with the pod spec at `path`. */
export function validatePodSpec(spec: Json, path: string, to: Complaints): void {
  const volumes = validateVolumes(spec["volumes"] ?? [], `${path}.volumes`, to);
  const containers: Json[] = spec["containers"] ?? [];
  if (containers.length === 0) to.required(`${path}.containers`);
  const names = new Set<string>();
  for (const kind of ["containers", "initContainers"] as const)
    for (const [i, container] of ((spec[kind] ?? []) as Json[]).entries())
      validateContainer(container, `${path}.${kind}[${i}]`, names, volumes, to);
  if (!["Always", "OnFailure", "Never"].includes(spec["restartPolicy"]))
    to.unsupported(`${path}.restartPolicy`, spec["restartPolicy"], ["Always", "OnFailure", "Never"]);
  if (!["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"].includes(spec["dnsPolicy"]))
    to.unsupported(`${path}.dnsPolicy`, spec["dnsPolicy"], [
      "ClusterFirstWithHostNet",
      "ClusterFirst",
      "Default",
      "None",
    ]);
  validateLabels(spec["nodeSelector"], `${path}.nodeSelector`, to);
  for (const field of ["runAsUser", "runAsGroup", "fsGroup"])
    checkId(spec["securityContext"]?.[field], `${path}.securityContext.${field}`, to);
  if (spec["serviceAccountName"])
    to.name(`${path}.serviceAccountName`, spec["serviceAccountName"], dnsSubdomain);
  const deadline = spec["activeDeadlineSeconds"];
  if (deadline !== undefined && (deadline < 1 || deadline > MAX_INT32))
    to.invalid(`${path}.activeDeadlineSeconds`, deadline, `must be between 1 and ${MAX_INT32}, inclusive`);
  validateTolerations(spec["tolerations"] ?? [], `${path}.tolerations`, to);
}

const MAX_INT32 = 2147483647;

/** Users and groups. */
function checkId(id: number | undefined, path: string, to: Complaints): void {
  if (id !== undefined && (id < 0 || id > MAX_INT32))
    to.invalid(path, id, `must be between 0 and ${MAX_INT32}, inclusive`);
}

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

function validateTolerations(tolerations: Json[], path: string, to: Complaints): void {
  for (const [i, { key, operator = "Equal", value, effect, tolerationSeconds }] of tolerations.entries()) {
    const at = `${path}[${i}]`;
    if (key) to.name(`${at}.key`, key, labelKey);
    if (!key && operator !== "Exists")
      to.invalid(
        `${at}.operator`,
        operator,
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      );
    if (tolerationSeconds !== undefined && effect !== "NoExecute")
      to.invalid(`${at}.effect`, effect ?? "", "effect must be 'NoExecute' when `tolerationSeconds` is set");
    if (operator === "Exists" && value)
      to.invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'");
    if (operator === "Equal" && value) to.name(`${at}.operator`, value, labelValue);
    if (effect && !EFFECTS.includes(effect)) to.unsupported(`${at}.effect`, effect, EFFECTS);
  }
}

export const NOT_NEGATIVE = "must be greater than or equal to 0";
const PORT = "must be between 1 and 65535, inclusive";

/** Labels and selectors anywhere but in metadata. */
export function validateLabels(
  labels: Record<string, string> | undefined,
  path: string,
  to: Complaints,
): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    to.name(path, key, labelKey);
    to.name(path, value, labelValue);
  }
}

/** In the order in which the API server looks for them: the first one counts. */
const VOLUME_SOURCES =
  "emptyDir hostPath gitRepo gcePersistentDisk awsElasticBlockStore secret nfs iscsi glusterfs flocker persistentVolumeClaim rbd cinder cephfs quobyte downwardAPI fc flexVolume configMap azureFile vsphereVolume photonPersistentDisk portworxVolume azureDisk storageos projected scaleIO csi ephemeral image".split(
    " ",
  );
const SOURCE_NAMES: Record<string, string> = {
  secret: "secretName",
  configMap: "name",
  persistentVolumeClaim: "claimName",
  hostPath: "path",
  csi: "driver",
};

const FILE_MODE = "must be a number between 0 and 0777 (octal), both inclusive";

function validateVolumes(volumes: Json[], path: string, to: Complaints): Set<string> {
  const names = new Set<string>();
  for (const [i, volume] of volumes.entries()) {
    const name: string = volume["name"] ?? "";
    if (name === "") to.required(`${path}[${i}].name`);
    else to.name(`${path}[${i}].name`, name, dnsLabel);
    if (names.has(name)) to.duplicate(`${path}[${i}].name`, name);
    const [source, ...extra] = VOLUME_SOURCES.filter((kind) => volume[kind]);
    for (const kind of extra)
      to.forbidden(`${path}[${i}].${kind}`, "may not specify more than 1 volume type");
    const required = source && SOURCE_NAMES[source];
    const isWhole = extra.length === 0 && !(required && !volume[source][required]);
    if (required && !volume[source][required]) to.required(`${path}[${i}].${source}.${required}`);
    const mode = source && volume[source].defaultMode;
    const isMode = mode === undefined || (mode >= 0 && mode <= 0o777);
    if (!isMode) to.invalid(`${path}[${i}].${source}.defaultMode`, mode, FILE_MODE);
    // only what is in order takes a name
    if (isWhole && isMode && name !== "") names.add(name);
  }
  return names;
}

function validateContainer(
  it: Json,
  path: string,
  names: Set<string>,
  volumes: Set<string>,
  to: Complaints,
): void {
  const name: string = it["name"] ?? "";
  if (name === "") to.required(`${path}.name`);
  else to.name(`${path}.name`, name, dnsLabel);
  if (names.has(name)) to.duplicate(`${path}.name`, name);
  names.add(name);
  if (!it["image"]) to.required(`${path}.image`);
  else if (it["image"].trim() !== it["image"])
    to.invalid(`${path}.image`, it["image"], "must not have leading or trailing whitespace");
  validatePorts(it["ports"] ?? [], `${path}.ports`, to);
  validateEnv(it["env"] ?? [], `${path}.env`, to);
  validateMounts(it["volumeMounts"] ?? [], `${path}.volumeMounts`, volumes, to);
  const pull = it["imagePullPolicy"];
  if (pull && !PULL_POLICIES.includes(pull)) to.unsupported(`${path}.imagePullPolicy`, pull, PULL_POLICIES);
  validateResources(it["resources"] ?? {}, `${path}.resources`, to);
  validateSecurity(it["securityContext"], `${path}.securityContext`, to);
  for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"])
    if (it[probe]) validateProbe(it[probe], `${path}.${probe}`, to);
}

const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];

/** A container's security context as Go prints it. */
const SECURITY = [
  "Capabilities",
  "Privileged",
  "SELinuxOptions",
  "WindowsOptions",
  "RunAsUser",
  "RunAsGroup",
  "RunAsNonRoot",
  "ReadOnlyRootFilesystem",
  "AllowPrivilegeEscalation",
  "ProcMount",
  "SeccompProfile",
  "AppArmorProfile",
];

function validateSecurity(context: Json | undefined, path: string, to: Complaints): void {
  if (!context) return;
  for (const field of ["runAsUser", "runAsGroup"]) checkId(context[field], `${path}.${field}`, to);
  if (context["allowPrivilegeEscalation"] !== false) return;
  const shown = Object.fromEntries(
    SECURITY.map((field) => [
      field,
      context[field === "SELinuxOptions" ? "seLinuxOptions" : field[0]!.toLowerCase() + field.slice(1)] ??
        null,
    ]),
  );
  if (context["privileged"])
    to.invalid(path, shown, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
}

function validatePorts(ports: Json[], path: string, to: Complaints): void {
  const names = new Set<string>();
  for (const [i, { name, containerPort, hostPort, protocol }] of ports.entries()) {
    if (name) {
      to.name(`${path}[${i}].name`, name, portName);
      if (names.has(name)) to.duplicate(`${path}[${i}].name`, name);
      names.add(name);
    }
    if (!containerPort) to.required(`${path}[${i}].containerPort`);
    else if (containerPort < 1 || containerPort > 65535)
      to.invalid(`${path}[${i}].containerPort`, containerPort, PORT);
    if (hostPort !== undefined && (hostPort < 0 || hostPort > 65535))
      to.invalid(`${path}[${i}].hostPort`, hostPort, PORT);
    if (!["TCP", "UDP", "SCTP"].includes(protocol))
      to.unsupported(`${path}[${i}].protocol`, protocol, ["SCTP", "TCP", "UDP"]);
  }
}

/** What a variable may be taken from (pkg/apis/core/pods: ConvertDownwardAPIFieldLabel). */
const FIELD_PATHS =
  /^(metadata\.(name|namespace|uid|labels|annotations)(\['.+'\])?|spec\.(nodeName|restartPolicy|serviceAccountName|schedulerName|hostNetwork)|status\.(phase|hostIP|hostIPs|podIP|podIPs))$/;

function validateEnv(env: Json[], path: string, to: Complaints): void {
  for (const [i, { name, value, valueFrom }] of env.entries()) {
    if (!name) to.required(`${path}[${i}].name`);
    else if (/[^\x20-\x3c\x3e-\x7e]/.test(name))
      to.invalid(
        `${path}[${i}].name`,
        name,
        "a valid environment variable name must consist only of printable ASCII characters other than '='",
      );
    if (!valueFrom) continue;
    const field = valueFrom.fieldRef?.fieldPath;
    if (field && !FIELD_PATHS.test(field))
      to.invalid(
        `${path}[${i}].valueFrom.fieldRef.fieldPath`,
        field,
        `error converting fieldPath: field label not supported: ${field}`,
      );
    if (value) to.invalid(`${path}[${i}].valueFrom`, "", "may not be specified when `value` is not empty");
    if (Object.keys(valueFrom).length === 0)
      to.invalid(
        `${path}[${i}].valueFrom`,
        "",
        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
      );
  }
}

function validateMounts(mounts: Json[], path: string, volumes: Set<string>, to: Complaints): void {
  const paths = new Set<string>();
  for (const [i, { name, mountPath }] of mounts.entries()) {
    if (!name) to.required(`${path}[${i}].name`);
    if (!volumes.has(name)) to.notFound(`${path}[${i}].name`, name ?? "");
    if (!mountPath) to.required(`${path}[${i}].mountPath`);
    else if (paths.has(mountPath)) to.invalid(`${path}[${i}].mountPath`, mountPath, "must be unique");
    paths.add(mountPath);
  }
}

const STANDARD = /^(cpu|memory|ephemeral-storage|storage|hugepages-.+)$/;

function validateResources({ limits = {}, requests = {} }: Json, path: string, to: Complaints): void {
  for (const [kind, list] of Object.entries({ limits, requests }))
    for (const [resource, quantity] of Object.entries(list as Record<string, string>)) {
      const at = `${path}.${kind}[${resource}]`;
      if (!STANDARD.test(resource) && !resource.includes("/")) {
        to.invalid(at, resource, "must be a standard resource type or fully qualified");
        to.invalid(at, resource, "must be a standard resource for containers");
      }
      if (String(quantity).startsWith("-")) to.invalid(at, quantity, NOT_NEGATIVE);
    }
  for (const [resource, quantity] of Object.entries(requests as Record<string, string>)) {
    const [asked, limit] = [parseQuantity(quantity), parseQuantity(limits[resource] ?? "")];
    if (asked && limit && asked.nano > limit.nano)
      to.invalid(
        `${path}.requests`,
        quantity,
        `must be less than or equal to ${resource} limit of ${limits[resource]}`,
      );
  }
}

/** A port by its number or name. */
function validatePort(port: number | string, path: string, to: Complaints): void {
  if (typeof port === "string") to.name(path, port, portName);
  else if (port < 1 || port > 65535) to.invalid(path, port, "must be between 1 and 65535, inclusive");
}

function validateProbe(probe: Json, path: string, to: Complaints): void {
  const handlers = ["exec", "httpGet", "tcpSocket", "grpc"].filter((handler) => probe[handler]);
  if (handlers.length === 0) to.required(path, "must specify a handler type");
  if (probe["exec"] && !probe["exec"].command?.length) to.required(`${path}.exec.command`);
  for (const extra of handlers.slice(1))
    to.forbidden(`${path}.${extra}`, "may not specify more than 1 handler type");
  for (const kind of ["httpGet", "tcpSocket"])
    if (kind === handlers[0]) validatePort(probe[kind].port ?? 0, `${path}.${kind}.port`, to);
  for (const field of [
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
  ])
    if (probe[field] < 0) to.invalid(`${path}.${field}`, probe[field], NOT_NEGATIVE);
}
