import { type Event, parseEvents, YAMLException } from "js-yaml";
import { indentContinued } from "./continued.ts";
import { YamlError } from "./errors.ts";
import { goProblem } from "./problem.ts";
import { explain } from "./wording.ts";

const MAX_TEXT = 32 * 1024 * 1024;
const MAX_DEPTH = 500;
/** Tabs that may be replaced for the parser's sake, and characters that may be parsed again for it. */
const MAX_REPAIRS = 500;
const MAX_REPARSED = 50_000_000;

/**
 * Events of a text, with the text they are of, and errors as YamlError. Go does not care how far the lines of brackets and
 * quotes that span lines are indented, nor whether a tab follows a colon; our parser does. Where it stumbles, such lines are
 * rewritten until it is content. That changes no value.
 */
export function eventsOf(source: string, file?: string, lineOffset = 0): Parsed {
  const parsed = parseRepaired(source, file, lineOffset);
  // Our parser takes a tab for space, on a line of its own for instance, and Go for an indent.
  if (/^ *\t/m.test(source)) refuseAsGo(source, file, lineOffset);
  return parsed;
}

type Parsed = { events: Event[]; text: string };

/** Refuses a text that our parser takes and Go's does not. */
export function refuseAsGo(text: string, file?: string, lineOffset = 0): void {
  const problem = goProblem(text);
  if (problem === undefined) return;
  const [, line = "1", words] = /^(?:line (\d+): )?(.*)$/s.exec(problem)!;
  const at = { file, line: Number(line) + lineOffset, column: 1 };
  throw new YamlError("bad-yaml", words!, at, problem);
}

function parseRepaired(source: string, file: string | undefined, lineOffset: number): Parsed {
  let text = source;
  let indented = false;
  for (let repairs = 0; ; repairs++) {
    try {
      return { events: parseOnce(text, file, lineOffset), text };
    } catch (thrown) {
      if (!(thrown instanceof YamlError) || !thrown.at) throw thrown;
      if (repairs >= MAX_REPAIRS || repairs * text.length > MAX_REPARSED) throw inGo(thrown, source);
      const shallow = thrown.reason.includes("deficient indentation") && !indented;
      const next =
        untab(text, thrown.at.line - lineOffset) ?? (shallow ? indentContinued(text, MAX_TEXT) : undefined);
      if (next === undefined) throw inGo(thrown, source);
      if (shallow) indented = true;
      text = next;
    }
  }
}

function inGo({ code, reason, at }: YamlError, source: string): YamlError {
  const isOurs = reason.startsWith("nesting exceeded");
  return new YamlError(code, reason, at, isOurs ? undefined : goProblem(source));
}

/** The text with a space instead of the tabs behind the key of one line; undefined where there are none. */
function untab(text: string, line: number): string | undefined {
  const lines = text.split("\n");
  const at = lines[line - 1] ?? "";
  const next = at.replace(/^([ ]*(?:- )*[\w./-]+:)\t[\t ]*(?=\S)/, "$1 ");
  if (next === at) return undefined;
  lines[line - 1] = next;
  return lines.join("\n");
}

function parseOnce(text: string, file: string | undefined, lineOffset: number): Event[] {
  if (text.length > MAX_TEXT) {
    throw new YamlError(
      "too-large",
      `${file ?? "text"} is larger than ${MAX_TEXT / 1024 / 1024} MiB; split it`,
    );
  }
  try {
    return parseEvents(text, { maxDepth: MAX_DEPTH });
  } catch (thrown) {
    if (!(thrown instanceof YAMLException)) throw thrown;
    const mark = thrown.mark;
    throw new YamlError("bad-yaml", explain(thrown.reason, text[mark?.position ?? -1]), {
      file,
      line: (mark?.line ?? 0) + 1 + lineOffset,
      column: (mark?.column ?? 0) + 1,
    });
  }
}
