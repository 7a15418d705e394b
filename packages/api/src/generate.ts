// What is generated from the kinds. Not part of the package's door: it needs a YAML writer, the package does not.
import { stringify } from "yaml";
import { crdOf } from "./crd.ts";
import type { Kind } from "./kind.ts";
import { allKinds } from "./kinds.ts";
import { referenceOf } from "./reference.ts";

const notice = "# Generated from packages/api by `npm run generate`; do not edit.\n";

/** The generated files: path from the root of the repository → content. */
export function generatedFiles(): Record<string, string> {
  const crds = Object.fromEntries(allKinds.map((kind) => [fileOf(kind), yamlOf(crdOf(kind))]));
  const kustomization = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: Object.keys(crds).sort(),
  };
  return {
    ...Object.fromEntries(Object.entries(crds).map(([name, text]) => [`deploy/crds/${name}`, text])),
    "deploy/crds/kustomization.yaml": yamlOf(kustomization),
    "docs/kinds/reference.md": `${referenceOf(allKinds)}\n`,
  };
}

const fileOf = ({ group, plural }: Kind) => `${group}_${plural}.yaml`;

// YAML 1.1, as the Go tools read it; schemas that kinds share must be written out each time.
const yamlOf = (value: unknown) =>
  notice + stringify(value, { version: "1.1", aliasDuplicateObjects: false, lineWidth: 110 });
