/** The variable `authorizer` of admission's expressions (apiserver/pkg/cel/library/authz.go). */
import type { Environment } from "@marcbachmann/cel-js";

/** What is asked: a path, or a verb on a resource. */
export type Question =
  | { kind: "path"; path: string; verb: string }
  | {
      kind: "resource";
      group: string;
      resource: string;
      subresource: string;
      namespace: string;
      name: string;
      verb: string;
    };

type Target = Extract<Question, { kind: "resource" }>;
/** Answers for a user, or for the ServiceAccount that is named. */
export type Ask = (
  question: Question,
  account?: { namespace: string; name: string },
) => { allowed: boolean; reason: string };

/** What `authorizer` is bound to; `requestResource` is what the request itself is about. */
export class Authorizer {
  readonly ask: Ask;
  readonly requestResource: ResourceCheck;
  constructor(ask: Ask, request: Omit<Target, "verb" | "kind">) {
    this.ask = ask;
    this.requestResource = new ResourceCheck(ask, { kind: "resource", verb: "", ...request });
  }
}
class PathCheck {
  readonly ask: Ask;
  readonly path: string;
  constructor(ask: Ask, path: string) {
    this.ask = ask;
    this.path = path;
  }
}
class GroupCheck {
  readonly ask: Ask;
  readonly group: string;
  constructor(ask: Ask, group: string) {
    this.ask = ask;
    this.group = group;
  }
}
class ResourceCheck {
  readonly ask: Ask;
  readonly target: Target;
  constructor(ask: Ask, target: Target) {
    this.ask = ask;
    this.target = target;
  }
}
class Decision {
  readonly allowed: boolean;
  readonly reason: string;
  constructor({ allowed, reason }: { allowed: boolean; reason: string }) {
    this.allowed = allowed;
    this.reason = reason;
  }
}

/** Adds the types and methods of `authorizer`. */
export function addAuthorizer(env: Environment): void {
  env.registerType("Decision", Decision).registerType("PathCheck", PathCheck);
  env.registerType("GroupCheck", GroupCheck).registerType("ResourceCheck", ResourceCheck);
  env.registerType("Authorizer", { ctor: Authorizer, fields: { requestResource: "ResourceCheck" } });
  const add = (signature: string, handler: (...args: any[]) => unknown) =>
    env.registerFunction(signature, handler);
  const nowhere = {
    resource: "",
    subresource: "",
    namespace: "",
    name: "",
    verb: "",
    kind: "resource",
  } as const;
  add("Authorizer.path(string): PathCheck", ({ ask }: Authorizer, path: string) => new PathCheck(ask, path));
  add(
    "Authorizer.group(string): GroupCheck",
    ({ ask }: Authorizer, group: string) => new GroupCheck(ask, group),
  );
  add(
    "Authorizer.serviceAccount(string, string): Authorizer",
    ({ ask, requestResource: { target } }: Authorizer, namespace: string, name: string) =>
      new Authorizer((question) => ask(question, { namespace, name }), target),
  );
  add(
    "GroupCheck.resource(string): ResourceCheck",
    ({ ask, group }: GroupCheck, resource: string) => new ResourceCheck(ask, { ...nowhere, group, resource }),
  );
  for (const field of ["subresource", "namespace", "name"] as const)
    add(
      `ResourceCheck.${field}(string): ResourceCheck`,
      ({ ask, target }: ResourceCheck, value: string) =>
        new ResourceCheck(ask, { ...target, [field]: value }),
    );
  // what RBAC decides does not depend on them
  for (const field of ["fieldSelector", "labelSelector"])
    add(`ResourceCheck.${field}(string): ResourceCheck`, (check: ResourceCheck) => check);
  add(
    "PathCheck.check(string): Decision",
    ({ ask, path }: PathCheck, verb: string) => new Decision(ask({ kind: "path", path, verb })),
  );
  add(
    "ResourceCheck.check(string): Decision",
    ({ ask, target }: ResourceCheck, verb: string) => new Decision(ask({ ...target, verb })),
  );
  add("Decision.allowed(): bool", ({ allowed }: Decision) => allowed);
  add("Decision.reason(): string", ({ reason }: Decision) => reason);
  add("Decision.errored(): bool", () => false);
  add("Decision.error(): string", () => "");
}
