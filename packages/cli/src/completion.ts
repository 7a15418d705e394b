/** What can stand at a place of the command line, read off the tree of commands. */
import type { Command, Option } from "commander";

/** Something that can be typed, and what it is. */
export type Candidate = { value: string; about?: string };

/** What is wanted at the end of a command line. */
export type Place =
  | { kind: "command"; candidates: Candidate[] }
  | { kind: "flag"; candidates: Candidate[] }
  /** The value of an option, as in `--output` … */
  | { kind: "value"; option: Option }
  /** An argument of `command` (names from the program down), after those that are there already. */
  | { kind: "argument"; command: string[]; before: string[] };

/** What the last of `words` is the beginning of; the others are what stands before it. */
export function placeOf(program: Command, words: readonly string[]): Place {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? "";
  let command = program;
  const path: string[] = [];
  let found: string[] = [];
  let open: Option | undefined;
  for (const word of before) {
    if (open) open = undefined;
    else if (word.startsWith("-")) open = word.includes("=") ? undefined : valued(command, word);
    else {
      const next = found.length === 0 ? visible(command).find((each) => isCalled(each, word)) : undefined;
      if (next) {
        command = next;
        path.push(next.name());
      } else found = [...found, word];
    }
  }
  if (open) return { kind: "value", option: open };
  if (current.startsWith("-")) return { kind: "flag", candidates: starting(current, flagsOf(command)) };
  const below = found.length === 0 ? visible(command) : [];
  if (below.length > 0) {
    const candidates = below.map((each) => ({ value: each.name(), about: each.description() }));
    return { kind: "command", candidates: starting(current, candidates) };
  }
  return { kind: "argument", command: path, before: found };
}

/** Candidates that begin with what is typed, each once. */
export function starting(current: string, candidates: readonly Candidate[]): Candidate[] {
  const unique = new Map(candidates.map((candidate) => [candidate.value, candidate]));
  return [...unique.values()].filter(({ value }) => value.startsWith(current));
}

const visible = (command: Command) =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== "help");

const isCalled = (command: Command, word: string) => [command.name(), ...command.aliases()].includes(word);

/** Those of a command, and those above it that its help names. */
const optionsOf = (command: Command) => [
  ...command.options,
  ...command.createHelp().visibleGlobalOptions(command),
];

/** The option that `word` names, if a value follows it. */
const valued = (command: Command, word: string) =>
  optionsOf(command).find(
    (option) => [option.short, option.long].includes(word) && (option.required || option.optional),
  );

const flagsOf = (command: Command): Candidate[] => [
  ...optionsOf(command)
    .filter(({ hidden }) => !hidden)
    .map(({ long, short, description }) => ({ value: long ?? short!, about: description })),
  { value: "--help", about: "display help for command" },
];

/** A script that completes `sluice` in a shell; it asks `sluice __complete` at every tab. */
export const scripts = {
  bash: `# sluice completion for bash; put it into ~/.bashrc:  source <(sluice completion bash)
_sluice() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ":files" ]]; then
      compopt -o default 2>/dev/null
    else
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done < <(sluice __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _sluice sluice
`,
  zsh: `#compdef sluice
# sluice completion for zsh; put it into ~/.zshrc after compinit:  source <(sluice completion zsh)
_sluice() {
  local line
  local -a candidates
  while IFS= read -r line; do
    if [[ $line == ":files" ]]; then
      _files
    else
      candidates+=("\${\${line//:/\\\\:}/$'\\t'/:}")
    fi
  done < <(sluice __complete -- "\${(@)words[2,$CURRENT]}" 2>/dev/null)
  (( \${#candidates} )) && _describe 'sluice' candidates
}
compdef _sluice sluice
`,
  fish: `# sluice completion for fish; put it into ~/.config/fish/config.fish:  sluice completion fish | source
function __sluice_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (sluice __complete -- $words[2..-1] 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c sluice -f -a '(__sluice_complete)'
`,
} as const;
