/** Other values for a chart, made from its own: what a chart is rarely tried with. */

type Data = unknown;

const mapped = (data: Data, change: (key: string, value: Data) => Data, key = ""): Data => {
  const changed = change(key, data);
  if (changed !== data) return changed;
  if (Array.isArray(data)) return data.map((item) => mapped(item, change));
  if (data === null || typeof data !== "object") return data;
  return Object.fromEntries(Object.entries(data).map(([name, item]) => [name, mapped(item, change, name)]));
};

const isSwitch = (key: string): boolean => /^(?:enabled?|create|install)$/i.test(key);

/** What is changed, by names for reports. */
export const VARIANTS: Record<string, (values: object) => Data> = {
  "all switches on": (values) =>
    mapped(values, (key, value) => (isSwitch(key) && value === false ? true : value)),
  "all switches off": (values) =>
    mapped(values, (key, value) => (isSwitch(key) && value === true ? false : value)),
  "every boolean turned": (values) =>
    mapped(values, (_, value) => (typeof value === "boolean" ? !value : value)),
  "filled in": (values) =>
    mapped(values, (key, value) => {
      if (value === "" && !/host|url|uri/i.test(key)) return `some-${key.toLowerCase()}`;
      if (Array.isArray(value) && value.length === 0) return [];
      return isEmptyMap(value) ? { "example.com/key": "value", other: "{{ .Release.Name }}" } : value;
    }),
  "numbers as texts": (values) =>
    mapped(values, (_, value) => (typeof value === "number" ? String(value) : value)),
  "everything null": (values) => mapped(values, (key, value) => (key !== "" && !isMap(value) ? null : value)),
};

const isMap = (value: Data): value is object =>
  value !== null && typeof value === "object" && !Array.isArray(value);
const isEmptyMap = (value: Data): boolean => isMap(value) && Object.keys(value).length === 0;
