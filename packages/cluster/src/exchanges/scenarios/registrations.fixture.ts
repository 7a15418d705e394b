import { del, get, type Loose, merge, paths, post, quiet, type Scenarios } from "../scenario.fixture.ts";

const policies = paths.registration("validatingadmissionpolicies");
const bindings = paths.registration("validatingadmissionpolicybindings");
const mutations = paths.registration("mutatingadmissionpolicies");
const mutationBindings = paths.registration("mutatingadmissionpolicybindings");
const validating = paths.registration("validatingwebhookconfigurations");
const mutating = paths.registration("mutatingwebhookconfigurations");
const rule = { apiGroups: ["nobody"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["nothing"] };
const named = (spec: Loose) => ({ metadata: { name: "{ns}" }, spec });
const valid = { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: "true" }] };
const dry = (path: string) => `${path}?dryRun=All`;

const policy = (spec: Loose) => post(dry(policies), named({ ...valid, ...spec }));
const expression = (text: string, more: Loose = {}) =>
  policy({ validations: [{ expression: text }], ...more });
const mutation = (spec: Loose) =>
  post(
    dry(mutations),
    named({
      matchConstraints: { resourceRules: [rule] },
      reinvocationPolicy: "Never",
      mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } }],
      ...spec,
    }),
  );
const applied = (text: string) =>
  mutation({ mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: text } }] });
const patched = (text: string) =>
  mutation({ mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: text } }] });
const hook = (more: Loose = {}) => ({
  name: "a.example.com",
  clientConfig: { url: "https://host/path" },
  rules: [rule],
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
  ...more,
});
const hooks = (path: string, ...webhooks: Loose[]) =>
  post(dry(path), { metadata: { name: "{ns}" }, webhooks });
const client = (clientConfig: Loose) => hooks(validating, hook({ clientConfig }));

/** Policies, bindings and configurations of webhooks that are refused, or completed. */
export const registrations: Scenarios = {
  "policies are completed": [
    post(policies, named(valid)),
    post(
      bindings,
      named({ policyName: "{ns}", validationActions: ["Deny"], matchResources: { resourceRules: [rule] } }),
    ),
    merge(`${policies}/{ns}`, { spec: { variables: [{ name: "a", expression: "1" }] } }),
    quiet(del(`${bindings}/{ns}`)),
    quiet(del(`${policies}/{ns}`)),
    mutation({}),
    post(dry(mutationBindings), named({ policyName: "{ns}" })),
  ],
  "policies are checked": [
    post(dry(policies), named({})),
    post(dry(policies), named({ validations: [] })),
    policy({ failurePolicy: "Perhaps" }),
    policy({
      matchConstraints: {
        matchPolicy: "Never",
        resourceRules: [{ ...rule, operations: ["PATCH"], scope: "None" }],
      },
    }),
    policy({ matchConstraints: { resourceRules: [{}] } }),
    policy({
      matchConstraints: {
        resourceRules: [
          {
            ...rule,
            operations: ["*", "CREATE"],
            apiGroups: ["*", "a"],
            apiVersions: ["*", ""],
            resources: ["*", "a"],
          },
        ],
      },
    }),
    policy({
      matchConstraints: { resourceRules: [{ ...rule, resources: ["a/*", "a/b", "*/c", "d/c", "*/*", ""] }] },
    }),
    policy({ matchConstraints: { resourceRules: [{ ...rule, resourceNames: ["a", "a"] }] } }),
    policy({
      matchConstraints: {
        namespaceSelector: { matchExpressions: [{ key: "a", operator: "In" }] },
        resourceRules: [rule],
      },
    }),
    policy({ paramKind: { apiVersion: "", kind: "" } }),
    policy({ paramKind: { apiVersion: "a/b/c", kind: "Bad_Kind" } }),
    policy({
      matchConditions: [
        { name: "a", expression: "true" },
        { name: "a", expression: "1" },
        { name: "", expression: "" },
        { name: "bad name", expression: "x" },
      ],
    }),
    policy({
      matchConditions: [
        { name: "a", expression: "params.x == 1" },
        { name: "b", expression: "variables.x" },
      ],
      variables: [{ name: "x", expression: "true" }],
    }),
    policy({
      variables: [
        { name: "", expression: "" },
        { name: "in", expression: "1" },
        { name: "a-b", expression: "foo" },
      ],
    }),
    policy({
      validations: [
        { expression: "" },
        { expression: "true", message: " ", messageExpression: " ", reason: "Because" },
      ],
    }),
    policy({
      validations: [
        { expression: "true", message: "a\nb" },
        { expression: "true", messageExpression: "1" },
        { expression: "true", messageExpression: "object.x" },
      ],
    }),
    policy({
      auditAnnotations: [
        { key: "a", valueExpression: "'x'" },
        { key: "a", valueExpression: "1" },
        { key: "b c", valueExpression: "" },
      ],
    }),
    policy({
      validations: [
        { expression: "true", messageExpression: "string(authorizer.path('/').check('get').allowed())" },
      ],
    }),
  ],
  "expressions are checked": [
    ...[
      "foo > 1",
      "request.foo == 'a'",
      "'a' + 1 == 'b'",
      "object.",
      "request.name.foo()",
      "foo(1)",
      "object.x ? 'a' : 1",
      "object.spec.foo",
      "1 == 1 &&",
      "variables.a",
      "!'a'",
      "1 && true",
      "params.a == 1",
      "object.metadata.name.startsWith('a'",
      "namespaceObject.metadata.foo == 'a'",
      "1 + 1",
      "'a' == 1",
      "[1, 2].map(x, x)",
      "size(1) == 1",
      "request.userInfo.extra['a'] == 'b'",
      "authorizer.group('').resource('pods').check('get')",
      "\n\nfoo == 1",
      "object.items.filter(x, x.a)",
      "has(object)",
      "quantity('1') > quantity('2')",
      "quantity('1').isGreaterThan(2)",
      "object.x in 1",
      "object x",
      "1.5 == 1",
      "object.metadata.name.matches('a') && foo",
    ].map((text) => expression(text)),
    expression("variables.a == 1", { variables: [{ name: "a", expression: "'text'" }] }),
    expression("variables.b", { variables: [{ name: "a", expression: "true" }] }),
    expression("variables.a", { variables: [{ name: "a", expression: "true" }] }),
    expression("object.metadata.name.startsWith(1)"),
  ],
  "mutations are checked": [
    post(dry(mutations), named({})),
    mutation({ reinvocationPolicy: "Always" }),
    mutation({
      mutations: [
        { patchType: "Merge" },
        {},
        { patchType: "JSONPatch" },
        {
          patchType: "ApplyConfiguration",
          applyConfiguration: { expression: " " },
          jsonPatch: { expression: "[]" },
        },
      ],
    }),
    mutation({ matchConstraints: { resourceRules: [{ ...rule, operations: ["DELETE"] }] } }),
    applied("1"),
    applied("object"),
    applied("Object{spec: foo}"),
    applied("Object.spec{}"),
    patched("JSONPatch{}"),
    patched("[1]"),
    patched("[]"),
    patched("[JSONPatch{op: 'add'}]"),
    patched("object.x"),
  ],
  "bindings are checked": [
    post(dry(bindings), named({})),
    post(
      dry(bindings),
      named({ policyName: "Bad Name", validationActions: ["Deny", "Warn", "Deny", "Tell"] }),
    ),
    post(dry(bindings), named({ policyName: "a", validationActions: ["Deny"], paramRef: {} })),
    post(
      dry(bindings),
      named({
        policyName: "a",
        validationActions: ["Deny"],
        paramRef: { name: "a", selector: {}, parameterNotFoundAction: "Perhaps" },
      }),
    ),
    post(dry(mutationBindings), named({})),
    post(
      dry(mutationBindings),
      named({ policyName: "a", matchResources: { resourceRules: [{ ...rule, operations: ["DELETE"] }] } }),
    ),
  ],
  "webhooks are checked": [
    hooks(validating, hook(), hook()),
    hooks(validating, {}),
    hooks(mutating, {}),
    hooks(
      mutating,
      hook({
        reinvocationPolicy: "Always",
        failurePolicy: "Perhaps",
        matchPolicy: "Never",
        sideEffects: "Some",
        timeoutSeconds: 31,
      }),
    ),
    hooks(
      validating,
      hook({ name: "short.name", timeoutSeconds: 0, admissionReviewVersions: ["v2", "v2", "Bad"] }),
    ),
    hooks(validating, hook({ name: "Bad Name" })),
    hooks(
      validating,
      hook({
        matchConditions: [
          { name: "a", expression: "1" },
          { name: "b", expression: "variables.a" },
        ],
      }),
    ),
    client({ url: "http://host" }),
    client({ url: "https://user:pass@host/path?query=1#fragment" }),
    client({ url: "https:///path" }),
    client({ url: "host" }),
    client({ service: { name: "", namespace: "" } }),
    client({ service: { name: "a", namespace: "b", path: "path", port: 0 } }),
    client({ service: { name: "a", namespace: "b", path: "/a//B", port: 70000 } }),
    client({ service: { name: "a", namespace: "b" }, url: "https://host" }),
    get(`${validating}/none`),
  ],
};
