/** Rows that kustomize itself was asked about: labels and annotations that are one node in all the fields that they went to. */
import { type Case, testCases } from "./testing/cases.ts";

const deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 1}\n";
const base =
  "resources: [d.yaml]\nlabels: [{pairs: {app: a}, includeSelectors: true}]\ncommonAnnotations: {note: old}\n";
const files = { "base/kustomization.yaml": base, "base/d.yaml": deployment };
const all = (label: string) =>
  new RegExp(
    `labels:\\n    app: ${label}\\n[\\s\\S]*matchLabels:\\n      app: ${label}\\n[\\s\\S]* app: ${label}\\n$`,
  );
const first = (label: string) =>
  new RegExp(`labels:\\n    app: ${label}\\n[\\s\\S]*matchLabels:\\n      app: a\\n[\\s\\S]* app: a\\n$`);
const patch = (metadata: string) =>
  `patches: [{patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, ${metadata}}}"}]`;
const replacement =
  "replacements: [{source: {kind: Deployment, fieldPath: kind}, targets: [{select: {kind: Deployment}, fieldPaths: [metadata.annotations.note]}]}]";

/** An overlay, and what the base's labels come to. */
const overlays: Record<string, [overlay: string, expected: RegExp]> = {
  "changes selectors by a label of an overlay": ["labels: [{pairs: {app: b}}]", all("b")],
  "changes selectors by a patch of the label": [patch("labels: {app: b}"), all("b")],
  "changes selectors by a replacement in the label": [
    replacement.replace("annotations.note", "labels.app"),
    all("Deployment"),
  ],
  "changes selectors by the label of who manages it": [
    "buildMetadata: [managedByLabel]",
    /labels:\n {4}app: a\n {4}app.kubernetes.io\/managed-by: kustomize-v[\d.]+\n[\s\S]*matchLabels:\n {6}app: a\n {2}template/,
  ],
  "changes annotations of the template by a replacement in those of the object": [
    `namePrefix: n-\n${replacement}`,
    /template:\n {4}metadata:\n {6}annotations:\n {8}note: Deployment\n/,
  ],
  "leaves them alone where annotations were written anew": [
    `namePrefix: n-\nbuildMetadata: [transformerAnnotations]\n${replacement}`,
    /template:\n {4}metadata:\n {6}annotations:\n {8}note: old\n/,
  ],
  "leaves selectors alone after a JSON patch": [
    `patches: [{target: {kind: Deployment}, patch: '[{"op": "test", "path": "/kind", "value": "Deployment"}]'}]\nlabels: [{pairs: {app: b}}]`,
    first("b"),
  ],
  "leaves selectors alone where the label was deleted before": [
    `${patch("labels: {app: null}")}\nlabels: [{pairs: {app: b}}]`,
    first("b"),
  ],
  "leaves selectors alone that were there": ["labels: [{pairs: {app: b}}]", first("b")],
};

testCases(
  Object.fromEntries(
    Object.entries(overlays).map(([sentence, [overlay, expected]]): [string, Case] => {
      const own = sentence.endsWith("that were there")
        ? {
            "base/d.yaml": `${deployment.replace("{replicas: 1}", "{selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}}}")}`,
          }
        : {};
      return [
        sentence,
        ["", "", expected, { ...files, ...own, "kustomization.yaml": `resources: [base]\n${overlay}\n` }],
      ];
    }),
  ),
);
