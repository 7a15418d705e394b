import type { Condition, Kind, KubeObject } from "@sluice/api";
import type { Cell } from "./table.ts";

/** What `get` shows of an object, in the columns of the flux CLI. */
export function headerOf(kind: Kind<any>, namespaced: boolean): string[] {
  return [...(namespaced ? ["Namespace"] : []), "Name", ...columnsOf(kind).map(({ title }) => title)];
}

/** A row of the table of `kind`; `showKind` puts the kind before the name, as `get all` does. */
export function rowOf(kind: Kind<any>, object: KubeObject, namespaced: boolean, showKind: boolean): Cell[] {
  const { namespace, name } = object.metadata;
  const named = showKind ? `${kind.singular}/${name}` : name;
  return [
    ...(namespaced ? [namespace ?? ""] : []),
    named,
    ...columnsOf(kind).map(({ cell }) => cell(object)),
  ];
}

type ColumnOf = { title: string; cell: (object: KubeObject) => Cell };

function columnsOf(kind: Kind<any>): ColumnOf[] {
  const revision = kind.group.startsWith("kustomize.")
    ? (object: KubeObject) => object.status?.lastAppliedRevision
    : (object: KubeObject) => object.status?.artifact?.revision;
  const hasRevision = ["source.", "kustomize."].some((prefix) => kind.group.startsWith(prefix));
  return [
    ...(hasRevision
      ? [{ title: "Revision", cell: (object: KubeObject) => shortHex(revision(object) ?? "") }]
      : []),
    ...(canSuspend(kind)
      ? [{ title: "Suspended", cell: (object: KubeObject) => (object.spec?.suspend ? "True" : "False") }]
      : []),
    { title: "Ready", cell: readyCell },
    {
      title: "Message",
      cell: (object: KubeObject) => shortHex(readyOf(object)?.message ?? "waiting to be reconciled"),
    },
  ];
}

/** Whether objects of `kind` have `spec.suspend`. */
export function canSuspend(kind: Kind<any>): boolean {
  return "suspend" in ((kind.openapi.properties?.spec as { properties?: object })?.properties ?? {});
}

export function readyOf(object: KubeObject): Condition | undefined {
  return (object.status?.conditions as Condition[] | undefined)?.find(({ type }) => type === "Ready");
}

function readyCell(object: KubeObject): Cell {
  const status = readyOf(object)?.status ?? "False";
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
