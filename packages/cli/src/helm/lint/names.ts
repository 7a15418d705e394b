/** Names of objects, as `helm lint` checks them by kind: pkg/chart/v2/lint/rules/template.go of Helm. */
import { dns1035Label, dnsLabel, dnsSubdomain, type NameRule, pathSegment } from "@sluice/api";
import { go } from "@sluice/gotemplate";

/** What is wrong with the name of an object of this kind, in the words of `helm lint`. */
export function nameProblem(kind: string, name: string): string | undefined {
  const problems = ruleOf(kind.toLowerCase())(name);
  if (problems.length === 0) return undefined;
  const all = problems.map((problem) => `metadata.name: Invalid value: ${go.quote(name)}: ${problem}`);
  const listed = all.length === 1 ? all[0]! : `[${all.join(", ")}]`;
  return `object name does not conform to Kubernetes naming requirements: ${go.quote(name)}: ${listed}`;
}

function ruleOf(kind: string): NameRule {
  switch (kind) {
    case "service":
      return dns1035Label;
    case "namespace":
      return dnsLabel;
    case "certificatesigningrequest":
      return () => [];
    case "role":
    case "clusterrole":
    case "rolebinding":
    case "clusterrolebinding":
      return pathSegment;
    default:
      return dnsSubdomain;
  }
}
