import { testCases } from "../testing/cases.ts";

const user = (name: string) => `apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  serviceAccountName: ${name}
  volumes: [{name: v, configMap: {name: ${name}}}]
`;
const config = (name: string, namespace = "") =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}${namespace && `, namespace: ${namespace}`}}\n`;
const role = `---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: x}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: x}
`;
const binding = (kind: string) =>
  `apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ${kind}, name: x}\n`;

testCases({
  "follows a rename": [user("c") + config("c"), "namePrefix: n-", /configMap:\n {6}name: n-c/],
  "follows the hash of a generator": [
    user("g"),
    "configMapGenerator: [{name: g, literals: [a=b]}]",
    /configMap:\n {6}name: g-[a-z0-9]{10}/,
  ],
  "says what stands in the way of a name, though nothing was renamed": [
    user("c").replace("[{name: v, configMap: {name: c}}]", "[text]"),
    "",
    /considering field 'spec\/volumes\/configMap\/name' of object Pod\.v1\.\[noGrp\]\/p\.\[noNs\]: visit traversal on path: \[configMap name\]: expected sequence or mapping node/,
  ],
  "leaves names that mean something else": [
    user("other") + config("c"),
    "namePrefix: n-",
    /serviceAccountName: other[\s\S]*name: other/,
  ],
  "leaves objects in other namespaces alone": [
    user("c") + config("c", "elsewhere"),
    "namePrefix: n-",
    /configMap:\n {6}name: c\n/,
  ],
  "minds the kind in a role reference": [
    binding("Role") + role,
    "nameSuffix: -s\nnamespace: new",
    /kind: Role\n {2}name: x-s/,
  ],
  "follows references of the configuration": [
    `apiVersion: x/v1\nkind: T\nmetadata: {name: t}\nspec: {ref: c}\n${config("c")}`,
    "namePrefix: n-\nconfigurations: [c.yaml]",
    /ref: n-c/,
    { "c.yaml": "nameReference:\n- kind: ConfigMap\n  fieldSpecs: [{path: spec/ref, kind: T}]\n" },
  ],
  "sets name and namespace of subjects": [
    `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nsubjects: [{kind: ServiceAccount, name: s, namespace: old}]\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: s, namespace: old}\n`,
    "namePrefix: n-\nnamespace: new",
    /subjects:\n- kind: ServiceAccount\n {2}name: n-s\n {2}namespace: new/,
  ],
  "refuses a subject whose namespace is blank": [
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b}\nsubjects: [{kind: ServiceAccount, name: s, namespace: }]\n",
    "",
    /namespace is blank for resource "RoleBinding/,
  ],
});
