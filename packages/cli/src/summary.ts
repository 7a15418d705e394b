import type { Condition, Kind, KubeObject } from "@sluice/api";
import { age, type Cell } from "./table.ts";

/** What a table is about, besides the kind. */
export type Look = {
  /** Begin with the namespace. */
  namespaced?: boolean;
  /** Put the kind before the name, as `get all` does. */
  showKind?: boolean;
  /** Say where the content comes from. */
  showSource?: boolean;
  /** Say where the content comes from and how old the object is; needs `now`. */
  wide?: boolean;
  now?: number;
};

/** What `get` shows of an object, in the columns of the flux CLI. */
export function headerOf(kind: Kind<any>, look: Look): string[] {
  return columnsOf(kind, look).map(({ title }) => title);
}

/** A row of the table of `kind`. */
export function rowOf(kind: Kind<any>, object: KubeObject, look: Look): Cell[] {
  return columnsOf(kind, look).map(({ cell }) => cell(object));
}

type ColumnOf = { title: string; cell: (object: KubeObject) => Cell };

function columnsOf(kind: Kind<any>, { namespaced, showKind, showSource, wide, now = 0 }: Look): ColumnOf[] {
  const when = (wanted: unknown, title: string, cell: ColumnOf["cell"]) => (wanted ? [{ title, cell }] : []);
  const nameOf = ({ metadata }: KubeObject) => (showKind ? `${kind.singular}/` : "") + metadata.name;
  return [
    ...when(namespaced, "Namespace", ({ metadata }) => metadata.namespace ?? ""),
    { title: "Name", cell: nameOf },
    ...when((showSource || wide) && hasSource(kind), "Source", sourceOf),
    ...when(wide && !hasSource(kind) && kind.group.startsWith("source."), "URL", placeOf),
    ...(own[kind.kind] ?? []),
    ...when(canSuspend(kind), "Suspended", ({ spec }) => (spec?.suspend ? "True" : "False")),
    { title: "Ready", cell: (object) => readyCell(kind, object) },
    { title: "Message", cell: (object) => messageOf(kind, object) },
    ...when(wide, "Age", ({ metadata }) => age(now - Date.parse(metadata.creationTimestamp ?? ""))),
  ];
}

const fetched: ColumnOf[] = [
  { title: "Revision", cell: ({ status }) => shortHex(status?.artifact?.revision ?? "") },
];

/** Columns that only one kind has. */
const own: Record<string, ColumnOf[]> = {
  GitRepository: fetched,
  OCIRepository: fetched,
  HelmRepository: fetched,
  HelmChart: fetched,
  Bucket: fetched,
  ExternalArtifact: fetched,
  Kustomization: [{ title: "Revision", cell: ({ status }) => shortHex(status?.lastAppliedRevision ?? "") }],
  HelmRelease: [{ title: "Revision", cell: releaseRevision }],
  ImageRepository: [{ title: "Last scan", cell: ({ status }) => status?.lastScanResult?.scanTime ?? "" }],
  ImagePolicy: [
    { title: "Image", cell: ({ status }) => status?.latestRef?.name ?? "" },
    { title: "Tag", cell: ({ status }) => status?.latestRef?.tag ?? "" },
  ],
  ImageUpdateAutomation: [{ title: "Last run", cell: ({ status }) => status?.lastAutomationRunTime ?? "" }],
};

function releaseRevision({ status }: KubeObject): string {
  return status?.history?.[0]?.chartVersion ?? status?.lastAttemptedRevision ?? "";
}

/** Which object the content of `object` comes from, as its spec refers to it; undefined when it has none. */
export function sourceRefOf({
  spec,
}: KubeObject): { apiVersion?: string; kind: string; namespace?: string; name: string } | undefined {
  return spec?.sourceRef ?? spec?.chartRef ?? spec?.chart?.spec?.sourceRef;
}

const hasSource = ({ kind }: Kind<any>) =>
  ["Kustomization", "HelmRelease", "HelmChart", "ExternalArtifact"].includes(kind);

function sourceOf(object: KubeObject): string {
  const ref = sourceRefOf(object);
  return ref ? [ref.kind, ref.namespace ?? object.metadata.namespace, ref.name].join("/") : "";
}

/** Where a source fetches from. */
const placeOf = ({ spec }: KubeObject): string =>
  spec?.url ?? [spec?.endpoint, spec?.bucketName].filter(Boolean).join("/");

/** Whether a controller works on objects of `kind` and says in their status how they are. */
export function hasConditions(kind: Kind<any>): boolean {
  const status = kind.openapi.properties?.status as { properties?: object } | undefined;
  return "conditions" in (status?.properties ?? {});
}

/** What a reconciliation that went well brought: `applied revision …`, `fetched revision …`, else what Ready says. */
export function achievementOf(kind: Kind<any>, object: KubeObject): string {
  const { status } = object;
  if (kind.kind === "Kustomization") return `applied revision ${status?.lastAppliedRevision}`;
  if (kind.kind === "HelmRelease") return `applied revision ${releaseRevision(object)}`;
  if (status?.artifact?.revision) return `fetched revision ${status.artifact.revision}`;
  if (status?.lastScanResult) return `scan fetched ${status.lastScanResult.tagCount} tags`;
  return readyOf(object)?.message ?? `${kind.kind} is Ready`;
}

function messageOf(kind: Kind<any>, object: KubeObject): string {
  const waiting = hasConditions(kind) ? "waiting to be reconciled" : `${kind.kind} is Ready`;
  return shortHex(readyOf(object)?.message ?? waiting);
}

/** Whether objects of `kind` have `spec.suspend`. */
export function canSuspend(kind: Kind<any>): boolean {
  return "suspend" in ((kind.openapi.properties?.spec as { properties?: object })?.properties ?? {});
}

export function readyOf(object: KubeObject): Condition | undefined {
  return (object.status?.conditions as Condition[] | undefined)?.find(({ type }) => type === "Ready");
}

function readyCell(kind: Kind<any>, object: KubeObject): Cell {
  const status = readyOf(object)?.status ?? (hasConditions(kind) ? "False" : "True");
  return { text: status, color: ({ True: "green", False: "red", Unknown: "yellow" } as const)[status] };
}

/** Shortens commit and digest hashes to eight characters, as the flux CLI prints them. */
export function shortHex(text: string): string {
  return text.replace(/\b([0-9a-f]{40}|[0-9a-f]{64})\b/g, (hex) => hex.slice(0, 8));
}

/**
 * A test of conditions from `--status-selector`: `ready=false`, `ready!=true`; names and values in any case.
 * Throws an Error when the text is neither.
 */
export function statusFilter(selector: string | undefined): (object: KubeObject) => boolean {
  if (selector === undefined) return () => true;
  const [, type, operator, status] = /^([^=!]+)(!?=)(.+)$/.exec(selector) ?? [];
  if (type === undefined)
    throw new Error(`--status-selector takes type=status or type!=status, not '${selector}'`);
  return (object) => {
    const conditions = (object.status?.conditions ?? []) as Condition[];
    const found = conditions.find((condition) => condition.type.toLowerCase() === type.toLowerCase());
    return (found?.status.toLowerCase() === status!.toLowerCase()) === (operator === "=");
  };
}
