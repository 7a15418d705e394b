import { badRequest } from "../errors.ts";
import type { Exchange } from "../http/exchange.ts";
import { invalid } from "../registry/invalid.ts";
import { authenticateToken } from "./authenticate.ts";
import { aggregate } from "./authorizer.ts";
import type { Attributes, Rule } from "./rules.ts";
import { ISSUER } from "./tokens.ts";
import type { User } from "./user.ts";

type Data = Record<string, any>;

/** Resources that are questions: what is created is answered and not stored. Each gives the status of its answer. */
export const REVIEWS: Record<string, (exchange: Exchange, question: Data) => Data> = {
  "authentication.k8s.io/selfsubjectreviews": ({ user }) => ({ userInfo: infoOf(user) }),
  "authentication.k8s.io/tokenreviews": reviewToken,
  "authorization.k8s.io/selfsubjectaccessreviews": (exchange, { spec = {} }) => {
    checkAttributes(spec);
    return decisionOn(exchange, exchange.user, spec);
  },
  "authorization.k8s.io/subjectaccessreviews": (exchange, { spec = {} }) => {
    checkAttributes(spec, subjectErrors(spec));
    return decisionOn(exchange, subjectOf(spec), spec);
  },
  "authorization.k8s.io/localsubjectaccessreviews": (exchange, { spec = {} }) => {
    const namespace = exchange.path?.namespace ?? "";
    const errors = subjectErrors(spec);
    if (spec.resourceAttributes && spec.resourceAttributes.namespace !== namespace)
      errors.push(
        problem(
          "spec.resourceAttributes.namespace",
          spec.resourceAttributes.namespace,
          "must match metadata.namespace",
        ),
      );
    if (spec.nonResourceAttributes)
      errors.push(problem("spec.nonResourceAttributes", goPath(spec), "disallowed on this kind of request"));
    checkAttributes(spec, errors);
    return decisionOn(exchange, subjectOf(spec), spec);
  },
  "authorization.k8s.io/selfsubjectrulesreviews": reviewRules,
};

/** A user as answers show one. */
function infoOf({ username, uid, groups, extra }: User): Data {
  return { username, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) };
}

function reviewToken({ world }: Exchange, { spec }: Data): Data {
  const token: string = spec?.token ?? "";
  if (token === "") throw badRequest("token is required for TokenReview in authentication");
  const wanted: string[] = spec.audiences?.length ? spec.audiences : [ISSUER];
  const found = authenticateToken(world, token, wanted);
  if ("error" in found) return { user: {}, error: found.error };
  return { authenticated: true, user: infoOf(found.user), audiences: found.audiences };
}

const problem = (path: string, value: unknown, detail: string) => ({
  path,
  type: "Invalid value" as const,
  value,
  detail,
});

function subjectErrors(spec: Data) {
  if (spec["user"] || spec["groups"]?.length) return [];
  return [problem("spec.user", "", "at least one of user or group must be specified")];
}

/** Throws the 422 unless the question is about one thing. */
function checkAttributes(spec: Data, others: ReturnType<typeof problem>[] = []): void {
  const [resource, path] = [spec["resourceAttributes"], spec["nonResourceAttributes"]];
  const errors = [];
  if (resource && path)
    errors.push(
      problem(
        "spec.nonResourceAttributes",
        goPath(spec),
        "cannot be specified in combination with resourceAttributes",
      ),
    );
  if (!resource && !path)
    errors.push(
      problem(
        "spec.resourceAttributes",
        null,
        "exactly one of nonResourceAttributes or resourceAttributes must be specified",
      ),
    );
  errors.push(...others);
  if (errors.length > 0) throw invalid({ group: "authorization.k8s.io", kind: "" }, "", errors);
}

/** The attributes as the server shows them: under the names of Go's fields. */
const goPath = ({ nonResourceAttributes: { path = "", verb = "" } }: Data) => ({ Path: path, Verb: verb });

function subjectOf({ user = "", uid, groups = [], extra }: Data): User {
  return { username: user, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) };
}

function decisionOn({ world }: Exchange, user: User, spec: Data): Data {
  const { allowed, reason } = world.auth.authorizer.authorize(user, askedFor(spec));
  return { allowed, ...(reason ? { reason } : {}) };
}

function askedFor({ resourceAttributes: asked, nonResourceAttributes }: Data): Attributes {
  if (!asked)
    return { kind: "path", verb: nonResourceAttributes.verb ?? "", path: nonResourceAttributes.path ?? "" };
  const { verb = "", group = "", resource = "", subresource = "", namespace = "", name = "" } = asked;
  return { kind: "resource", verb, group, resource, subresource, namespace, name };
}

function reviewRules({ world, user }: Exchange, { spec }: Data): Data {
  if (!spec?.namespace) throw badRequest("no namespace on request");
  const { rules, errors } = world.auth.authorizer.rulesFor(user, spec.namespace);
  const ofResources = ({ verbs, apiGroups, resources, resourceNames }: Rule) => ({
    verbs,
    apiGroups,
    resources,
    ...(resourceNames?.length ? { resourceNames } : {}),
  });
  return {
    resourceRules: rules.filter(({ resources }) => resources?.length).map(ofResources),
    nonResourceRules: rules
      .filter(({ nonResourceURLs }) => nonResourceURLs?.length)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete: errors.length > 0,
    ...(errors.length > 0 ? { evaluationError: aggregate(errors) } : {}),
  };
}
