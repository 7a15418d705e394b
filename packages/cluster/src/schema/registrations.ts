/** Webhooks and policies of admission: what the API server refuses (pkg/apis/admissionregistration/validation of Kubernetes v1.36). */
import { dns1035Label, dnsSubdomain, labelKey } from "@sluice/api";
import { equal } from "../apply/typed.ts";
import { compileExpression, type Declarations } from "./celadmission.ts";
import type { Complaints } from "./podspec.ts";
import { type Validator, validateSelector } from "./workloads.ts";

type Json = Record<string, any>;

const FAILURE = ["Fail", "Ignore"];
const MATCHES = ["Equivalent", "Exact"];
const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const SIDE_EFFECTS = ["None", "NoneOnDryRun"];
const VERSIONS = ["v1", "v1beta1"];
const REINVOCATIONS = ["IfNeeded", "Never"];
const MAX_CONDITIONS = 64;

function oneOf(path: string, value: unknown, supported: readonly string[], to: Complaints): void {
  if (value !== undefined && value !== null && !supported.includes(value as string))
    to.unsupported(path, value, supported);
}

const alone = (list: string[]): boolean => list.length > 1 && list.includes("*");

function rule(it: Json, path: string, to: Complaints): void {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = it;
  if (operations.length === 0) to.required(`${path}.operations`);
  if (alone(operations))
    to.invalid(`${path}.operations`, operations, "if '*' is present, must not specify other operations");
  for (const [i, each] of operations.entries()) oneOf(`${path}.operations[${i}]`, each, OPERATIONS, to);
  if (apiGroups.length === 0) to.required(`${path}.apiGroups`);
  if (alone(apiGroups))
    to.invalid(`${path}.apiGroups`, apiGroups, "if '*' is present, must not specify other API groups");
  if (apiVersions.length === 0) to.required(`${path}.apiVersions`);
  if (alone(apiVersions))
    to.invalid(`${path}.apiVersions`, apiVersions, "if '*' is present, must not specify other API versions");
  for (const [i, each] of apiVersions.entries()) if (each === "") to.required(`${path}.apiVersions[${i}]`);
  resourceList(resources, `${path}.resources`, to);
  oneOf(`${path}.scope`, scope, ["*", "Cluster", "Namespaced"], to);
}

function resourceList(resources: string[], path: string, to: Complaints): void {
  if (resources.length === 0) to.required(path);
  const [wholes, parts] = [new Set<string>(), new Set<string>()];
  for (const [i, each] of resources.entries()) {
    if (each === "") to.required(`${path}[${i}]`);
    const [resource = "", part] = each.split(/\/(.*)/s);
    if (part === undefined) continue;
    if (wholes.has(resource))
      to.invalid(`${path}[${i}]`, each, `if '${resource}/*' is present, must not specify ${each}`);
    if (parts.has(part))
      to.invalid(`${path}[${i}]`, each, `if '*/${part}' is present, must not specify ${each}`);
    if (part === "*") wholes.add(resource);
    if (resource === "*") parts.add(part);
  }
  if (resources.length > 1 && resources.includes("*/*"))
    to.invalid(path, resources, "if '*/*' is present, must not specify other resources");
  // the server remembers of the resources without a part only the last one
  const last = resources.findLast((each) => !each.includes("/"));
  if (resources.includes("*") && last !== "*" && last !== undefined)
    to.invalid(path, resources, "if '*' is present, must not specify other resources without subresources");
}

function conditions(list: Json[], path: string, declared: Declarations, to: Complaints): void {
  const names = new Set<string>();
  if (list.length > MAX_CONDITIONS)
    to.errors.push({
      path,
      type: "Too many",
      value: list.length,
      detail: `must have at most ${MAX_CONDITIONS} items`,
    });
  for (const [i, { name = "", expression = "" }] of list.entries()) {
    const at = `${path}[${i}]`;
    if (expression.trim() === "") to.required(`${at}.expression`);
    else compiles(`${at}.expression`, expression.trim(), { authorizer: true, ...declared }, "bool", to);
    if (name === "") to.required(`${at}.name`);
    else {
      to.name(`${at}.name`, name, labelKey);
      if (names.has(name)) to.duplicate(`${at}.name`, name);
      names.add(name);
    }
  }
}

/** Complains of an expression that does not compile; the type that it has. */
function compiles(
  path: string,
  text: string,
  declared: Declarations,
  wanted: string | undefined,
  to: Complaints,
): string {
  const { problem, type } = compileExpression(text, declared, wanted);
  if (problem) to.invalid(path, text, problem);
  return type;
}

function clientConfig({ url, service }: Json, path: string, to: Complaints): void {
  if ((url === undefined) === (service === undefined))
    to.required(path, "exactly one of url or service is required");
  else if (url !== undefined) webhookUrl(url, `${path}.url`, to);
  else webhookService(service, `${path}.service`, to);
}

const FORM = "; desired format: https://host[/path]";

/** Scheme, user, host, query and fragment, as Go's url.Parse sees them. */
const URL_PARTS =
  /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/(?:([^/?#@]*)@)?([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/i;

function webhookUrl(text: string, path: string, to: Complaints): void {
  const [, scheme = "", user, host = "", query, fragment] = URL_PARTS.exec(text) ?? [];
  if (scheme !== "https") to.invalid(path, scheme, `'https' is the only allowed URL scheme${FORM}`);
  if (host === "") to.invalid(path, "", `host must be specified${FORM}`);
  // unlike the server's, this answer does not repeat a password
  if (user !== undefined)
    to.invalid(path, user.replace(/:.*/, ":xxxxx"), "user information is not permitted in the URL");
  if (fragment) to.invalid(path, fragment, "fragments are not permitted in the URL");
  if (query) to.invalid(path, query, "query parameters are not permitted in the URL");
  // the server tells Go's reason and the whole text, in which a password may stand
  if (scheme === "https" && host !== "" && !URL.canParse(text))
    to.required(path, `url must be a valid URL${FORM}`);
}

function webhookService({ name, namespace, path: at = "/", port }: Json, path: string, to: Complaints): void {
  // the server takes the one for the other
  if (!namespace) to.required(`${path}.name`);
  if (!name) to.required(`${path}.namespace`);
  if (port < 1 || port > 65535)
    to.invalid(`${path}.port`, port, "port is not valid: must be between 1 and 65535, inclusive");
  if (at === "/" || at === "") return;
  if (!at.startsWith("/")) to.invalid(`${path}.path`, at, "must start with a '/'");
  for (const [i, segment] of at.slice(1).replace(/\/$/, "").split("/").entries())
    if (segment === "") to.invalid(`${path}.path`, at, `segment[${i}] may not be empty`);
    else
      for (const problem of dnsSubdomain(segment))
        to.invalid(`${path}.path`, at, `segment[${i}]: ${problem}`);
}

function webhook(hook: Json, path: string, old: Json | undefined, to: Complaints): void {
  const { name = "", sideEffects, timeoutSeconds } = hook;
  if (name === "") to.required(`${path}.name`);
  else if (dnsSubdomain(name).length > 0) to.name(`${path}.name`, name, dnsSubdomain);
  else if (name.split(".").length < 3)
    to.invalid(`${path}.name`, name, "should be a domain with at least three segments separated by dots");
  for (const [i, each] of (hook["rules"] ?? []).entries()) rule(each, `${path}.rules[${i}]`, to);
  oneOf(`${path}.failurePolicy`, hook["failurePolicy"], FAILURE, to);
  oneOf(`${path}.matchPolicy`, hook["matchPolicy"], MATCHES, to);
  if (!sideEffects) to.required(`${path}.sideEffects`, `must specify one of ${SIDE_EFFECTS.join(", ")}`);
  oneOf(`${path}.sideEffects`, sideEffects, SIDE_EFFECTS, to);
  if (timeoutSeconds < 1 || timeoutSeconds > 30)
    to.invalid(
      `${path}.timeoutSeconds`,
      timeoutSeconds,
      "the timeout value must be between 1 and 30 seconds",
    );
  validateSelector(hook["namespaceSelector"], `${path}.namespaceSelector`, to);
  validateSelector(hook["objectSelector"], `${path}.objectSelector`, to);
  oneOf(`${path}.reinvocationPolicy`, hook["reinvocationPolicy"], REINVOCATIONS, to);
  clientConfig(hook["clientConfig"] ?? {}, `${path}.clientConfig`, to);
  if (!old || !equal(old["matchConditions"], hook["matchConditions"]))
    conditions(hook["matchConditions"] ?? [], `${path}.matchConditions`, {}, to);
  reviewVersions(hook["admissionReviewVersions"] ?? [], `${path}.admissionReviewVersions`, to);
}

function reviewVersions(versions: string[], path: string, to: Complaints): void {
  if (versions.length === 0) {
    to.required(path, `must specify one of ${VERSIONS.join(", ")}`);
    return;
  }
  for (const [i, version] of versions.entries())
    if (versions.indexOf(version) < i) to.invalid(`${path}[${i}]`, version, "duplicate version");
    else to.name(`${path}[${i}]`, version, dns1035Label);
  if (!versions.some((each) => VERSIONS.includes(each)))
    to.invalid(path, versions, `must include at least one of ${VERSIONS.join(", ")}`);
}

const webhooks: Validator = ({ webhooks: hooks = [] }, old, to) => {
  const names = new Set<string>();
  for (const [i, hook] of hooks.entries()) {
    webhook(hook, `webhooks[${i}]`, old?.["webhooks"]?.[i], to);
    if (!hook.name) continue;
    if (names.has(hook.name)) to.duplicate(`webhooks[${i}].name`, hook.name);
    names.add(hook.name);
  }
};

function matchResources(it: Json, path: string, to: Complaints): void {
  oneOf(`${path}.matchPolicy`, it["matchPolicy"], MATCHES, to);
  validateSelector(it["namespaceSelector"], `${path}.namespaceSelector`, to);
  validateSelector(it["objectSelector"], `${path}.objectSelector`, to);
  for (const field of ["resourceRules", "excludeResourceRules"])
    for (const [i, each] of (it[field] ?? []).entries()) {
      const names: string[] = each.resourceNames ?? [];
      for (const [j, name] of names.entries())
        if (names.indexOf(name) < j) to.duplicate(`${path}.${field}[${i}].resourceNames[${j}]`, name);
      rule(each, `${path}.${field}[${i}]`, to);
    }
}

function paramKind({ apiVersion = "", kind = "" }: Json, path: string, to: Complaints): void {
  const parts = apiVersion.split("/");
  const [group, version] = parts.length === 1 ? ["", parts[0]] : parts;
  if (apiVersion === "") to.required(`${path}.apiVersion`);
  else if (parts.length > 2)
    to.invalid(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`);
  else {
    if (group && dnsSubdomain(group).length > 0) to.name(`${path}.apiVersion`, group, dnsSubdomain);
    if (!version) to.invalid(`${path}.apiVersion`, apiVersion, "version must be specified");
    else to.name(`${path}.apiVersion`, version, dns1035Label);
  }
  if (kind === "") to.required(`${path}.kind`);
  else
    for (const problem of dns1035Label(kind.toLowerCase()))
      to.invalid(`${path}.kind`, kind, `may have mixed case, but should otherwise match: ${problem}`);
}

const RESERVED = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** What both kinds of policies have; the declarations for the rest of their expressions. */
function policyHead(spec: Json, old: Json | undefined, composes: boolean, to: Complaints): Declarations {
  const params = spec["paramKind"] !== undefined;
  oneOf("spec.failurePolicy", spec["failurePolicy"], FAILURE, to);
  if (params) paramKind(spec["paramKind"], "spec.paramKind", to);
  if (!spec["matchConstraints"]) to.required("spec.matchConstraints");
  else {
    matchResources(spec["matchConstraints"], "spec.matchConstraints", to);
    if (!spec["matchConstraints"].resourceRules?.length) to.required("spec.matchConstraints.resourceRules");
  }
  if (!composes) writesOnly(spec["matchConstraints"], "spec.matchConstraints", to);
  if (!old || !equal(old["spec"]?.matchConditions, spec["matchConditions"]))
    conditions(spec["matchConditions"] ?? [], "spec.matchConditions", { params }, to);
  const types = new Map<string, string>();
  const has = (spec["variables"] ?? []).length > 0 || !composes;
  const declared: Declarations = { params, authorizer: true, variables: has ? types : undefined };
  for (const [i, { name = "", expression = "" }] of (spec["variables"] ?? []).entries()) {
    const at = `spec.variables[${i}]`;
    if (name.trim() === "") to.required(`${at}.name`, "name is not specified");
    else if (!/^[_a-zA-Z]\w*$/.test(name) || RESERVED.has(name))
      to.invalid(`${at}.name`, name, "must be a valid CEL identifier");
    if (expression.trim() === "") to.required(`${at}.expression`, "expression is not specified");
    else types.set(name, compiles(`${at}.expression`, expression, declared, undefined, to));
  }
  return declared;
}

/** Mutating policies see creates and updates alone. */
function writesOnly(resources: Json | undefined, path: string, to: Complaints): void {
  for (const { operations = [] } of resources?.["resourceRules"] ?? [])
    for (const operation of operations)
      oneOf(`${path}.resourceRules.operations`, operation, ["*", "CONNECT", "CREATE", "UPDATE"], to);
}

const validatingPolicy: Validator = ({ metadata, spec }, old, to) => {
  const declared = policyHead(spec, old, true, to);
  const [validations, annotations]: Json[][] = [spec.validations ?? [], spec.auditAnnotations ?? []];
  if (validations!.length === 0 && annotations!.length === 0)
    for (const field of ["validations", "auditAnnotations"])
      to.required(`spec.${field}`, "validations or auditAnnotations must contain at least one item");
  for (const [i, each] of validations!.entries()) validation(each, `spec.validations[${i}]`, declared, to);
  const keys = new Set<string>();
  if (annotations!.length > 20)
    to.invalid("spec.auditAnnotations", annotations, "must not have more than 20 auditAnnotations");
  for (const [i, { key = "", valueExpression = "" }] of annotations!.entries()) {
    const at = `spec.auditAnnotations[${i}]`;
    for (const problem of labelKey(`${metadata.name}/${key}`))
      to.invalid(`${at}.key`, `${metadata.name}/${key}`, problem);
    const text = valueExpression.trim();
    if (text === "") to.required(`${at}.valueExpression`, "valueExpression is not specified");
    else if (text.length > 5 * 1024)
      to.required(`${at}.valueExpression`, "must not exceed 5120 bytes in length");
    else auditValue(`${at}.valueExpression`, text, declared, to);
    if (keys.has(key)) to.duplicate(`${at}.key`, key);
    keys.add(key);
  }
};

function auditValue(path: string, text: string, declared: Declarations, to: Complaints): void {
  const { problem, type } = compileExpression(text, declared);
  if (problem) to.invalid(path, text, problem);
  else if (type !== "string" && type !== "null")
    to.invalid(path, text, `must evaluate to one of [string null_type] but got ${type}`);
}

const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];

function validation(it: Json, path: string, declared: Declarations, to: Complaints): void {
  const { expression = "", message = "", messageExpression = "", reason } = it;
  if (expression.trim() === "") to.required(`${path}.expression`, "expression is not specified");
  else compiles(`${path}.expression`, expression, declared, "bool", to);
  if (messageExpression && messageExpression.trim() === "")
    to.invalid(`${path}.messageExpression`, messageExpression, "must be non-empty if specified");
  else if (messageExpression)
    compiles(
      `${path}.messageExpression`,
      messageExpression,
      { ...declared, authorizer: false },
      "string",
      to,
    );
  if (message && message.trim() === "")
    to.invalid(`${path}.message`, message, "must be non-empty if specified");
  else if (/[\n\r]/.test(message.trim()))
    to.invalid(`${path}.message`, message, "must not contain line breaks");
  oneOf(`${path}.reason`, reason, REASONS, to);
}

const mutatingPolicy: Validator = ({ spec }, old, to) => {
  const declared = { ...policyHead(spec, old, false, to), patches: true };
  if (!spec.mutations?.length) to.required("spec.mutations", "mutations must contain at least one item");
  for (const [i, each] of (spec.mutations ?? []).entries())
    mutation(each, `spec.mutations[${i}]`, declared, to);
  if (!spec.reinvocationPolicy) to.required("spec.reinvocationPolicy");
  else oneOf("spec.reinvocationPolicy", spec.reinvocationPolicy, REINVOCATIONS, to);
};

const PATCHES: Record<string, { field: string; other: string; type: string }> = {
  ApplyConfiguration: { field: "applyConfiguration", other: "jsonPatch", type: "Object" },
  JSONPatch: { field: "jsonPatch", other: "applyConfiguration", type: "list(JSONPatch)" },
};

function mutation(it: Json, path: string, declared: Declarations, to: Complaints): void {
  const { patchType } = it;
  const patch = PATCHES[patchType];
  if (!patchType) to.required(`${path}.patchType`);
  else if (!patch) to.unsupported(`${path}.patchType`, patchType, Object.keys(PATCHES));
  if (!patch) return;
  const { field, other, type } = patch;
  const text = it[field]?.expression?.trim() ?? "";
  if (!it[field]) to.required(`${path}.${field}`, `must be specified when patchType is ${patchType}`);
  else if (text === "") to.required(`${path}.${field}.expression`);
  else compiles(`${path}.${field}.expression`, text, declared, type, to);
  if (it[other])
    to.invalid(`${path}.${other}`, `{${other}}`, `must not be specified when patchType is ${patchType}`);
}

function bindingHead(spec: Json, to: Complaints): void {
  if (!spec["policyName"]) to.required("spec.policyName");
  else to.name("spec.policyName", spec["policyName"], dnsSubdomain);
  if (spec["paramRef"]) paramRef(spec["paramRef"], "spec.paramRef", to);
  if (spec["matchResources"]) matchResources(spec["matchResources"], "spec.matchResources", to);
}

function paramRef(
  { name, selector, parameterNotFoundAction: action }: Json,
  path: string,
  to: Complaints,
): void {
  const exclusive = "name and selector are mutually exclusive";
  if (name && selector) to.forbidden(`${path}.name`, exclusive);
  if (selector) validateSelector(selector, `${path}.selector`, to);
  if (name && selector) to.forbidden(`${path}.selector`, exclusive);
  if (!name && !selector) to.required(path, "one of name or selector must be specified");
  if (!action) to.required(`${path}.parameterNotFoundAction`);
  else oneOf(`${path}.parameterNotFoundAction`, action, ["Deny", "Allow"], to);
}

const ACTIONS = ["Audit", "Deny", "Warn"];

const validatingBinding: Validator = ({ spec }, _, to) => {
  bindingHead(spec, to);
  const actions: string[] = spec.validationActions ?? [];
  const path = "spec.validationActions";
  for (const [i, action] of actions.entries()) {
    oneOf(`${path}[${i}]`, action, ACTIONS, to);
    if (actions.indexOf(action) < i) to.duplicate(`${path}[${i}]`, action);
  }
  if (actions.includes("Deny") && actions.includes("Warn"))
    to.invalid(
      path,
      actions,
      "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)",
    );
  if (actions.length === 0) to.required(path, "at least one validation action is required");
};

const mutatingBinding: Validator = ({ spec }, _, to) => {
  bindingHead(spec, to);
  writesOnly(spec.matchResources, "spec.matchResources", to);
};

/** By "group/Kind". */
export const REGISTRATIONS: Record<string, Validator> = {
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": webhooks,
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": webhooks,
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": validatingPolicy,
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": validatingBinding,
  "admissionregistration.k8s.io/MutatingAdmissionPolicy": mutatingPolicy,
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding": mutatingBinding,
};
