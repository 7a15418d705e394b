/** Go's words for YAML that cannot be read, which end up in the `.Error` of `fromYaml` and in errors of values and manifests. */
import { goProblem, type YamlError } from "@sluice/yaml";
import { encode } from "../bytes.ts";

/**
 * What Go would say about a text.
 * @param text the text that was read
 * @param error what our reader says about it
 */
export function goYamlWords(text: string, { reason }: YamlError): string {
  // Go looks for these in what it has read ahead, before it looks at the syntax.
  if (reason.startsWith("the stream contains non-printable")) return "control characters are not allowed";
  return encode(goProblem(text) ?? reason.replace(/ \(.*\)$/s, ""));
}
