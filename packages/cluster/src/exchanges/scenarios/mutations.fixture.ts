import {
  apply,
  configMap,
  custom,
  defined,
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
const policies = paths.registration("mutatingadmissionpolicies");
const bindings = paths.registration("mutatingadmissionpolicybindings");
const rule = (resources: string[], more: Loose = {}) =>
  ruleFor(resources, { operations: ["CREATE", "UPDATE"], ...more });
const object = (expression: string) => ({
  patchType: "ApplyConfiguration",
  applyConfiguration: { expression },
});
const patch = (expression: string) => ({ patchType: "JSONPatch", jsonPatch: { expression } });

/** A policy about ConfigMaps of the scenario's namespace that have the label `by: <name>`. */
const policy = (name: string, mutations: Loose[], spec: Loose = {}, constraints: Loose = {}): Loose => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "MutatingAdmissionPolicy",
  metadata: { name: `{ns}-${name}` },
  spec: {
    matchConstraints: {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } },
      objectSelector: { matchLabels: { by: name } },
      resourceRules: [rule(["configmaps"])],
      ...constraints,
    },
    reinvocationPolicy: "Never",
    mutations,
    ...spec,
  },
});
const binding = (name: string, spec: Loose = {}): Loose => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "MutatingAdmissionPolicyBinding",
  metadata: { name: `{ns}-${name}` },
  spec: { policyName: `{ns}-${name}`, ...spec },
});
type Bound = [name: string, mutations: Loose[], spec?: Loose, constraints?: Loose, ofBinding?: Loose];

const labels = (text: string) => object(`Object{metadata: Object.metadata{labels: {${text}}}}`);
/** Makes the policies and waits until the last one is heard of. */
const acting = (...bound: Bound[]): Step[] => [
  ...[...bound, ["zz-probe", [labels("'heard': 'yes'")]] as Bound].flatMap(
    ([name, mutations, spec, constraints, ofBinding]) => [
      quiet(post(policies, policy(name, mutations, spec, constraints))),
      quiet(post(bindings, binding(name, ofBinding))),
    ],
  ),
  quiet(
    post(`${configMaps}?dryRun=All`, configMap("probe", undefined, { labels: { by: "zz-probe" } }), {
      until: ({ body }) => body.metadata?.labels?.heard === "yes",
    }),
  ),
];
const ended = (...names: string[]): Step[] =>
  [...names, "zz-probe"].flatMap((name) => [
    quiet(del(`${bindings}/{ns}-${name}`)),
    quiet(del(`${policies}/{ns}-${name}`)),
  ]);
const by = (name: string, data: Loose = {}, more: Loose = {}) =>
  configMap("c", data, { labels: { by: name, ...more } });
const brief = {
  pick: ({ kind, metadata, data }: any) => ({
    kind,
    labels: metadata?.labels,
    annotations: metadata?.annotations,
    data,
  }),
};
const each = (names: string[]): Step[] =>
  names.map((name) => post(`${configMaps}?dryRun=All`, by(name, { a: "b" }), brief));

const deployed = (name: string, spec: Loose = {}) => ({
  ...deployment(name, spec),
  metadata: { name, labels: { by: name } },
});
const ofDeployments = { resourceRules: [rule(["deployments"])] };
const toldOf = { pick: ({ kind, message, spec }: any) => ({ kind, message, spec }) };

/** MutatingAdmissionPolicies, and what they make. */
export const mutatingPolicies: Scenarios = {
  "a policy adds what is missing": [
    ...acting([
      "a",
      [
        object(
          "Object{metadata: Object.metadata{labels: {'made': 'yes', 'by': 'a'}, annotations: {'note': object.metadata.name}}, data: {'b': 'c'}}",
        ),
      ],
    ]),
    post(configMaps, by("a", { a: "b" })),
    get(paths.configMap("c")),
    put(paths.configMap("c"), by("a", { a: "c" })),
    merge(paths.configMap("c"), { data: { b: "mine" } }),
    apply(paths.configMap("applied"), "me", configMap("applied", { a: "b" }, { labels: { by: "a" } })),
    apply(paths.configMap("applied"), "me", configMap("applied", { a: "c" }, { labels: { by: "a" } })),
    post(configMaps, configMap("d", { a: "b" }, { labels: { by: "b" } }), brief),
    ...ended("a"),
  ],
  "JSON patches of policies": [
    ...acting(
      ["add", [patch("[JSONPatch{op: 'add', path: '/data/c', value: object.data.a + '!'}]")]],
      [
        "escape",
        [
          patch(
            "[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('example.com/x'), value: 'y'}]",
          ),
        ],
      ],
      [
        "test",
        [
          patch(
            "[JSONPatch{op: 'test', path: '/data/a', value: 'x'}, JSONPatch{op: 'add', path: '/data/c', value: 'y'}]",
          ),
        ],
      ],
      ["move", [patch("[JSONPatch{op: 'move', from: '/data/a', path: '/data/moved'}]")]],
      ["copy", [patch("[JSONPatch{op: 'copy', from: '/data/a', path: '/data/copied'}]")]],
      ["remove", [patch("has(object.data.a) ? [JSONPatch{op: 'remove', path: '/data/a'}] : []")]],
      ["map", [patch("[JSONPatch{op: 'replace', path: '/data', value: {'x': 'y'}}]")]],
      [
        "object",
        [
          patch(
            "[JSONPatch{op: 'add', path: '/metadata/annotations', value: Object.metadata.annotations{note: 'x'}}]",
          ),
        ],
      ],
      ["missing", [patch("[JSONPatch{op: 'remove', path: '/data/none'}]")]],
      ["unknown", [patch("[JSONPatch{op: 'add', path: '/nonsense', value: 1}]")]],
      ["badtype", [patch("[JSONPatch{op: 'replace', path: '/data/a', value: 1}]")]],
      [
        "two",
        [
          patch("[JSONPatch{op: 'add', path: '/data/one', value: '1'}]"),
          patch("[JSONPatch{op: 'add', path: '/data/two', value: object.data.one + '2'}]"),
        ],
      ],
    ),
    ...each([
      "add",
      "escape",
      "test",
      "move",
      "copy",
      "remove",
      "map",
      "object",
      "missing",
      "unknown",
      "badtype",
      "two",
    ]),
    ...ended(
      "add",
      "escape",
      "test",
      "move",
      "copy",
      "remove",
      "map",
      "object",
      "missing",
      "unknown",
      "badtype",
      "two",
    ),
  ],
  "policies change workloads": [
    ...acting(
      [
        "sidecar",
        [
          object(
            "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: 'sidecar', image: 'side:1', ports: [Object.spec.template.spec.containers.ports{containerPort: 8080}]}]}}}}",
          ),
        ],
        {},
        ofDeployments,
      ],
      [
        "replicas",
        [object("Object{spec: Object.spec{replicas: object.spec.replicas + 2}}")],
        {},
        ofDeployments,
      ],
      [
        "patched",
        [
          patch(
            "[JSONPatch{op: 'add', path: '/spec/template/spec/containers/-', value: Object.spec.template.spec.containers{name: 'more', image: 'more:1'}}]",
          ),
        ],
        {},
        ofDeployments,
      ],
      [
        "atomic",
        [
          object(
            "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: 'web', args: ['a']}]}}}}",
          ),
        ],
        {},
        ofDeployments,
      ],
      ["unknown", [object("Object{spec: Object.spec{nonsense: 1}}")], {}, ofDeployments],
      ["badtype", [object("Object{spec: Object.spec{replicas: 'many'}}")], {}, ofDeployments],
      ["misnamed", [object("Object{spec: Object.metadata{replicas: 1}}")], {}, ofDeployments],
      ["invalid", [object("Object{spec: Object.spec{replicas: -1}}")], {}, ofDeployments],
      [
        "optional",
        [object("Object{spec: Object.spec{?paused: optional.of(true), ?replicas: optional.none()}}")],
        {},
        ofDeployments,
      ],
    ),
    ...[
      "sidecar",
      "replicas",
      "patched",
      "atomic",
      "unknown",
      "badtype",
      "misnamed",
      "invalid",
      "optional",
    ].map((name) => post(apps("deployments"), deployed(name), toldOf)),
    merge(
      `${apps("deployments", "sidecar")}/status`,
      { status: { replicas: 1 } },
      { pick: ({ status }) => status },
    ),
    ...ended(
      "sidecar",
      "replicas",
      "patched",
      "atomic",
      "unknown",
      "badtype",
      "misnamed",
      "invalid",
      "optional",
    ),
  ],
  "mutations that fail": [
    ...acting(
      ["fail", [labels("'x': object.data.none")]],
      ["ignore", [labels("'x': object.data.none")], { failurePolicy: "Ignore" }],
      ["second", [labels("'x': object.data.none"), labels("'y': 'z'")]],
      [
        "condition",
        [labels("'x': 'y'")],
        { matchConditions: [{ name: "c", expression: "object.data.none == 'x'" }] },
      ],
      [
        "unmet",
        [labels("'x': 'y'")],
        { matchConditions: [{ name: "c", expression: "object.data.a == 'x'" }] },
      ],
      [
        "met",
        [labels("'x': variables.made")],
        {
          matchConditions: [{ name: "c", expression: "object.data.a == 'b'" }],
          variables: [{ name: "made", expression: "object.data.a + request.operation" }],
        },
      ],
      [
        "noparam",
        [labels("'x': 'y'")],
        { paramKind: { apiVersion: "v1", kind: "ConfigMap" } },
        {},
        { paramRef: { name: "none", parameterNotFoundAction: "Deny" } },
      ],
      [
        "anyparam",
        [labels("'x': 'y'")],
        { paramKind: { apiVersion: "v1", kind: "ConfigMap" } },
        {},
        { paramRef: { name: "none", parameterNotFoundAction: "Allow" } },
      ],
      [
        "param",
        [labels("'x': params.metadata.name")],
        { paramKind: { apiVersion: "v1", kind: "ServiceAccount" } },
        {},
        { paramRef: { name: "default", parameterNotFoundAction: "Deny" } },
      ],
      [
        "nokind",
        [labels("'x': 'y'")],
        { paramKind: { apiVersion: "v1", kind: "Nonsense" } },
        {},
        { paramRef: { name: "none", parameterNotFoundAction: "Deny" } },
      ],
    ),
    // the real server hears of params later than of policies, and never again of a kind that an earlier policy has let go
    quiet(
      post(`${configMaps}?dryRun=All`, by("param"), {
        until: ({ status }) => status === 201,
      }),
    ),
    ...each([
      "fail",
      "ignore",
      "second",
      "condition",
      "unmet",
      "met",
      "noparam",
      "anyparam",
      "param",
      "nokind",
    ]),
    ...ended(
      "fail",
      "ignore",
      "second",
      "condition",
      "unmet",
      "met",
      "noparam",
      "anyparam",
      "param",
      "nokind",
    ),
  ],
  "policies are asked again": [
    ...acting(
      [
        "again",
        [labels("'again': string(int(object.metadata.labels.?again.orValue('0')) + 1)")],
        { reinvocationPolicy: "IfNeeded" },
      ],
      ["never", [labels("'never': string(int(object.metadata.labels.?never.orValue('0')) + 1)")]],
    ),
    ...each(["again", "never"]),
    ...ended("again", "never"),
  ],
  "policies change custom resources": [
    ...defined(specOf({ size: { type: "integer" }, names: { type: "array", items: { type: "string" } } })),
    ...acting(
      ["widget", [object("Object{spec: Object.spec{size: 3}}")], {}, { resourceRules: [rule(["widgets"])] }],
      ["wrong", [object("Object{spec: Object.spec{size: 'x'}}")], {}, { resourceRules: [rule(["widgets"])] }],
      [
        "list",
        [object("Object{spec: Object.spec{names: ['x']}}")],
        {},
        { resourceRules: [rule(["widgets"])] },
      ],
      [
        "patch",
        [
          patch(
            "[JSONPatch{op: 'add', path: '/spec/nonsense', value: 1}, JSONPatch{op: 'add', path: '/spec/names', value: ['x']}]",
          ),
        ],
        {},
        { resourceRules: [rule(["widgets"])] },
      ],
    ),
    quiet(
      post(`${custom.widgets}?dryRun=All`, widget("a", { spec: {} }, { labels: { by: "widget" } }), {
        until: ({ body }) => body.spec?.size === 3,
      }),
    ),
    ...["widget", "wrong", "list", "patch"].map((name) =>
      post(`${custom.widgets}?dryRun=All`, widget("a", { spec: {} }, { labels: { by: name } }), toldOf),
    ),
    ...ended("widget", "wrong", "list", "patch"),
  ],
  "mutated objects are checked": [
    ...acting(
      ["bad", [labels("'bad key!': 'x'")]],
      ["name", [patch("[JSONPatch{op: 'replace', path: '/metadata/name', value: 'other'}]")]],
      [
        "secret",
        [patch("[JSONPatch{op: 'add', path: '/stringData', value: {'a': 'b'}}]")],
        {},
        { resourceRules: [rule(["secrets"])] },
      ],
      [
        "service",
        [object("Object{spec: Object.spec{type: 'NodePort'}}")],
        {},
        { resourceRules: [rule(["services"])] },
      ],
    ),
    ...each(["bad", "name"]),
    post(
      `${core("secrets")}?dryRun=All`,
      { metadata: { name: "s", labels: { by: "secret" } } },
      { pick: ({ kind, data }) => ({ kind, data }) },
    ),
    post(
      core("services"),
      { metadata: { name: "s", labels: { by: "service" } }, spec: { ports: [{ port: 80 }] } },
      { pick: ({ spec }) => spec },
    ),
    ...ended("bad", "name", "secret", "service"),
  ],
};
