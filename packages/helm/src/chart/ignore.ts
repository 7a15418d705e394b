import { ChartError } from "../errors.ts";
import { limits } from "./limits.ts";
import { compileGlob, type Glob, type Meter } from "./match.ts";

/** Whether a path within a chart stays out of it. */
export type Ignore = (path: string, isDirectory: boolean) => boolean;

type Rule = { negate: boolean; directoriesOnly: boolean; nameOnly: boolean; glob: Glob };

/**
 * Reads a `.helmignore`; hidden files in `templates/` are ignored besides. As in Helm a rule applies to a whole path, or to a
 * name if it has no slash, and a `!rule` ignores all that does not match it.
 * @throws {ChartError} `bad-ignore` in Helm's words, with the line
 */
export function parseIgnore(text: string): Ignore {
  const rules: Rule[] = [];
  const lines = text.replace(/^\ufeff/, "").split("\n");
  for (const [index, line] of [...lines, "templates/.?*"].entries()) {
    const rule = parseRule(line.trim(), index + 1);
    if (rule) rules.push(rule);
    if (rules.length > limits.maxIgnoreRules)
      throw badRule(`more than ${limits.maxIgnoreRules} rules`, index + 1);
  }
  const meter = { left: limits.maxIgnoreSteps };
  return (path, isDirectory) => isIgnored(rules, path, isDirectory, meter);
}

function parseRule(rule: string, line: number): Rule | undefined {
  if (rule === "" || rule.startsWith("#")) return undefined;
  if (rule.includes("**")) throw badRule("double-star (**) syntax is not supported", line);
  if (!compileGlob(rule)) throw badRule("syntax error in pattern", line);
  const negate = rule.startsWith("!");
  const directoriesOnly = rule.endsWith("/");
  const pattern = rule.slice(negate ? 1 : 0, directoriesOnly ? -1 : undefined);
  const rooted = pattern.startsWith("/");
  // A rule that only its mark made well-formed matches nothing.
  const glob = compileGlob(rooted ? pattern.slice(1) : pattern) ?? (() => false);
  return { negate, directoriesOnly, nameOnly: !pattern.includes("/"), glob };
}

const badRule = (words: string, line: number) =>
  new ChartError("bad-ignore", words, { file: ".helmignore", line });

function isIgnored(rules: readonly Rule[], path: string, isDirectory: boolean, meter: Meter): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  for (const { negate, directoriesOnly, nameOnly, glob } of rules) {
    const kindFits = isDirectory || !directoriesOnly;
    const matches = kindFits && glob(nameOnly ? name : path, meter);
    if (matches !== negate) return true;
  }
  return false;
}
