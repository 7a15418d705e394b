import { randomBytes } from "node:crypto";
import { parseTemplates } from "@sluice/gotemplate";

/**
 * The name of a release that is only rendered: as given, as its template says, or the one that `helm template` has for
 * releases without one, `--generate-name` or not.
 */
export function releaseName(given: { releaseName?: string; nameTemplate?: string }, now: number): string {
  if (given.nameTemplate) return fromTemplate(given.nameTemplate, now);
  return given.releaseName || "release-name";
}

/** What a template of a name prints; it sees no data. TemplateName of helm/pkg/action/install.go. */
function fromTemplate(text: string, now: number): string {
  const name = "name-template";
  return parseTemplates([{ name, text }]).execute(name, null, { now: () => now, random: randomBytes });
}
