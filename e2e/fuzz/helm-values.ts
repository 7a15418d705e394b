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

/** What YAML, templates and people read in several ways. */
const ODD_TEXTS = [
  ...[
    "a: b # c",
    "yes",
    "0x1F",
    "1e3",
    "012",
    "~",
    "- x",
    "@x",
    "*a",
    "'q'",
    '"dq"',
    "#",
    "<<",
    "2001-01-01",
    "1_000",
  ],
  ...[
    "a\nb\n",
    "a\n\n  b",
    "  lead",
    "trail  ",
    "\ttab",
    "a\r\nb",
    "\u00fcn\u00efcode \u{1F600}",
    "\u00a0",
    "\u0007",
    "\ufeffx",
  ],
  ...[
    "{{ .Release.Name }}",
    '{{ include "nope" . }}',
    "{a: 1}",
    "a,b",
    "%d",
    "a\\nb",
    `${"x".repeat(90)} ${"y".repeat(60)}`,
  ],
];
const ODD_NUMBERS = [0, -1, 1.5, 1e6, 1e21, 1e-7, 2 ** 53, 0.1, 8080, 123456789012];

/** What a list or a map that is empty by default is meant for, by its name. */
const SAMPLES: readonly [RegExp, Data][] = [
  [/env(ironment|vars?)?$/i, [{ name: "FOO", value: "a: b" }]],
  [/volumemounts$/i, [{ name: "v", mountPath: "/v", readOnly: true }]],
  [/volumes$/i, [{ name: "v", emptyDir: {} }]],
  [/containers$|sidecars$/i, [{ name: "c", image: "busybox:1", command: ["sh", "-c", "echo 'x' # y"] }]],
  [/tolerations$/i, [{ key: "k", operator: "Exists" }]],
  [/tls$/i, [{ secretName: "tls", hosts: ["a.example.com"] }]],
  [/ports$/i, [{ name: "http", port: 80, targetPort: 8080 }]],
  [/resources$/i, { limits: { cpu: 1, memory: "1Gi" }, requests: { cpu: "100m" } }],
  [/securitycontext$/i, { runAsUser: 1000, capabilities: { drop: ["ALL"] } }],
  [
    /affinity$/i,
    { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "k" }] } },
  ],
  [/probe$/i, { httpGet: { path: "/", port: "http" }, initialDelaySeconds: 5 }],
  [/(config|settings|data)$/i, { a: { b: [1, "x", null, 1.5] }, "c.yaml": "x: 1\n" }],
];

/** A list or map for an empty one: what its name tells, else anything. */
function sampleFor(key: string, empty: object): Data {
  const sample = SAMPLES.find(([name]) => name.test(key))?.[1];
  if (sample !== undefined && Array.isArray(sample) === Array.isArray(empty)) return sample;
  return Array.isArray(empty) ? ["one", "two"] : { k: "v", n: 1 };
}

/** The texts or numbers of the values, each replaced by the next of a list. */
function inTurn(values: object, type: "string" | "number", odd: readonly Data[]): Data {
  let at = 0;
  return mapped(values, (_, value) => (typeof value === type ? odd[at++ % odd.length] : value));
}

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
  "odd texts": (values) => inTurn(values, "string", ODD_TEXTS),
  "odd numbers": (values) => inTurn(values, "number", ODD_NUMBERS),
  "lists and maps filled": (values) =>
    mapped(values, (key, value) => {
      if (isSwitch(key) && value === false) return true;
      const isEmpty = Array.isArray(value) ? value.length === 0 : isEmptyMap(value);
      return isEmpty ? sampleFor(key, value as object) : value;
    }),
  "everything null": (values) => mapped(values, (key, value) => (key !== "" && !isMap(value) ? null : value)),
};

const isMap = (value: Data): value is object =>
  value !== null && typeof value === "object" && !Array.isArray(value);
const isEmptyMap = (value: Data): boolean => isMap(value) && Object.keys(value).length === 0;
