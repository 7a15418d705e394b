import type { KubeObject } from "@sluice/api";
import { type Storage, subscribe, tableOf } from "../storage/storage.ts";
import { type Entry, entriesOf, entryIn } from "../storage/table.ts";
import { type Attributes, allows, type Rule } from "./rules.ts";
import { accountUsername, MASTERS, type User } from "./user.ts";

export const RBAC = "rbac.authorization.k8s.io";

export type RoleRef = { apiGroup: string; kind: string; name: string };
type Subject = { kind: string; name: string; namespace?: string };
type Grant = { kind: string; name: string; namespace: string; roleRef: RoleRef; subject: Subject };

/** The answer to a question, with the reason that reviews give. */
export type Decision = { allowed: boolean; reason: string };

export type Authorizer = {
  /** Whether `user` may, by the bindings as they are now. Without a reason when `user` is of system:masters or nothing allows it. */
  authorize(user: User, attributes: Attributes): Decision;
  /** Everything that `user` may in `namespace` ("": in the whole cluster); `errors` tell of bound roles that do not exist. */
  rulesFor(user: User, namespace: string): { rules: Rule[]; errors: string[] };
  /** The rules of a role as a binding in `namespace` refers to it; undefined when there is no such role. */
  rulesOf(ref: RoleRef, namespace: string): readonly Rule[] | undefined;
};

/**
 * Decides by the stored roles and bindings. Bindings are indexed by subject as they are written, so a decision looks at those of
 * the user and of the user's groups alone, and there is nothing to expire.
 */
export function newAuthorizer(storage: Storage): Authorizer {
  // subject → namespace of the binding ("" for the cluster) → binding
  const index = new Map<string, Map<string, Map<string, Grant>>>();
  const change = (entry: Entry, kind: string, add: boolean) => {
    for (const subject of (entry.object as KubeObject & { subjects?: Subject[] }).subjects ?? []) {
      const key = subjectKey(subject, entry.namespace);
      const places = index.get(key) ?? new Map<string, Map<string, Grant>>();
      const grants = places.get(entry.namespace) ?? new Map<string, Grant>();
      const { name, namespace } = entry;
      if (add)
        grants.set(name, { kind, name, namespace, roleRef: entry.object["roleRef"] as RoleRef, subject });
      else grants.delete(name);
      if (grants.size > 0) index.set(key, places.set(namespace, grants));
      else if (places.delete(namespace) && places.size === 0) index.delete(key);
    }
  };
  for (const kind of ["ClusterRoleBinding", "RoleBinding"]) {
    const key = `${RBAC}/${kind.toLowerCase()}s`;
    for (const entry of entriesOf(tableOf(storage, key))) change(entry, kind, true);
    subscribe(storage, key, ({ type, entry, previous }) => {
      if (previous) change(previous, kind, false);
      if (type !== "DELETED") change(entry, kind, true);
    });
  }

  const rulesOf = ({ kind, name }: RoleRef, namespace: string) => {
    const [plural, at] = kind === "ClusterRole" ? ["clusterroles", ""] : ["roles", namespace];
    const role = entryIn(tableOf(storage, `${RBAC}/${plural}`), at, name);
    return role && ((role.object["rules"] as Rule[] | null | undefined) ?? []);
  };

  /** The grants of a user: those of the whole cluster first. */
  function* grantsOf(user: User, namespace: string): Generator<Grant> {
    const keys = [`User ${user.username}`, ...user.groups.map((group) => `Group ${group}`)];
    for (const at of namespace === "" ? [""] : ["", namespace])
      for (const key of keys) yield* index.get(key)?.get(at)?.values() ?? [];
  }

  return {
    rulesOf,
    authorize(user, attributes) {
      if (user.groups.includes(MASTERS)) return { allowed: true, reason: "" };
      const errors: string[] = [];
      for (const grant of grantsOf(user, attributes.kind === "resource" ? attributes.namespace : "")) {
        const rules = rulesOf(grant.roleRef, grant.namespace);
        if (!rules) errors.push(missing(grant.roleRef));
        for (const rule of rules ?? [])
          if (allows(rule, attributes)) return { allowed: true, reason: reasonOf(grant) };
      }
      return { allowed: false, reason: errors.length === 0 ? "" : `RBAC: ${aggregate(errors)}` };
    },
    rulesFor(user, namespace) {
      const rules: Rule[] = [];
      const errors: string[] = [];
      for (const grant of grantsOf(user, namespace)) {
        const found = rulesOf(grant.roleRef, grant.namespace);
        if (found) rules.push(...found);
        else errors.push(missing(grant.roleRef));
      }
      return { rules, errors };
    },
  };
}

/** A ServiceAccount is the user of its name; one without a namespace is meant in that of the binding. */
function subjectKey({ kind, name, namespace }: Subject, bindingNamespace: string): string {
  if (kind !== "ServiceAccount") return `${kind} ${name}`;
  return `User ${accountUsername(namespace || bindingNamespace, name)}`;
}

const missing = ({ kind, name }: RoleRef) =>
  `${kind.toLowerCase()}.${RBAC} ${JSON.stringify(name)} not found`;

/** Several errors as Go's aggregates show them. */
export function aggregate(errors: readonly string[]): string {
  const distinct = [...new Set(errors)];
  return distinct.length === 1 ? distinct[0]! : `[${distinct.join(", ")}]`;
}

function reasonOf({ kind, name, namespace, roleRef, subject }: Grant): string {
  const binding = namespace === "" ? name : `${name}/${namespace}`;
  const who =
    subject.kind === "ServiceAccount" ? `${subject.name}/${subject.namespace ?? namespace}` : subject.name;
  return `RBAC: allowed by ${kind} ${JSON.stringify(binding)} of ${roleRef.kind} ${JSON.stringify(roleRef.name)} to ${subject.kind} ${JSON.stringify(who)}`;
}
