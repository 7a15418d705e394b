/**
 * Writes src/generated/resources.json: the built-in resources of Kubernetes v1.36.3, compacted from facts read off a running
 * kube-apiserver. `node packages/cluster/scripts/generate.ts [FACTS_DIRECTORY]`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

type Fact = {
  groupVersion: string;
  name: string;
  kind: string;
  namespaced: boolean;
  verbs: string[];
  singular?: string;
  shortNames?: string[];
  categories?: string[];
};

const facts = process.argv[2] ?? join(import.meta.dirname, "../../../../shared/kubernetes");
const resources: Fact[] = JSON.parse(readFileSync(join(facts, "resources-v1.36.json"), "utf8"));
const rows = resources.map((fact) => JSON.stringify(fact));
writeFileSync(join(import.meta.dirname, "../src/generated/resources.json"), `[\n${rows.join(",\n")}\n]\n`);
