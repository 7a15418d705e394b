/** Rules about Chart.yaml: helm/pkg/chart/v2/lint/rules/chartfile.go. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isStrictVersion, parseConstraint, tryParseVersion } from "@sluice/api";
import { go } from "@sluice/gotemplate";
import { type Metadata, metadataShape, readMetadata } from "@sluice/helm";
import { goWords } from "../report.ts";
import type { Tell } from "./message.ts";

const FILE = "Chart.yaml";

export function lintChartFile(dir: string, tell: Tell): void {
  const path = join(dir, FILE);
  if (statSync(path).isDirectory()) tell("ERROR", FILE, "should be a file, not a directory");
  const read = readChart(path);
  if ("problem" in read) {
    tell("ERROR", FILE, `unable to parse YAML\n\t${read.problem}`);
    return;
  }
  const { metadata, data } = read;
  const strictly = strictProblem(data, metadataShape, "");
  tell("WARNING", FILE, strictly && `failed to strictly parse chart metadata file\n\t${strictly}`);
  for (const rule of rules) tell("ERROR", FILE, rule(metadata, data));
  tell("INFO", FILE, metadata.icon ? undefined : "icon is recommended");
  for (const rule of rulesAfterIcon) tell("ERROR", FILE, rule(metadata, data));
  const { version = "" } = metadata;
  tell(
    "WARNING",
    FILE,
    isStrictVersion(version) ? undefined : `version '${version}' is not a valid SemVerV2`,
  );
}

type Data = Record<string, unknown>;

function readChart(path: string): { metadata: Metadata; data: Data } | { problem: string } {
  try {
    const bytes = readFileSync(path);
    const data = go.readYaml(bytes);
    const apiVersion = (data as { apiVersion?: string } | null)?.apiVersion;
    // The engine takes a chart without a format for one of Helm 2; here that is a mistake.
    const metadata = { ...readMetadata(FILE, bytes), apiVersion };
    return { metadata, data: (data ?? {}) as Data };
  } catch (thrown) {
    const { message, code, syscall = "open" } = thrown as NodeJS.ErrnoException;
    if (syscall !== "open" || /^E[A-Z]+$/.test(code ?? ""))
      return { problem: goWords(thrown, syscall, path).message };
    return { problem: message.replace(/^cannot load Chart\.yaml: /, "") };
  }
}

type Shaped = { kind: string; fields?: Record<string, unknown>; of?: unknown };

/** The first field that Helm does not know, in the order of encoding/json. */
function strictProblem(data: unknown, shape: Shaped, at: string): string | undefined {
  if (shape.kind === "list" && Array.isArray(data))
    return data.map((each) => strictProblem(each, shape.of as Shaped, at)).find(Boolean);
  if (shape.kind !== "struct" || typeof data !== "object" || data === null) return undefined;
  for (const key of Object.keys(data).sort()) {
    const known = Object.keys(shape.fields!).find((name) => name.toLowerCase() === key.toLowerCase());
    if (known === undefined)
      return `error unmarshaling JSON: while decoding JSON: json: unknown field ${go.quote(key)}`;
    const within = strictProblem((data as Data)[key], shape.fields![known] as Shaped, key);
    if (within) return within;
  }
  return undefined;
}

type Rule = (metadata: Metadata, data: Data) => string | undefined;

const rules: Rule[] = [
  ({ name = "" }) => {
    if (name === "") return "name is required";
    return name.replace(/\/+$/, "").split("/").at(-1) === name
      ? undefined
      : `chart name ${go.quote(name)} is invalid`;
  },
  ({ apiVersion }) => {
    if (!apiVersion) return 'apiVersion is required. The value must be either "v1" or "v2"';
    return apiVersion === "v1" || apiVersion === "v2"
      ? undefined
      : `apiVersion '${apiVersion}' is not valid. The value must be either "v1" or "v2"`;
  },
  (_, data) => textProblem(data, "version"),
  ({ version }) => {
    if (!version) return "version is required";
    if (!tryParseVersion(version)) return `version '${version}' is not a valid SemVer`;
    return parseConstraint(">0.0.0-0").test(version)
      ? undefined
      : `version ${version} is less than or equal to 0.0.0-0`;
  },
  (_, data) => textProblem(data, "appVersion"),
  ({ maintainers = [] }) => maintainers.map(maintainerProblem).find(Boolean),
  ({ sources = [] }) => {
    const bad = sources.find((source) => !source || !isRequestUrl(source));
    return bad === undefined ? undefined : `invalid source URL '${bad}'`;
  },
];

const rulesAfterIcon: Rule[] = [
  ({ icon }) => (icon && !isRequestUrl(icon) ? `invalid icon URL '${icon}'` : undefined),
  ({ type, apiVersion }) =>
    type && apiVersion !== "v2"
      ? `chart type is not valid in apiVersion '${apiVersion ?? ""}'. It is valid in apiVersion 'v2'`
      : undefined,
  ({ dependencies = [], apiVersion }) =>
    dependencies.length > 0 && apiVersion !== "v2"
      ? `dependencies are not valid in the Chart file with apiVersion '${apiVersion ?? ""}'. They are valid in apiVersion 'v2'`
      : undefined,
];

function textProblem(data: Data, field: string): string | undefined {
  const value = Object.hasOwn(data, field) ? data[field] : "";
  if (typeof value === "string") return undefined;
  return `${field} should be of type string but it's of type ${goType(value)}`;
}

/** What Go's %T says of a value that was JSON. */
function goType(value: unknown): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "object") return "map[string]interface {}";
  return typeof value === "boolean" ? "bool" : "float64";
}

function maintainerProblem(one: { name?: string; email?: string; url?: string } | null): string | undefined {
  if (one === null) return "a maintainer entry is empty";
  const { name, email, url } = one;
  if (!name) return "each maintainer requires a name";
  if (email && !EMAIL.test(email)) return `invalid email '${email}' for maintainer '${name}'`;
  return url && !isUrl(url) ? `invalid url '${url}' for maintainer '${name}'` : undefined;
}

const EMAIL = /^[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]+@([\p{L}\p{N}-]+\.)+[\p{L}\p{N}-]{1,}\.?$/u;
const URL_TEXT =
  /^((ftp|tcp|udp|wss?|https?):\/\/)?(\S+(:\S*)?@)?(\[[0-9a-f:.]+\]|[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*)(:\d{1,5})?([/?#]\S*)?$/iu;

/** As govalidator's IsURL, near enough for addresses that people write. */
const isUrl = (text: string): boolean =>
  text.length > 3 && text.length < 2083 && /[.:]/.test(text) && URL_TEXT.test(text);

/** govalidator's IsRequestURL: url.ParseRequestURI takes it, and it has a scheme. */
function isRequestUrl(text: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:./i.test(text)) return false;
  try {
    go.url(text);
    return true;
  } catch {
    return false;
  }
}
