import { type Position, YamlError } from "@sluice/yaml";

/** What went wrong, as a closed list; a caller may decide by it. */
export type KustomizeErrorCode =
  | "missing-kustomization"
  | "invalid-kustomization"
  | "unknown-field"
  | "missing-file"
  | "outside-root"
  | "cycle"
  | "remote"
  | "malformed-yaml"
  | "invalid-resource"
  | "conflict"
  | "no-match"
  | "invalid-config"
  | "unsupported"
  | "too-large";

export type FilePosition = { file: string; line?: number; column?: number };

/** A build that failed. The message names the place, what was expected and what to do; `at` is the place as data. */
export class KustomizeError extends Error {
  readonly code: KustomizeErrorCode;
  at?: FilePosition;

  constructor(code: KustomizeErrorCode, message: string, at?: FilePosition, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "KustomizeError";
    this.code = code;
    this.at = at;
  }
}

export function fail(code: KustomizeErrorCode, message: string, at?: FilePosition): never {
  throw new KustomizeError(code, message, at);
}

/** Runs `work`; what it throws gets `prefix: ` in front, so that messages read from the root downwards. */
export function within<T>(prefix: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw prefixed(prefix, thrown);
  }
}

export function prefixed(prefix: string, thrown: unknown): KustomizeError {
  const error = asKustomizeError(thrown);
  return new KustomizeError(error.code, `${prefix}: ${error.message}`, error.at, error);
}

export function asKustomizeError(thrown: unknown): KustomizeError {
  if (thrown instanceof KustomizeError) return thrown;
  if (thrown instanceof YamlError) {
    const message =
      thrown.code === "too-large" ? thrown.message : `error converting YAML to JSON: ${yamlWords(thrown)}`;
    return new KustomizeError(codeOf(thrown), message, placeOf(thrown.at), thrown);
  }
  if (isFileProblem(thrown)) return new KustomizeError("missing-file", thrown.message, undefined, thrown);
  if (thrown instanceof RangeError) return new KustomizeError("too-large", thrown.message, undefined, thrown);
  throw thrown; // A defect of ours keeps its own stack.
}

/** What a file system says of a path: links in a circle, no permission, names too long or with a null byte in them. */
function isFileProblem(thrown: unknown): thrown is Error {
  if (!(thrown instanceof Error)) return false;
  const { code, syscall } = thrown as NodeJS.ErrnoException;
  return syscall !== undefined || (code === "ERR_INVALID_ARG_VALUE" && thrown.message.includes("null bytes"));
}

export const codeOf = ({ code }: YamlError): KustomizeErrorCode =>
  code === "too-large" ? "too-large" : "malformed-yaml";

/**
 * What is wrong with a YAML text: kustomize's words, which are those of Go's reader, and then the place that ours found, with
 * more if it knows more. `in File: …` of kustomize comes in between.
 */
export function yamlWords({ go, reason, message, at }: YamlError, inFile = ""): string {
  if (at?.file === undefined) return `yaml: ${go ?? reason}${inFile}`;
  const [, words, aside] = /^(.*?)(?: \((.*)\))?$/s.exec(reason)!;
  const more = aside ?? (go === undefined || go.includes(words!) ? "" : words);
  const place = message.slice(0, message.length - reason.length - 2);
  return `yaml: ${go ?? words}${inFile} (${place}${more && `: ${more}`})`;
}

function placeOf(at: Position | undefined): FilePosition | undefined {
  return at?.file ? { file: at.file, line: at.line, column: at.column } : undefined;
}
