import { fail, within } from "../errors.ts";
import type { GeneratorArgs } from "../load/kustomization.ts";
import { isUrl, type Loader, loadFile } from "../load/loader.ts";
import { redactRemote } from "../load/remote-url.ts";

export type Pair = { key: string; value: Buffer };

/** The data of a generator: env files, then literals, then files. A key may come once. */
export function readPairs(args: GeneratorArgs, loader: Loader): Pair[] {
  const { envs = [], literals = [], files = [] } = args;
  const pairs = within("loading KV pairs", () => [
    ...within(`env source files: [${redactRemote(envs.join(" "))}]`, () =>
      envs.flatMap((path) => readEnvFile(path, loader)),
    ),
    ...within("literal sources", () => literals.map(parseLiteral)),
    ...within(`file sources: [${redactRemote(files.join(" "))}]`, () =>
      files.map((source) => readFileSource(source, loader)),
    ),
  ]);
  const seen = new Set<string>();
  for (const { key } of pairs) {
    if (seen.has(key)) fail("conflict", `configmap ${args.name} illegally repeats the key \`${key}\``);
    seen.add(key);
  }
  return pairs;
}

function parseLiteral(source: string): Pair {
  const at = source.indexOf("=");
  if (at < 1) {
    // The text may be a secret, so only its key part is shown.
    return fail(
      "invalid-config",
      `invalid literal source ${at === 0 ? "=…" : "without '='"}, expected key=value`,
    );
  }
  return { key: source.slice(0, at), value: Buffer.from(withoutQuotes(source.slice(at + 1))) };
}

function withoutQuotes(text: string): string {
  const quote = text[0];
  const quoted = text.length > 1 && (quote === '"' || quote === "'") && text.endsWith(quote);
  return quoted ? text.slice(1, -1) : text;
}

function readFileSource(source: string, loader: Loader): Pair {
  const parts = source.split("=");
  const name = redactRemote(source);
  if (parts.length > 2) return fail("invalid-config", `source "${name}" key name or file path contains '='`);
  if (parts.length > 1 && isUrl(source))
    return fail("invalid-config", `source "${name}" would be a key and a path, because it contains '='`);
  const [first = "", second] = parts;
  if (second === undefined) {
    return { key: first.replace(/\/+$/, "").split("/").pop()!, value: loadFile(loader, first) };
  }
  if (first === "")
    return fail(
      "invalid-config",
      `missing key name for file path "${redactRemote(second)}" in source "${name}"`,
    );
  if (second === "")
    return fail("invalid-config", `missing file path for key name "${first}" in source "${name}"`);
  return { key: first, value: loadFile(loader, second) };
}

function readEnvFile(path: string, loader: Loader): Pair[] {
  const content = loadFile(loader, path);
  const text = content.toString("utf8");
  if (Buffer.byteLength(text) !== content.length || text.includes("\ufffd")) {
    if (!Buffer.from(text).equals(content))
      fail("invalid-config", `${redactRemote(path)} has invalid utf8 bytes`);
  }
  const lines = text.replace(/^\ufeff/, "").split("\n");
  return lines.flatMap((line) => parseEnvLine(line.replace(/\r$/, "")));
}

/** kustomize takes any name before the first `=`, and skips lines without one. */
function parseEnvLine(raw: string): Pair[] {
  const text = raw.replace(/^[\s\x85]+/, "");
  if (text === "" || text.startsWith("#") || text.startsWith("=")) return [];
  const at = text.indexOf("=");
  return [
    { key: at === -1 ? text : text.slice(0, at), value: Buffer.from(at === -1 ? "" : text.slice(at + 1)) },
  ];
}
