/** Forms of names, with the API server's words for what is wrong (util/validation and api/validate/content of apimachinery). */

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const CONFIG_KEY = "[-._a-zA-Z0-9]+";

/** A check gives the complaints about a name; none if it is fine. */
export type NameCheck = (name: string) => string[];

function regexError(message: string, pattern: string, ...examples: string[]): string {
  return `${message} (e.g. ${examples.map((example) => `'${example}', `).join(" or ")}regex used for validation is '${pattern}')`;
}

function rule(max: number, pattern: string, message: string, ...examples: string[]): NameCheck {
  const regexp = new RegExp(`^${pattern}$`);
  return (name) => [
    ...(name.length > max ? [`must be no more than ${max} characters`] : []),
    ...(regexp.test(name) ? [] : [regexError(message, pattern, ...examples)]),
  ];
}

export const dnsLabel: NameCheck = (name) => {
  const errors = rule(
    63,
    LABEL,
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    "my-name",
    "123-abc",
  )(name);
  const isDotted = new RegExp(`^${SUBDOMAIN}$`).test(name) && name.includes(".");
  return isDotted
    ? [...errors.filter((error) => error.startsWith("must be")), "must not contain dots"]
    : errors;
};

export const dnsSubdomain: NameCheck = rule(
  253,
  SUBDOMAIN,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  "example.com",
);

/** Keys of ConfigMaps and Secrets. */
export const configKey: NameCheck = (key) => [
  ...rule(
    253,
    CONFIG_KEY,
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    "key.name",
    "KEY_NAME",
    "key-name",
  )(key),
  ...(key === "."
    ? ["must not be '.'"]
    : key === ".."
      ? ["must not be '..'"]
      : key.startsWith("..")
        ? ["must not start with '..'"]
        : []),
];

const KEY_MESSAGE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const keyError = (prefix: string) => prefix + regexError(KEY_MESSAGE, KEY, "MyName", "my.name", "123-abc");

/** Keys of labels, and with other case those of annotations. */
export const labelKey: NameCheck = (key) => {
  const parts = key.split("/");
  if (parts.length > 2)
    return [
      `${keyError("a valid label key ")} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const [prefix, name] = (parts.length === 2 ? parts : [undefined, key]) as [string | undefined, string];
  const errors: string[] = [];
  if (prefix === "") errors.push("prefix part must be non-empty");
  else if (prefix !== undefined) errors.push(...dnsSubdomain(prefix).map((error) => `prefix part ${error}`));
  if (name === "") errors.push("name part must be non-empty");
  else if (name.length > 63) errors.push("name part must be no more than 63 bytes");
  if (!new RegExp(`^${KEY}$`).test(name)) errors.push(keyError("name part "));
  return errors;
};

export const labelValue: NameCheck = (value) => {
  const pattern = `(${KEY})?`;
  const errors: string[] = [];
  if (value.length > 63) errors.push("must be no more than 63 bytes");
  if (!new RegExp(`^${pattern}$`).test(value))
    errors.push(
      regexError(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        pattern,
        "MyValue",
        "my_value",
        "12345",
      ),
    );
  return errors;
};

/** Names of ports of containers and services. */
export const portName: NameCheck = (name) => [
  ...(name.length > 15 ? ["must be no more than 15 characters"] : []),
  ...(/^[-a-z0-9]+$/.test(name)
    ? []
    : ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]),
  ...(/[a-z]/.test(name) ? [] : ["must contain at least one letter (a-z)"]),
  ...(name.includes("--") ? ["must not contain consecutive hyphens"] : []),
  ...(/^-|-$/.test(name) ? ["must not begin or end with a hyphen"] : []),
];
