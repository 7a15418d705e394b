/**
 * Forms of names and labels, with apimachinery's words for what is wrong: names as in pkg/util/validation, labels as in
 * pkg/api/validate/content, which counts "bytes" where the other says "characters".
 */

/** Every complaint about the syntax of a name; none if it is fine. */
export type NameRule = (name: string) => string[];

type Form = { pattern: string; words: string; examples: readonly string[] };

const label: Form = {
  pattern: "[a-z0-9]([-a-z0-9]*[a-z0-9])?",
  words:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  examples: ["my-name", "123-abc"],
};
const subdomain: Form = {
  pattern: `${label.pattern}(\\.${label.pattern})*`,
  words:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  examples: ["example.com"],
};
const label1035: Form = {
  pattern: "[a-z]([-a-z0-9]*[a-z0-9])?",
  words:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  examples: ["my-name", "abc-123"],
};
const key: Form = {
  pattern: "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]",
  words:
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  examples: ["MyName", "my.name", "123-abc"],
};
const value: Form = {
  pattern: `(${key.pattern})?`,
  words: `a valid label must be an empty string or ${key.words.slice("must ".length)}`,
  examples: ["MyValue", "my_value", "12345"],
};

const wordsOf = ({ words, pattern, examples }: Form): string =>
  `${words} (e.g. ${examples.map((example) => `'${example}', `).join(" or ")}regex used for validation is '${pattern}')`;

/** Names of a form that are not longer than so many bytes, which Kubernetes also calls characters. */
export function formRule(form: Form, longest: number, unit: "bytes" | "characters"): NameRule {
  const regexp = new RegExp(`^${form.pattern}$`);
  return (name) => [
    ...(Buffer.byteLength(name) > longest ? [`must be no more than ${longest} ${unit}`] : []),
    ...(regexp.test(name) ? [] : [wordsOf(form)]),
  ];
}

export const dnsSubdomain = formRule(subdomain, 253, "characters");
export const dns1035Label = formRule(label1035, 63, "characters");

const undotted = formRule(label, 63, "characters");
const dotted = new RegExp(`^${subdomain.pattern}$`);
export const dnsLabel: NameRule = (name) =>
  undotted(name).map((problem) =>
    problem === wordsOf(label) && dotted.test(name) ? "must not contain dots" : problem,
  );

/** Names that need only be a part of an address. */
export const pathSegment: NameRule = (name) => {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return ["/", "%"].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
};

const keyPrefix = formRule(subdomain, 253, "bytes");
const keyName = formRule(key, 63, "bytes");

/** Keys of labels, and whatever else is a name with a domain before it perhaps. */
export const labelKey: NameRule = (text) => {
  const parts = text.split("/");
  if (parts.length > 2) {
    const words = wordsOf({ ...key, words: `a valid label key ${key.words}` });
    return [`${words} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const [name = "", prefix] = parts.reverse();
  const part = (which: string, problems: string[]) => problems.map((problem) => `${which} part ${problem}`);
  const missing = ["must be non-empty"];
  return [
    ...part("prefix", prefix === undefined ? [] : prefix === "" ? missing : keyPrefix(prefix)),
    ...part("name", [...(name === "" ? missing : []), ...keyName(name)]),
  ];
};

export const labelValue = formRule(value, 63, "bytes");
