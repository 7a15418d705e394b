import type { KubeObject } from "@sluice/api";

export const mask = "*****";

/**
 * Replaces every value of a Secret in `text`: API servers repeat what they were sent ("expected string, got …").
 * @param object the object that the text is about; nothing happens unless it is a v1 Secret
 */
export function maskSecrets(text: string, object: KubeObject | undefined): string {
  if (!object || !isSecret(object)) return text;
  return secretValuesOf(object).reduce((seen, value) => seen.replaceAll(value, mask), text);
}

/** Whether `object` is a core/v1 Secret. */
export function isSecret(object: { kind?: string; apiVersion?: string }): boolean {
  return object.kind === "Secret" && object.apiVersion === "v1";
}

/** Every way in which the values of a Secret may be written, longest first. Shorter ones only within quotes. */
function secretValuesOf(object: KubeObject): string[] {
  const { data, stringData } = object as {
    data?: Record<string, unknown>;
    stringData?: Record<string, unknown>;
  };
  const written = [...Object.values(data ?? {}), ...Object.values(stringData ?? {})].map(textOf);
  const decoded = Object.values(data ?? {}).map((value) =>
    Buffer.from(textOf(value), "base64").toString("utf8"),
  );
  // A PEM file is repeated by its lines as well.
  const lines = decoded.flatMap((value) => value.split("\n")).map((line) => line.trim());
  const quoted = [...written, ...decoded, ...lines].flatMap((value) => [
    value,
    JSON.stringify(value).slice(1, -1),
  ]);
  const forms = quoted
    .filter(Boolean)
    .flatMap((value) => (value.length < 4 ? [`"${value}"`, `:${value}}`] : [value]));
  return [...new Set(forms)].sort((one, other) => other.length - one.length);
}

const textOf = (value: unknown) => (typeof value === "string" ? value : String(value ?? ""));
