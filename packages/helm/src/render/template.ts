/** What `helm template` prints of a rendered release. */
import { compileGlob } from "../chart/match.ts";
import { ChartError } from "../errors.ts";
import type { HookEvent } from "./hooks.ts";
import { splitManifests, trimSpace } from "./order.ts";
import { type Rendered, sourceText } from "./render.ts";

export type TemplateOptions = {
  hooks?: "all" | "no-tests" | "none";
  /** Patterns of paths in the chart, such as `templates/*.yaml`; nothing else is printed. */
  showOnly?: readonly string[];
};

/**
 * The output of `helm template`: the manifests, then the hooks.
 * @throws {ChartError} if a pattern of `showOnly` matches nothing, or is none
 */
export function templateText(
  { manifest, hooks }: Pick<Rendered, "manifest" | "hooks">,
  options: TemplateOptions = {},
): string {
  const shown = hooks.filter(({ events }) => isShown(events, options.hooks ?? "all"));
  const printed = shown.map((hook) => sourceText(hook.path, hook.manifest)).join("");
  const text = `${trimSpace(manifest)}\n${printed}`;
  return options.showOnly?.length ? only(text, options.showOnly) : text;
}

function isShown(events: readonly HookEvent[], wanted: NonNullable<TemplateOptions["hooks"]>): boolean {
  switch (wanted) {
    case "all":
      return true;
    case "no-tests":
      return !events.includes("test");
    case "none":
      return false;
  }
}

function only(text: string, patterns: readonly string[]): string {
  const manifests = splitManifests(text).flatMap(({ text: manifest }) => {
    const path = /# Source: [^/\n]+\/(.+)/.exec(manifest)?.[1];
    return path === undefined ? [] : [{ path, manifest }];
  });
  const chosen = patterns.flatMap((pattern) => {
    const matches = compileGlob(pattern) ?? (() => false);
    const found = manifests.filter(({ path }) => matches(path));
    if (found.length === 0)
      throw new ChartError("unsupported", `could not find template ${pattern} in chart`);
    return found;
  });
  return chosen.map(({ manifest }) => `---\n${manifest}\n`).join("");
}
