import type { KubeObject } from "@sluice/api";
import { badRequest } from "../errors.ts";

/** One condition on one field of an object. */
export type FieldRequirement = { path: string; equal: boolean; value: string };

/** The fields beyond metadata.name and metadata.namespace that a built-in kind can be selected by, and where they lie. */
const SELECTABLE: Record<string, Record<string, (object: any) => unknown>> = {
  "/pods": {
    "spec.nodeName": (pod) => pod.spec?.nodeName,
    "spec.restartPolicy": (pod) => pod.spec?.restartPolicy,
    "spec.schedulerName": (pod) => pod.spec?.schedulerName,
    "spec.serviceAccountName": (pod) => pod.spec?.serviceAccountName,
    "spec.hostNetwork": (pod) => pod.spec?.hostNetwork ?? false,
    "status.phase": (pod) => pod.status?.phase,
    "status.podIP": (pod) => pod.status?.podIP,
    // may be asked for, but no pod has it
    "status.podIPs": () => "",
    "status.nominatedNodeName": (pod) => pod.status?.nominatedNodeName,
  },
  "/nodes": { "spec.unschedulable": (node) => node.spec?.unschedulable ?? false },
  "/namespaces": { "status.phase": (namespace) => namespace.status?.phase },
  "/secrets": { type: (secret) => secret.type },
  "/services": {
    "spec.clusterIP": (service) => service.spec?.clusterIP,
    "spec.type": (service) => service.spec?.type,
  },
  "/replicationcontrollers": { "status.replicas": (controller) => controller.status?.replicas ?? 0 },
  "batch/jobs": { "status.successful": (job) => job.status?.succeeded ?? 0 },
  "certificates.k8s.io/certificatesigningrequests": {
    "spec.signerName": (request) => request.spec?.signerName,
  },
  "/events": {
    ...fieldsOfEvent("involvedObject"),
    reason: (event) => event.reason,
    reportingComponent: (event) => event.reportingComponent,
    source: (event) => event.source?.component || event.reportingComponent,
    type: (event) => event.type,
  },
};

/** The group events.k8s.io names the same fields differently; its objects are selected in their stored form. */
const EVENTS_V1: Record<string, string> = {
  regarding: "involvedObject",
  reportingController: "reportingComponent",
};

const OLD_EVENT_FIELD = /^(involvedObject\.|reportingComponent$|source$)/;
const NEW_EVENT_FIELD = /^(regarding\.|reportingController$)/;

function fieldsOfEvent(prefix: string): Record<string, (object: any) => unknown> {
  const fields = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];
  return Object.fromEntries(
    fields.map((field) => [`${prefix}.${field}`, (event: any) => event.involvedObject?.[field]]),
  );
}

/** The kinds of the core group say a refusal in their own words, all others in the general ones. */
const OWN_WORDS = new Set([
  "/pods",
  "/nodes",
  "/namespaces",
  "/secrets",
  "/services",
  "/replicationcontrollers",
  "/events",
]);

function unknownField(table: string, kind: string, path: string): never {
  if (table === "batch/jobs")
    throw badRequest(`field label ${JSON.stringify(path)} not supported for ${kind}`);
  if (OWN_WORDS.has(table) || table.startsWith("certificates.k8s.io/"))
    throw badRequest(`field label not supported: ${path}`);
  throw badRequest(
    `${JSON.stringify(path)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}

/** Splits `a=b,c!=d` at commas that are not escaped with a backslash. */
function terms(text: string): string[] {
  return text.split(/(?<!\\),/).filter((term) => term !== "");
}

function withoutEscapes(value: string): string {
  return value.replaceAll(/\\([\\,=])/g, "$1");
}

/**
 * Parses a field selector for the objects of one table.
 * @param group that of the request: events.k8s.io names the fields of events in its own way
 * @param selectable paths that the custom resource declares in `selectableFields` ("spec.color"); undefined for built-in kinds
 */
export function parseFieldSelector(
  text: string,
  table: string,
  kind: string,
  selectable: readonly string[] | undefined,
  group = "",
): FieldRequirement[] {
  return terms(text).map((term) => {
    const match = /^((?:[^\\=!]|\\.)*?)(!=|==|=)(.*)$/s.exec(term);
    if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const path = match[1]!;
    checkPath(path, table, kind, selectable, group);
    return {
      path: EVENTS_V1[path] ?? path.replace(/^regarding\./, "involvedObject."),
      equal: match[2] !== "!=",
      value: withoutEscapes(match[3]!),
    };
  });
}

function checkPath(
  path: string,
  table: string,
  kind: string,
  selectable: readonly string[] | undefined,
  group: string,
): void {
  if (path === "metadata.name" || path === "metadata.namespace") return;
  if (selectable) {
    if (selectable.includes(path)) return;
    throw badRequest(`field label not supported: ${path}`);
  }
  const foreign = group === "events.k8s.io" ? OLD_EVENT_FIELD : NEW_EVENT_FIELD;
  if (table === "/events" && foreign.test(path)) unknownField(table, kind, path);
  const known = SELECTABLE[table];
  const stored =
    table === "/events" ? (EVENTS_V1[path] ?? path.replace(/^regarding\./, "involvedObject.")) : path;
  if (!known || !Object.hasOwn(known, stored)) unknownField(table, kind, path);
}

function at(object: unknown, path: string): unknown {
  let value: any = object;
  for (const part of path.split(".")) value = value?.[part];
  return value;
}

/** Whether `object`, as stored in `table`, meets every requirement. */
export function matchesFields(
  requirements: readonly FieldRequirement[],
  object: KubeObject,
  table: string,
): boolean {
  return requirements.every(({ path, equal, value }) => {
    const own = SELECTABLE[table]?.[path];
    const actual = own ? own(object) : at(object, path);
    return (String(actual ?? "") === value) === equal;
  });
}
