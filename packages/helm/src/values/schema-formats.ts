/** The formats that santhosh-tekuri/jsonschema v6 knows, and what it says about texts that have them not. */
import { go } from "@sluice/gotemplate";
import { type Format, goProblem, prefixed } from "./schema-format.ts";
import { dateTime, duration, period, time } from "./schema-formats-time.ts";

/** The first character that is not among some, as Go quotes it. */
function oddCharacter(text: string, fine: RegExp): string | undefined {
  const odd = [...text].find((ch) => !fine.test(ch));
  return odd && go.format("%q", BigInt(odd.codePointAt(0)!));
}

const bytes = (text: string): number => Buffer.byteLength(text);

const jsonPointer: Format = (text) => {
  if (text === "") return undefined;
  if (!text.startsWith("/")) return "not starting with /";
  return /~(?![01])/.test(text) ? "~ must be followed by 0 or 1" : undefined;
};

const relativeJsonPointer: Format = (text) => {
  const digits = /^[0-9]*/.exec(text)![0];
  if (digits === "") return "must start with non-negative integer";
  if (digits.length > 1 && digits.startsWith("0")) return "starts with zero";
  const rest = text.slice(digits.length);
  return rest === "#" ? undefined : jsonPointer(rest);
};

const uuid: Format = (text) => {
  const sizes = [8, 4, 4, 4, 12];
  const groups = text.split("-");
  if (groups.length !== sizes.length) return `must have ${sizes.length} elements`;
  for (const [i, group] of groups.entries()) {
    if (bytes(group) !== sizes[i]) return `element ${i + 1} must be ${sizes[i]} characters long`;
    const odd = oddCharacter(group, /[0-9a-fA-F]/);
    if (odd) return `non-hex character ${odd}`;
  }
  return undefined;
};

const ipv4: Format = (text) => {
  const groups = text.split(".");
  if (groups.length !== 4) return "expected four decimals";
  for (const group of groups) {
    if (/^0./.test(group)) return "leading zeros";
    if (!/^[+-]?[0-9]+$/.test(group)) return `strconv.Atoi: parsing ${go.quote(group)}: invalid syntax`;
    const number = BigInt(group.replace("+", ""));
    if (number !== BigInt.asIntN(64, number))
      return `strconv.Atoi: parsing ${go.quote(group)}: value out of range`;
    if (number < 0n || number > 255n) return "decimal must be between 0 and 255";
  }
  return undefined;
};

const ipv6: Format = (text) => {
  if (!text.includes(":")) return "missing colon";
  const problem = goProblem(() => go.checkAddress(text));
  return problem ?? (text.includes("%") ? "zone id is not a part of ipv6 address" : undefined);
};

const hostname: Format = (text) => {
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  if (bytes(name) > 253) return "more than 253 characters long";
  for (const label of name.split(".")) {
    if (label === "" || bytes(label) > 63) return "label must be 1 to 63 characters long";
    if (label.startsWith("-")) return "label starts with hyphen";
    if (label.endsWith("-")) return "label ends with hyphen";
    const odd = oddCharacter(label, /[a-zA-Z0-9-]/);
    if (odd) return `invalid character ${odd}`;
  }
  return undefined;
};

const email: Format = (text) => {
  if (bytes(text) > 254) return "more than 255 characters long";
  const at = text.lastIndexOf("@");
  if (at === -1) return "missing @";
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)];
  if (bytes(local) > 64) return "local part more than 64 characters long";
  const problem = localPart(local);
  if (problem) return problem;
  if (!domain.startsWith("[") || !domain.endsWith("]")) return prefixed("invalid domain: ", hostname(domain));
  const address = domain.slice(1, -1);
  if (address.startsWith("IPv6:")) return prefixed("invalid ipv6 address: ", ipv6(address.slice(5)));
  return prefixed("invalid ipv4 address: ", ipv4(address));
};

function localPart(local: string): string | undefined {
  if (local.length > 1 && local.startsWith('"')) {
    const wrong = /[\\"]/.test(local.slice(1, -1));
    return wrong ? "backslash and quote are not allowed within quoted local part" : undefined;
  }
  if (local.startsWith(".")) return "starts with dot";
  if (local.endsWith(".")) return "ends with dot";
  if (local.includes("..")) return "consecutive dots";
  return prefixed("invalid character ", oddCharacter(local, /[a-zA-Z0-9.!#$%&'*+\-/=?^_`{|}~]/));
}

const date: Format = (text) => goProblem(() => go.checkTime("2006-01-02", text));

/** A URL as Go reads it, and what else is wrong with it. */
function readUrl(text: string): { url?: go.Url; problem?: string } {
  let url: go.Url | undefined;
  const problem = goProblem(() => {
    url = go.url(text);
  });
  if (!url) return { problem };
  // Go does not look at addresses in a host.
  const host = url.host.replace(/:[0-9]*$/, "");
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (!bare.includes(":")) return { url };
  if (bare === host) return { problem: "ipv6 address not enclosed in brackets" };
  return { url, problem: prefixed("invalid ipv6 address: ", ipv6(bare)) };
}

const uri: Format = (text) => {
  const { url, problem } = readUrl(text);
  return problem ?? (url?.scheme === "" ? "relative url" : undefined);
};

const uriReference: Format = (text) => (text.includes("\\") ? "contains \\" : readUrl(text).problem);

const uriTemplate: Format = (text) => {
  const { url, problem } = readUrl(text);
  if (problem !== undefined) return problem;
  for (const step of url!.rawPath.split("/")) {
    let open = false;
    for (const brace of decodeURIComponent(step).match(/[{}]/g) ?? []) {
      if ((brace === "{") === open) return "nested curly braces";
      open = !open;
    }
    if (open) return "no matching closing brace";
  }
  return undefined;
};

const semver: Format = (text) => {
  const [rest = "", build] = text.split(/\+(.*)/s);
  const [core = "", prerelease] = rest.split(/-(.*)/s);
  if (build === "") return "build is empty";
  return (
    identifiers(build, "build", () => undefined) ??
    identifiers(prerelease, "pre-release", (one) =>
      /^0[0-9]+$/.test(one) ? "pre-release numeric identifier starts with zero" : undefined,
    ) ??
    versionCore(core)
  );
};

function identifiers(
  list: string | undefined,
  kind: string,
  also: (one: string) => string | undefined,
): string | undefined {
  for (const one of list?.split(".") ?? []) {
    if (one === "") return `${kind} identifier is empty`;
    const odd = oddCharacter(one, /[0-9a-zA-Z-]/);
    if (odd) return `invalid character ${odd} in ${kind} identifier`;
    const problem = also(one);
    if (problem) return problem;
  }
  return undefined;
}

function versionCore(core: string): string | undefined {
  const parts = core.split(".");
  if (parts.length !== 3) return "versionCore must have 3 numbers separated by dot";
  for (const [i, name] of ["major", "minor", "patch"].entries()) {
    const part = parts[i]!;
    if (part === "") return `${name} is empty`;
    if (/^0./s.test(part)) return `${name} starts with zero`;
    if (!/^[0-9]+$/.test(part)) return `${name} contains non-digit`;
  }
  return undefined;
}

const regex: Format = (text) => goProblem(() => go.pattern(text));

export const FORMATS: ReadonlyMap<string, Format> = new Map(
  Object.entries({
    regex,
    "json-pointer": jsonPointer,
    "relative-json-pointer": relativeJsonPointer,
    uuid,
    duration,
    period,
    ipv4,
    ipv6,
    hostname,
    email,
    date,
    time,
    "date-time": dateTime,
    uri,
    iri: uri,
    "uri-reference": uriReference,
    "iri-reference": uriReference,
    "uri-template": uriTemplate,
    semver,
  }),
);
