/** Forms of names that only the API server asks about, with its words for what is wrong (util/validation of apimachinery). */
import { formRule, type NameRule } from "@sluice/api";

const isConfigKey = formRule(
  {
    pattern: "[-._a-zA-Z0-9]+",
    words: "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    examples: ["key.name", "KEY_NAME", "key-name"],
  },
  253,
  "characters",
);

/** Keys of ConfigMaps and Secrets. */
export const configKey: NameRule = (key) => [
  ...isConfigKey(key),
  ...(key === "."
    ? ["must not be '.'"]
    : key === ".."
      ? ["must not be '..'"]
      : key.startsWith("..")
        ? ["must not start with '..'"]
        : []),
];

/** Names of ports of containers and services. */
export const portName: NameRule = (name) => [
  ...(name.length > 15 ? ["must be no more than 15 characters"] : []),
  ...(/^[-a-z0-9]+$/.test(name)
    ? []
    : ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]),
  ...(/[a-z]/.test(name) ? [] : ["must contain at least one letter (a-z)"]),
  ...(name.includes("--") ? ["must not contain consecutive hyphens"] : []),
  ...(/^-|-$/.test(name) ? ["must not begin or end with a hyphen"] : []),
];
