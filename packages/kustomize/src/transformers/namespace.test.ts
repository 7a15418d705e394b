import { type Case, testCases } from "../testing/cases.ts";

const pod = (name: string, more = "") => `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}${more}}\n`;
const binding = (subjects: string) =>
  `apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b}\nsubjects: ${subjects}\n`;
const plugin = (more: string) =>
  `transformers:\n- |-\n  apiVersion: builtin\n  kind: NamespaceTransformer\n  metadata: {name: n, namespace: new}\n  ${more}\n`;

testCases({
  "sets the namespace of namespaced objects": [
    pod("a", ", namespace: old"),
    "namespace: new",
    /namespace: new/,
  ],
  "sets it on kinds it does not know": [
    "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\n",
    "namespace: new",
    /namespace: new/,
  ],
  "leaves cluster-scoped objects alone": [
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\n",
    "namespace: new",
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: a",
  ],
  "renames Namespace objects": [
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: old}\n",
    "namespace: new",
    /name: new/,
  ],
  "moves only the subject called default": [
    binding("[{kind: ServiceAccount, name: default}, {kind: ServiceAccount, name: other}]"),
    "namespace: new",
    /name: default\n {2}namespace: new\n- kind: ServiceAccount\n {2}name: other$/m,
  ],
  "moves all service accounts on request": [
    binding("[{kind: ServiceAccount, name: other}, {kind: User, name: default}]"),
    plugin("setRoleBindingSubjects: allServiceAccounts"),
    /name: other\n {2}namespace: new\n- kind: User\n {2}name: default$/m,
  ],
  ...Object.fromEntries(
    Object.entries({
      "{}": "wrong node kind: expected SequenceNode but got MappingNode",
      "[a]":
        "looking up name on (cluster)role binding subject: wrong node kind: expected MappingNode but got ScalarNode",
      "[{name: []}]":
        "looking up name on (cluster)role binding subject: wrong node kind: expected ScalarNode but got SequenceNode",
      "[{name: default, namespace: {}}]": "wrong node kind: expected ScalarNode but got MappingNode",
    }).map(([subjects, problem]): [string, Case] => [
      `says what is wrong with the subjects ${subjects}`,
      [
        binding(subjects),
        "namespace: new",
        new RegExp(
          `setting namespace on \\(cluster\\)role binding subjects: ${problem.replace(/[()]/g, "\\$&")}`,
        ),
      ],
    ]),
  ),
  "leaves a namespace that is set, on request": [
    pod("a", ", namespace: old"),
    plugin("unsetOnly: true"),
    /namespace: old/,
  ],
  "refuses an unknown subject mode": [
    pod("a"),
    plugin("setRoleBindingSubjects: some"),
    /must be one of "defaultOnly"/,
  ],
  "says which two objects collide": [
    `${pod("a", ", namespace: x")}---\n${pod("a", ", namespace: y")}`,
    "namespace: new",
    /produces ID conflict: Pod\.v1\.\[noGrp\]\/a\.new \(r\.yaml:1 and r\.yaml:5\)/,
  ],
});
