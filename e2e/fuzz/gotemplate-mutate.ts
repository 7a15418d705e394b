/** Damages templates, so that both engines have something to complain about. */
import type { Random } from "./random.ts";

const INSERTS = [
  "{{",
  "}}",
  "{{end}}",
  "{{ else }}",
  "{{else if}}",
  "{{- ",
  " -}}",
  "(",
  ")",
  "|",
  ":=",
  "=",
  ",",
  '"',
  "'",
  "`",
  "\\",
  "$",
  "$x",
  ".",
  "..",
  ".x.",
  "nil",
  "break",
  "continue",
  "define",
  '{{define "x"}}',
  "{{template}}",
  "{{range}}",
  "{{with $x, $y := 1}}",
  "{{/*",
  "*/}}",
  "0x",
  "1e",
  "1.2.3",
  "'ab'",
  "\n",
  "\u00a0",
  "é",
  "\0",
  "\x7f",
  "-",
  "@",
  "%",
  "true",
  "unknownFunction",
  "{{block}}",
  "1i2",
  "_",
];

const TOKEN = /\{\{-?\s?|\s?-?\}\}|"(?:[^"\\\n]|\\.)*"|`[^`]*`|[$.]?\w+|:=|\s+|./gsu;

/** The parts of a template that mean something on their own. */
export const tokensOf = (text: string): string[] => text.match(TOKEN) ?? [];

/** The text with one or a few tokens lost, doubled, moved, replaced or cut. */
export function damaged(r: Random, text: string): string {
  const tokens = tokensOf(text);
  for (let i = 1 + r.below(2); i > 0 && tokens.length > 0; i--) {
    const at = r.below(tokens.length);
    switch (r.below(7)) {
      case 0:
        tokens.splice(at, 1);
        break;
      case 1:
        tokens.splice(at, 0, tokens[r.below(tokens.length)]!);
        break;
      case 2:
        tokens.splice(at, 0, r.pick(INSERTS));
        break;
      case 3:
        tokens[at] = r.pick(INSERTS);
        break;
      case 4: {
        const other = r.below(tokens.length);
        [tokens[at], tokens[other]] = [tokens[other]!, tokens[at]!];
        break;
      }
      case 5:
        tokens[at] = tokens[at]!.slice(0, r.below(tokens[at]!.length + 1));
        break;
      case 6:
        if (r.chance(30)) tokens.length = at;
        else tokens[at] = ` ${tokens[at]} `;
        break;
    }
  }
  return tokens.join("");
}
