/** What the random comparison makes of two error messages: whether ours tells what is essential in kustomize's. */

/** What kustomize puts in front of a cause, step by step. */
const LEADS = [
  /^Error: /,
  /^accumulating (?:resources|components)(?: from '[^']*')?: /,
  /^accumulation err='accumulating resources from '[^']*': '[^']*' must resolve to a file': /,
  /^accumulation err='accumulating resources from '[^']*': evalsymlink failure on '[^']*' : lstat [^']*': (?!must build at directory)/,
  /^merging resources from '[^']*': /,
  /^recursed (?:accumulation of|merging from) path '[^']*': /,
  /^couldn't make target for path '[^']*': /,
  /^merging from generator &\{.*?\}: /,
  /^merging (?:config|CRDs) &\{[\s\S]*?\}: /,
  /^loading generator plugins: (?=accum)/,
  /^merging vars \[.*?\]: /,
  /^trouble configuring builtin \S+ with config: `[^`]*`: /,
  /^plugin \S+ fails configuration: /,
  /^unable to find patch target ".*?" in `resources`: /,
  /^no resource matches strategic merge patch ".*?": /,
];
const FILE_OR_DIRECTORY = /^accumulation err='([\s\S]*)': must build at directory/;
const QUOTED = /^(?:loader\.New|accumulateDirectory:) "([\s\S]*)"$/;
/** What is not for us to repeat: the input itself, Go's own way to print objects, and paths, which we give relative to the build. */
const NOT_OURS =
  /in object \{\{[\s\S]*|`[^`]*` (?=as a !!)|: node contents:[\s\S]*|\n[\s\S]*|\[patch: ".*"\]|: \[\{"[\s\S]*|resid\.ResId\{.*?\}, Name:"[^"]*", Namespace:"[^"]*"\}|'?\/[^\s']*'?/;

/** The innermost cause in a message of kustomize. */
function essence(message: string): string {
  let rest = message.trim();
  for (;;) {
    const lead = LEADS.map((pattern) => pattern.exec(rest)?.[0].length ?? 0).find((length) => length > 0);
    const inner = FILE_OR_DIRECTORY.exec(rest)?.[1];
    const quoted = QUOTED.exec(rest)?.[1];
    if (lead) rest = rest.slice(lead);
    else if (inner) rest = inner;
    else if (quoted) rest = quoted.replaceAll("\\n", "\n").replaceAll('\\"', '"').replaceAll("\\\\", "\\");
    else return rest.trim();
  }
}

/** A cause without what differs from case to case, so that alike ones can be counted together. */
const classOf = (cause: string): string =>
  words(cause)
    .join(" … ")
    .replace(/'[^']*'|"[^"]*"|`[^`]*`/g, "'…'")
    .replace(/\S+\.\S+\.\S+\/\S+\.\S+/g, "ID")
    .replace(/\d+/g, "N")
    .slice(0, 160);

const words = (cause: string): string[] =>
  cause
    .split(NOT_OURS)
    .map((part) => part.replace(/^["',:\s]+|["',:\s]+$/g, ""))
    .filter((part) => part.length > 2);

/** Whether our message has the words of a cause. */
const tells = (ours: string, cause: string): boolean => words(cause).every((part) => ours.includes(part));

/** Counts how often our messages tell the cause that kustomize's tell. */
export class Messages {
  private told = 0;
  private readonly untold = new Map<string, { count: number; example: string }>();

  compare(seed: number, ours: string, theirs: string): void {
    if (theirs.startsWith("panic: ")) return;
    const cause = essence(theirs);
    if (tells(ours, cause)) {
      this.told++;
      return;
    }
    const kind = classOf(cause);
    const example = `seed ${seed}\n    kustomize: ${theirs.slice(0, 1500)}\n    ours: ${ours.slice(0, 600)}`;
    const known = this.untold.get(kind);
    if (known) known.count++;
    else this.untold.set(kind, { count: 1, example });
  }

  /** How many told the cause; with `examples`, the kinds of causes that were not told, most frequent first. */
  report(examples: boolean): string {
    const kinds = [...this.untold].sort(([, a], [, b]) => b.count - a.count);
    const missed = kinds.reduce((sum, [, { count }]) => sum + count, 0);
    const lines = [`${this.told} of ${this.told + missed} messages have the cause that kustomize names`];
    for (const [kind, { count, example }] of examples ? kinds : [])
      lines.push(`${count} × ${kind}\n  ${example}`);
    return lines.join("\n");
  }
}
