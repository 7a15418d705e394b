/** Go's words for YAML that cannot be read, which end up in the `.Error` of `fromYaml` and in errors of values and manifests. */
import { goProblem, type YamlError } from "@sluice/yaml";
import { encode } from "../bytes.ts";

/** What YAML allows in a text; Go refuses everything else, in comments too. readerc.go of go.yaml.in/yaml. */
const CONTROL = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
/** Bytes that Go reads and looks at before their syntax. */
const BLOCK = 512;

/** Go's words for a text with characters that YAML does not allow. */
export function controlWords(text: string): string | undefined {
  const at = text.search(CONTROL);
  if (at < 0) return undefined;
  const block = Math.floor(Buffer.byteLength(text.slice(0, at)) / BLOCK) * BLOCK;
  const problem = goProblem(text);
  const line = Number(/^line (\d+)/.exec(problem ?? "")?.[1] ?? 1);
  const read = Buffer.byteLength(text.split("\n", line).join("\n"));
  return problem !== undefined && read < block ? encode(problem) : "control characters are not allowed";
}

/**
 * What Go would say about a text.
 * @param text the text that was read
 * @param error what our reader says about it
 */
export function goYamlWords(text: string, { reason }: YamlError): string {
  return encode(goProblem(text) ?? reason.replace(/ \(.*\)$/s, ""));
}
