import { testCases } from "../testing/cases.ts";

const named = (kind: string, apiVersion = "v1") =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n`;

testCases({
  "refuses a name with commas, which is several to kustomize": [
    "apiVersion: v1\nkind: Secret\nmetadata: {name: 'ENC[x,y]'}\n",
    "namePrefix: n-",
    /number of previous names, number of previous namespaces, number of previous kinds not equal/,
  ],
  "puts a prefix before and a suffix behind names": [
    named("Pod"),
    "namePrefix: p-\nnameSuffix: -s",
    /name: p-a-s/,
  ],
  "leaves namespaces alone": [named("Namespace"), "namePrefix: p-", /name: a$/m],
  "leaves custom resource definitions alone": [
    named("CustomResourceDefinition", "apiextensions.k8s.io/v1"),
    "namePrefix: p-",
    /name: a$/m,
  ],
  "follows configuration that names a kind in the place of the default": [
    `${named("Pod")}---\n${named("ConfigMap")}`,
    "namePrefix: p-\nconfigurations: [c.yaml]",
    /kind: Pod\nmetadata:\n {2}name: p-a\n---[\s\S]*kind: ConfigMap\nmetadata:\n {2}name: a\n/,
    { "c.yaml": "namePrefix:\n- {path: metadata/name, kind: Pod}\n" },
  ],
  "refuses a plugin without field specs": [
    named("Pod"),
    "transformers: ['{apiVersion: builtin, kind: PrefixTransformer, metadata: {name: x}, prefix: p}']",
    /fieldSpecs is not expected to be nil/,
  ],
});
