import type { KubeObject } from "@sluice/api";

type Data = Record<string, any>;

/** What a definition may call its kind, and whether that is all that it wanted. */
export type Naming = { acceptedNames: Data; condition: Data };

const CHECKS = [
  ["singular", "SingularConflict"],
  ["shortNames", "ShortNamesConflict"],
  ["kind", "KindConflict"],
  ["listKind", "ListKindConflict"],
] as const;

/** The names that the definitions of a group have been granted: those of resources, and those of kinds. */
function namesTaken(others: readonly KubeObject[]): { resources: Set<string>; kinds: Set<string> } {
  const granted = others.map(({ status }): Data => status?.acceptedNames ?? {});
  return {
    resources: new Set(
      granted.flatMap(({ plural, singular, shortNames = [] }) => [plural, singular, ...shortNames]),
    ),
    kinds: new Set(granted.flatMap(({ kind, listKind }) => [kind, listKind])),
  };
}

/**
 * Names of a definition that no other one of its group has been granted; each is looked at by itself, and the last conflict is told
 * (naming controller of apiextensions-apiserver). What was granted to it before stays.
 */
export function nameDefinition(crd: KubeObject, others: readonly KubeObject[]): Naming {
  const { resources, kinds } = namesTaken(
    others.filter(({ metadata }) => metadata.name !== crd.metadata.name),
  );
  const wanted: Data = crd.spec.names;
  const before: Data = crd.status?.acceptedNames ?? {};
  const acceptedNames: Data = { plural: "", kind: "", ...before };
  let conflict: { reason: string; message: string } | undefined;
  const grant = (field: string, reason: string, taken: ReadonlySet<string>) => {
    const names = [wanted[field] ?? []].flat().filter((name: string) => name !== "" && taken.has(name));
    if (names.length > 0)
      conflict = {
        reason,
        message: names.map((name) => `${JSON.stringify(name)} is already in use`).join(", "),
      };
    else if (wanted[field] !== undefined) acceptedNames[field] = wanted[field];
  };
  grant("plural", "PluralConflict", resources);
  for (const [field, reason] of CHECKS) grant(field, reason, /kind/i.test(field) ? kinds : resources);
  if (wanted["categories"]) acceptedNames["categories"] = wanted["categories"];
  const condition = conflict
    ? { type: "NamesAccepted", status: "False", ...conflict }
    : { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" };
  return { acceptedNames, condition };
}
