/** Names of objects, as Kubernetes checks them by kind: k8s.io/apimachinery/pkg/util/validation. */
import { go } from "@sluice/gotemplate";

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const SERVICE = "[a-z]([-a-z0-9]*[a-z0-9])?";

type Form = { pattern: string; longest: number; words: string };

const subdomain: Form = {
  pattern: SUBDOMAIN,
  longest: 253,
  words: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`,
};
const label: Form = {
  pattern: LABEL,
  longest: 63,
  words: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`,
};
const service: Form = {
  pattern: SERVICE,
  longest: 63,
  words: `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${SERVICE}')`,
};

/** What is wrong with the name of an object of this kind, in the words of `helm lint`. */
export function nameProblem(kind: string, name: string): string | undefined {
  const problems = problemsOf(kind.toLowerCase(), name);
  if (problems.length === 0) return undefined;
  const all = problems.map((problem) => `metadata.name: Invalid value: ${go.quote(name)}: ${problem}`);
  const listed = all.length === 1 ? all[0]! : `[${all.join(", ")}]`;
  return `object name does not conform to Kubernetes naming requirements: ${go.quote(name)}: ${listed}`;
}

function problemsOf(kind: string, name: string): string[] {
  switch (kind) {
    case "service":
      return formProblems(service, name);
    case "namespace":
      // a valid subdomain, and no label: it must be the dots
      return isForm(subdomain, name) && !isForm(label, name)
        ? ["must not contain dots"]
        : formProblems(label, name);
    case "certificatesigningrequest":
      return [];
    case "role":
    case "clusterrole":
    case "rolebinding":
    case "clusterrolebinding":
      return segmentProblems(name);
    default:
      return formProblems(subdomain, name);
  }
}

const isForm = ({ pattern }: Form, name: string): boolean => new RegExp(`^${pattern}$`).test(name);

function formProblems(form: Form, name: string): string[] {
  const { longest, words } = form;
  return [
    ...(Buffer.byteLength(name) > longest ? [`must be no more than ${longest} bytes`] : []),
    ...(isForm(form, name) ? [] : [words]),
  ];
}

function segmentProblems(name: string): string[] {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return ["/", "%"].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
}
