import { type Case, testCases } from "../testing/cases.ts";

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  selector: {matchLabels: {app: a}}
  template: {metadata: {labels: {app: a}}}
`;

testCases({
  "labels metadata only, by default": [
    deployment,
    "labels: [{pairs: {l: v}}]",
    /^ {2}labels:\n {4}l: v\n {2}name: a\nspec:\n {2}selector:\n {4}matchLabels:\n {6}app: a\n {2}template:/m,
  ],
  "labels templates on request": [
    deployment,
    "labels: [{pairs: {l: v}, includeTemplates: true}]",
    /matchLabels:\n {6}app: a\n {2}template:\n {4}metadata:\n {6}labels:\n {8}app: a\n {8}l: v/,
  ],
  "labels selectors on request": [
    deployment,
    "labels: [{pairs: {l: v}, includeSelectors: true}]",
    /matchLabels:\n {6}app: a\n {6}l: v/,
  ],
  "labels fields of its own": [
    deployment,
    "labels: [{pairs: {l: v}, fields: [{path: spec/extra, create: true, kind: Deployment}]}]",
    /extra:\n {4}l: v/,
  ],
  "commonLabels labels everything": [
    deployment,
    "commonLabels: {l: v}",
    /matchLabels:\n {6}app: a\n {6}l: v/,
  ],
  "leaves selectors empty that it is not to create": [
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec:\n  podSelector:\n    matchLabels:\n",
    "commonLabels: {l: v}",
    /labels:\n {4}l: v\n[\s\S]*matchLabels: null\n/,
  ],
  "annotates templates as well": [
    deployment,
    "commonAnnotations: {note: '1'}",
    /template:\n {4}metadata:\n {6}annotations:\n {8}note: "1"/,
  ],
  ...Object.fromEntries(
    Object.entries({
      "*": "wildcard is not supported in PathGetter",
      0: "wrong node kind: expected SequenceNode but got MappingNode",
      "-1": "array index -1 cannot be negative",
      "[a]": "list path element must contain fieldName=fieldValue for element to match",
      "[a=b]": "wrong node kind: expected SequenceNode but got MappingNode",
    }).map(([name, problem]): [string, Case] => [
      `refuses ${name} as the name of a field`,
      [
        deployment,
        `labels: [{pairs: {l: v}, fields: [{path: "spec/${name}"}]}]`,
        new RegExp(`considering field 'spec/.*' of object .*: fieldName: .*: ${problem}`),
      ],
    ]),
  ),
  "refuses numbers, with the place": [
    deployment,
    "commonLabels:\n  l: 1",
    /kustomization\.yaml:3: invalid Kustomization: json: cannot unmarshal number into Go struct field Kustomization\.commonLabels of type string; expected a string \(put it in quotes\) at commonLabels\.l/,
  ],
  "refuses other things than lists of fields, by Go's names of their types": [
    deployment,
    "configurations: [c.yaml]",
    /into Go struct field NameBackReferences\.nameReference\.fieldSpecs of type types\.FsSlice; expected a list/,
    { "c.yaml": "nameReference: [{fieldSpecs: 3}]" },
  ],
});
