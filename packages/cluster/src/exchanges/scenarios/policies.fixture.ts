import {
  apply,
  configMap,
  custom,
  defined,
  definition,
  del,
  deployment,
  get,
  type Loose,
  merge,
  paths,
  post,
  put,
  quiet,
  ruleFor,
  type Scenarios,
  type Step,
  specOf,
  widget,
} from "../scenario.fixture.ts";

const { configMaps, core, apps } = paths;
const policies = paths.registration("validatingadmissionpolicies");
const bindings = paths.registration("validatingadmissionpolicybindings");
const here = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } } };

/** A policy about ConfigMaps of the scenario's namespace. */
const policy = (name: string, spec: Loose, constraints: Loose = {}): Loose => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingAdmissionPolicy",
  metadata: { name: `{ns}-${name}` },
  spec: { matchConstraints: { ...here, resourceRules: [ruleFor(["configmaps"])], ...constraints }, ...spec },
});
const binding = (name: string, spec: Loose = {}): Loose => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingAdmissionPolicyBinding",
  metadata: { name: `{ns}-${name}` },
  spec: { policyName: `{ns}-${name}`, validationActions: ["Deny"], ...spec },
});

/** The last to be made; once it is heard of, all are acted upon. */
const probe = [
  quiet(
    post(
      policies,
      policy("zz-probe", {
        validations: [{ expression: "object == null || object.metadata.name != 'probe'" }],
      }),
    ),
  ),
  quiet(post(bindings, binding("zz-probe"))),
  quiet(post(`${configMaps}?dryRun=All`, configMap("probe"), { until: ({ status }) => status === 422 })),
];
const acting = (...steps: Step[]): Step[] => [...steps.map(quiet), ...probe];
const bound = (name: string, spec: Loose, ofBinding: Loose = {}, constraints: Loose = {}): Step[] => [
  post(policies, policy(name, spec, constraints)),
  post(bindings, binding(name, ofBinding)),
];
const ended = (...names: string[]): Step[] =>
  [...names, "zz-probe"].flatMap((name) => [
    quiet(del(`${bindings}/{ns}-${name}`)),
    quiet(del(`${policies}/{ns}-${name}`)),
  ]);

/** Of an object its name and data. */
const brief = {
  pick: ({ kind, metadata, data, spec, message }: any) => ({
    kind,
    name: metadata?.name,
    data,
    spec,
    message,
  }),
};
const says = (text: string, condition = "false") => ({ expression: condition, message: text });

/** ValidatingAdmissionPolicies and what they say. */
export const validatingPolicies: Scenarios = {
  "a policy denies": [
    ...acting(...bound("p", { validations: [{ expression: "object.data.a == 'good'" }] })),
    post(configMaps, configMap("c", { a: "bad" })),
    post(configMaps, configMap("c", { a: "good" }), brief),
    put(paths.configMap("c"), configMap("c", { a: "bad" })),
    merge(paths.configMap("c"), { data: { a: "bad" } }),
    apply(paths.configMap("c"), "me", configMap("c", { a: "worse" }), "force=true"),
    apply(paths.configMap("new"), "me", configMap("new", { a: "worse" })),
    post(configMaps, { metadata: { generateName: "some-" }, data: { a: "bad" } }),
    post(configMaps, configMap("c", { b: "x" })),
    del(paths.configMap("c")),
    post(core("secrets"), { metadata: { name: "s" } }, brief),
    post(`${configMaps}?dryRun=All`, configMap("d", { a: "bad" })),
    ...ended("p"),
  ],
  "policies have reasons and messages": [
    ...acting(
      ...bound("a", {
        validations: [
          { expression: "object.data.a != 'message'", message: "a message" },
          { expression: "object.data.a != 'expression'", messageExpression: "'made of ' + object.data.a" },
          { expression: "object.data.a != 'empty'", message: " fallen back ", messageExpression: "'  '" },
          { expression: "object.data.a != 'lines'", message: "fallen back", messageExpression: "'a\\nb'" },
          {
            expression: "object.data.a != 'broken'",
            message: "fallen back",
            messageExpression: "string(object.data.b.c)",
          },
          { expression: "  object.data.a != 'bare'  " },
          { expression: "object.data.a != 'forbidden'", reason: "Forbidden" },
          { expression: "object.data.a != 'invalid'", reason: "Invalid", message: "x" },
          { expression: "object.data.a != 'large'", reason: "RequestEntityTooLarge" },
          { expression: "object.data.a != 'message'", message: "the second of two" },
        ],
      }),
    ),
    ...["message", "expression", "empty", "lines", "broken", "bare", "forbidden", "invalid", "large"].map(
      (a) => post(configMaps, configMap("c", { a })),
    ),
    ...ended("a"),
  ],
  "policies warn, deny, and do both": [
    ...acting(
      ...bound(
        "a",
        { validations: [says("only a warning", "object.data.a == 'x'")] },
        { validationActions: ["Warn"] },
        { objectSelector: { matchLabels: { warned: "yes" } } },
      ),
      ...bound("b", { validations: [says("only for the log")] }, { validationActions: ["Audit"] }),
      ...bound(
        "c",
        { validations: [says("one", "object.data.a == 'x'"), says("two", "object.data.a == 'x'")] },
        { validationActions: ["Warn", "Audit"] },
      ),
      ...bound(
        "d",
        { validations: [says("denied", "object.data.a != 'deny'")] },
        { validationActions: ["Deny", "Audit"] },
      ),
    ),
    post(configMaps, configMap("a", { a: "x" }, { labels: { warned: "yes" } }), brief),
    post(configMaps, configMap("b", { a: "y" }), brief),
    post(configMaps, configMap("c", { a: "deny" })),
    merge(paths.configMap("a"), { data: { a: "x", b: "" } }, brief),
    merge(paths.configMap("b"), { data: { a: "z" } }, brief),
    ...ended("a", "b", "c", "d"),
  ],
  "many warnings are cut": [
    ...acting(
      ...bound(
        "a",
        {
          validations: Array.from({ length: 40 }, (_, i) =>
            says(`${i} ${"long ".repeat(i % 9 === 0 ? 60 : 10)}`, "object.data.a != 'many'"),
          ),
        },
        { validationActions: ["Warn"] },
      ),
      ...bound(
        "b",
        { validations: [{ expression: "object.data.a != 'lines'", messageExpression: "'tab\\there'" }] },
        { validationActions: ["Warn"] },
      ),
    ),
    post(configMaps, configMap("c", { a: "many" }), brief),
    post(configMaps, configMap("d", { a: "lines" }), brief),
    ...ended("a", "b"),
  ],
  "errors follow the failure policy": [
    ...acting(
      ...bound("a", { failurePolicy: "Ignore", validations: [{ expression: "object.data.none == 'x'" }] }),
      ...bound("b", {
        failurePolicy: "Ignore",
        validations: [
          { expression: "object.data.none == 'x'" },
          says("still denied", "object.data.a != 'deny'"),
        ],
      }),
    ),
    post(configMaps, configMap("a", { a: "x" }), brief),
    post(configMaps, configMap("b", { a: "deny" })),
    ...ended("a", "b"),
  ],
  "what expressions fail with": [
    ...acting(
      ...bound(
        "a",
        {
          validations: [
            "object.data.nope == 'a'",
            "object.spec.replicas > 1",
            "object.data.a > 1",
            "object.data['b'] == 'x'",
            "[1, 2][object.data.size() + 5] == 1",
            "1 / (object.data.size() - 1) == 1",
            "object.data.size() % 0 == 1",
            "int(object.data.a) == 1",
            "object.data.a.b == 'c'",
            "oldObject.data.a == 'a'",
            "object.data ? true : false",
            "!object.data",
            "object.data && true",
            "object.data.a + 1 == 2",
            "request.subResource == ''",
            "namespaceObject.metadata.UID == 'a'",
            "quantity(object.data.a).isGreaterThan(quantity('1'))",
            "object.data.?x.value() == 'a'",
            "object.data.a.split(',')[3] == 'a'",
          ].map((expression) => ({ expression })),
        },
        { validationActions: ["Warn"] },
      ),
    ),
    post(configMaps, configMap("c", { a: "abc" }), brief),
    ...ended("a"),
  ],
  "what expressions see of a request": [
    ...acting(
      ...bound(
        "a",
        {
          validations: [
            {
              expression: "false",
              messageExpression:
                "request.operation + ' ' + request.kind.kind + ' ' + request.resource.version + '/' + request.resource.resource + ' ' + request.name + ' in ' + request.namespace + ' by ' + request.userInfo.username + ' of ' + request.userInfo.groups.join(',')",
            },
            {
              expression: "false",
              messageExpression:
                "'dry: ' + string(request.dryRun) + ', options: ' + string(request.options.kind) + ', manager: ' + string(request.options.?fieldManager.orValue('none'))",
            },
            {
              expression: "false",
              messageExpression:
                "'labels: ' + namespaceObject.metadata.labels.map(k, k).join(',') + ', phase: ' + namespaceObject.status.phase",
            },
            {
              expression: "false",
              messageExpression:
                "'uid: ' + string(has(object.metadata.uid)) + ', old: ' + string(oldObject != null) + ', kind: ' + string(object.kind)",
            },
            { expression: "has(object.metadata.managedFields)", message: "managed fields" },
            { expression: "!has(request.subResource)", message: "no subresource" },
          ],
        },
        { validationActions: ["Warn"] },
        { resourceRules: [ruleFor(["configmaps", "deployments", "deployments/*"])] },
      ),
    ),
    post(configMaps, configMap("c", { a: "x" }), brief),
    post(`${configMaps}?fieldManager=me`, { metadata: { generateName: "some-" } }, brief),
    merge(`${paths.configMap("c")}?dryRun=All&fieldManager=you`, { data: { a: "y" } }, brief),
    post(apps("deployments"), deployment("d"), { pick: () => "made" }),
    merge(`${apps("deployments", "d")}/status`, { status: { replicas: 1 } }, { pick: () => "changed" }),
    ...ended("a"),
  ],
  "deletes are asked about": [
    quiet(post(configMaps, configMap("kept", { keep: "yes" }))),
    quiet(post(configMaps, configMap("loose", { keep: "no" }))),
    quiet(post(configMaps, configMap("held", { keep: "yes" }, { finalizers: ["example.com/x"] }))),
    ...acting(
      ...bound(
        "a",
        { validations: [{ expression: "oldObject.data.keep == 'no' && object == null", message: "kept" }] },
        {},
        {
          resourceRules: [ruleFor(["configmaps"], { operations: ["DELETE"] })],
        },
      ),
    ),
    del(paths.configMap("kept")),
    del(`${paths.configMap("kept")}?dryRun=All`),
    del(paths.configMap("held")),
    del(paths.configMap("loose"), undefined, { pick: ({ status }) => status }),
    del(paths.configMap("none")),
    del(`${configMaps}?labelSelector=none`, undefined, { pick: ({ items }) => items.length }),
    del(`${configMaps}?fieldSelector=metadata.name=kept`),
    get(configMaps, { pick: ({ items }) => items.map(({ metadata }: any) => metadata.name) }),
    ...ended("a"),
  ],
  "rules choose what is asked about": [
    ...acting(
      ...bound(
        "a",
        { validations: [says("creates")] },
        {},
        {
          resourceRules: [ruleFor(["configmaps"], { operations: ["CREATE"], resourceNames: ["named"] })],
        },
      ),
      ...bound(
        "b",
        { validations: [says("updates of secrets in the core group")] },
        {},
        {
          resourceRules: [
            ruleFor(["secrets"], { apiGroups: [""], apiVersions: ["v1"], operations: ["UPDATE"] }),
          ],
        },
      ),
      ...bound(
        "c",
        { validations: [says("all but the excluded")] },
        {},
        {
          resourceRules: [ruleFor(["services", "endpoints"])],
          excludeResourceRules: [ruleFor(["endpoints"])],
        },
      ),
      ...bound(
        "d",
        { validations: [says("labelled")] },
        {},
        {
          resourceRules: [ruleFor(["*"], { operations: ["CREATE", "UPDATE"] })],
          objectSelector: { matchExpressions: [{ key: "guarded", operator: "In", values: ["yes"] }] },
        },
      ),
      ...bound(
        "e",
        { validations: [says("scaled")] },
        {},
        { resourceRules: [ruleFor(["deployments/scale"])] },
      ),
      ...bound(
        "f",
        { validations: [says("in the binding alone")] },
        {
          matchResources: { objectSelector: { matchLabels: { bound: "yes" } } },
        },
        { resourceRules: [ruleFor(["serviceaccounts"])] },
      ),
      ...bound(
        "g",
        { validations: [says("of the cluster")] },
        {},
        {
          resourceRules: [ruleFor(["limitranges"], { scope: "Cluster" })],
        },
      ),
    ),
    post(configMaps, configMap("named")),
    post(configMaps, configMap("other"), brief),
    post(core("secrets"), { metadata: { name: "s" } }, brief),
    merge(core("secrets", "s"), { data: { a: "Yg==" } }),
    post(core("services"), { metadata: { name: "s" }, spec: { ports: [{ port: 80 }] } }),
    post(core("endpoints"), { metadata: { name: "e" } }, { pick: ({ kind }) => kind }),
    post(configMaps, configMap("guarded", undefined, { labels: { guarded: "yes" } })),
    merge(paths.configMap("other"), { metadata: { labels: { guarded: "yes" } } }),
    quiet(post(apps("deployments"), deployment("d"))),
    merge(`${apps("deployments", "d")}/scale`, { spec: { replicas: 2 } }),
    merge(apps("deployments", "d"), { spec: { replicas: 2 } }, { pick: ({ spec }) => spec.replicas }),
    post(core("serviceaccounts"), { metadata: { name: "a" } }, brief),
    post(core("serviceaccounts"), { metadata: { name: "b", labels: { bound: "yes" } } }),
    post(core("limitranges"), { metadata: { name: "l" } }, brief),
    ...ended("a", "b", "c", "d", "e", "f", "g"),
  ],
  "versions of a resource are equivalent": [
    ...defined(
      specOf({ size: { type: "integer" } }),
      {},
      {
        versions: ["v1", "v2"].map((name) => ({
          name,
          served: true,
          storage: name === "v1",
          schema: { openAPIV3Schema: specOf({ size: { type: "integer" } }) },
        })),
      },
    ),
    ...acting(
      ...bound(
        "a",
        {
          validations: [
            {
              expression: "false",
              messageExpression:
                "request.kind.version + ' asked as ' + request.requestKind.version + ', ' + string(object.apiVersion)",
            },
          ],
        },
        {},
        { resourceRules: [ruleFor(["widgets"], { apiGroups: ["{group}"], apiVersions: ["v2"] })] },
      ),
      ...bound(
        "b",
        { validations: [says("exactly v2")] },
        {},
        {
          matchPolicy: "Exact",
          resourceRules: [ruleFor(["horizontalpodautoscalers"], { apiVersions: ["v1"] })],
        },
      ),
    ),
    post(custom.widgets, widget("a", { spec: { size: 1 } })),
    post("/apis/{group}/v2/namespaces/{ns}/widgets", {
      ...widget("a", { spec: { size: 1 } }),
      apiVersion: "{group}/v2",
    }),
    post(
      "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers",
      {
        metadata: { name: "h" },
        spec: { maxReplicas: 2, scaleTargetRef: { kind: "Deployment", name: "d" } },
      },
      { pick: ({ kind }) => kind },
    ),
    ...ended("a", "b"),
  ],
  "conditions come first": [
    ...acting(
      ...bound("a", {
        matchConditions: [
          { name: "wanted", expression: "object != null && object.data.a == 'x'" },
          {
            name: "not-skipped",
            expression: "!has(object.metadata.labels) || !('skip' in object.metadata.labels)",
          },
        ],
        validations: [says("meets both")],
      }),
      ...bound(
        "b",
        {
          matchConditions: [
            { name: "breaks", expression: "object.data.none == 'x'" },
            { name: "holds", expression: "object.data.a != 'y'" },
          ],
          validations: [says("never reached")],
        },
        {},
        { objectSelector: { matchLabels: { breaks: "yes" } } },
      ),
      ...bound(
        "c",
        {
          failurePolicy: "Ignore",
          matchConditions: [{ name: "breaks", expression: "object.data.none == 'x'" }],
          validations: [says("never reached")],
        },
        {},
        { objectSelector: { matchLabels: { lenient: "yes" } } },
      ),
      ...bound(
        "d",
        {
          matchConditions: [
            { name: "one", expression: "object.data.one == 'x'" },
            { name: "two", expression: "object.data.two == 'x'" },
          ],
          validations: [says("never reached")],
        },
        {},
        { objectSelector: { matchLabels: { twice: "yes" } } },
      ),
    ),
    post(configMaps, configMap("c", { a: "x" })),
    post(configMaps, configMap("c", { a: "x" }, { labels: { skip: "" } }), brief),
    post(configMaps, configMap("d", { a: "z" }), brief),
    post(configMaps, configMap("e", { a: "z" }, { labels: { breaks: "yes" } })),
    post(configMaps, configMap("e", { a: "y" }, { labels: { breaks: "yes" } }), brief),
    post(configMaps, configMap("f", { a: "z" }, { labels: { lenient: "yes" } }), brief),
    post(configMaps, configMap("g", { a: "z" }, { labels: { twice: "yes" } })),
    ...ended("a", "b", "c", "d"),
  ],
  "variables build on one another": [
    ...acting(
      ...bound("a", {
        variables: [
          { name: "length", expression: "size(object.data.a)" },
          { name: "long", expression: "variables.length > 3" },
          { name: "broken", expression: "object.data.none" },
        ],
        validations: [
          { expression: "!variables.long", messageExpression: "'too long: ' + string(variables.length)" },
          { expression: "variables.length != 2 || variables.broken == 'x'" },
        ],
      }),
    ),
    post(configMaps, configMap("c", { a: "long one" })),
    post(configMaps, configMap("c", { a: "ab" })),
    post(configMaps, configMap("c", { a: "a" }), brief),
    ...ended("a"),
  ],
  "params come from objects": [
    quiet(post(configMaps, configMap("limit", { max: "2" }, { labels: { limit: "yes" } }))),
    quiet(post(configMaps, configMap("limit2", { max: "9" }, { labels: { limit: "yes" } }))),
    ...acting(
      ...["name", "selector", "missing", "lenient", "none"].flatMap((name) =>
        bound(
          name,
          {
            paramKind: { apiVersion: "v1", kind: "ConfigMap" },
            validations: [
              {
                expression: "params == null || object.data.size() <= int(params.data.max)",
                messageExpression:
                  "'at most ' + params.data.max + ' by ' + params.metadata.name + ' ' + params.kind",
              },
            ],
          },
          {
            name: { paramRef: { name: "limit", parameterNotFoundAction: "Deny" } },
            selector: {
              paramRef: { selector: { matchLabels: { limit: "yes" } }, parameterNotFoundAction: "Deny" },
            },
            missing: { paramRef: { name: "nothing", parameterNotFoundAction: "Deny" } },
            lenient: { paramRef: { name: "nothing", parameterNotFoundAction: "Allow" } },
            none: {},
          }[name],
          { objectSelector: { matchLabels: { by: name } } },
        ),
      ),
    ),
    ...["name", "selector", "missing", "lenient", "none"].flatMap((by) => [
      post(configMaps, configMap(`${by}-1`, { a: "" }, { labels: { by } }), brief),
      post(configMaps, configMap(`${by}-2`, { a: "", b: "" }, { labels: { by } }), brief),
      post(configMaps, configMap(`${by}-3`, { a: "", b: "", c: "" }, { labels: { by } }), brief),
    ]),
    ...ended("name", "selector", "missing", "lenient", "none"),
  ],
  "params may be of a custom kind": [
    ...defined(specOf({ max: { type: "integer" } }), {}, { scope: "Cluster" }),
    quiet(post("/apis/{group}/v1/widgets", widget("limit", { spec: { max: 1 } }))),
    ...acting(
      ...bound(
        "a",
        {
          paramKind: { apiVersion: "{group}/v1", kind: "Widget" },
          validations: [
            {
              expression: "object.data.size() <= params.spec.max",
              messageExpression: "'at most ' + string(params.spec.max)",
            },
          ],
        },
        { paramRef: { name: "limit", parameterNotFoundAction: "Deny" } },
      ),
      ...bound(
        "b",
        {
          paramKind: { apiVersion: "{group}/v1", kind: "Nonsense" },
          validations: [says("never")],
        },
        { paramRef: { name: "limit", parameterNotFoundAction: "Deny" } },
        { objectSelector: { matchLabels: { unknown: "yes" } } },
      ),
      ...bound(
        "c",
        {
          paramKind: { apiVersion: "{group}/v1", kind: "Widget" },
          validations: [says("never")],
        },
        { paramRef: { name: "limit", namespace: "{ns}", parameterNotFoundAction: "Deny" } },
        { objectSelector: { matchLabels: { placed: "yes" } } },
      ),
    ),
    quiet(
      post(`${configMaps}?dryRun=All`, configMap("c", { a: "", b: "" }), {
        until: ({ body }) => body.message?.includes("at most"),
      }),
    ),
    post(configMaps, configMap("c", { a: "", b: "" })),
    post(configMaps, configMap("c", { a: "" }), brief),
    post(configMaps, configMap("d", { a: "" }, { labels: { unknown: "yes" } })),
    post(configMaps, configMap("d", { a: "" }, { labels: { placed: "yes" } })),
    ...ended("a", "b", "c"),
  ],
  "the authorizer answers": [
    ...acting(
      ...bound(
        "a",
        {
          validations: [
            {
              expression:
                "!authorizer.group('').resource('pods').namespace('default').check('get').allowed()",
              message: "may get pods",
            },
            {
              expression:
                "authorizer.serviceAccount('default', 'default').group('').resource('pods').check('get').allowed()",
              message: "the account may not",
            },
            { expression: "authorizer.path('/healthz').check('get').allowed()", message: "path" },
            { expression: "authorizer.requestResource.check('custom-verb').allowed()", message: "verb" },
            {
              expression:
                "authorizer.group('apps').resource('deployments').subresource('scale').name('x').check('patch').errored()",
              message: "no error",
            },
          ],
        },
        { validationActions: ["Warn"] },
      ),
    ),
    post(configMaps, configMap("c", { a: "" }), brief),
    ...ended("a"),
  ],
  "namespaces and definitions are guarded too": [
    ...acting(
      ...bound(
        "a",
        {
          validations: [
            { expression: "object.metadata.?labels.?team.hasValue()", message: "a namespace has a team" },
          ],
        },
        {},
        {
          namespaceSelector: {
            matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["{ns}-new"] }],
          },
          resourceRules: [ruleFor(["namespaces"], { operations: ["CREATE", "UPDATE"] })],
        },
      ),
      ...bound(
        "b",
        { validations: [says("no such definitions", "object.spec.group != '{group}'")] },
        {},
        {
          namespaceSelector: {},
          resourceRules: [ruleFor(["customresourcedefinitions"], { operations: ["CREATE"] })],
        },
      ),
    ),
    post("/api/v1/namespaces", { metadata: { name: "{ns}-new" } }),
    post(
      "/api/v1/namespaces",
      { metadata: { name: "{ns}-new", labels: { team: "x" } } },
      { pick: ({ kind }) => kind },
    ),
    merge("/api/v1/namespaces/{ns}-new", { metadata: { labels: { team: null } } }),
    post(custom.definitions, definition(specOf({}))),
    ...ended("a", "b"),
  ],
};
