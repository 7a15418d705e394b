import { isDeepStrictEqual } from "node:util";
import type { Exchange } from "./play.fixture.ts";
import type { Loose } from "./scenario.fixture.ts";

/** A field at which two answers differ. */
export type Difference = { path: string; real: Loose; ours: Loose };

const ABSENT = "(absent)";

/** Where the answers differ; requests are not looked at. */
function differences(real: Exchange, ours: Exchange): Difference[] {
  const told = ({ status, headers, body, events, asked }: Exchange) => ({
    status,
    headers,
    body,
    events,
    asked,
  });
  return [...between(told(real), told(ours), "")];
}

function* between(real: Loose, ours: Loose, path: string): Generator<Difference> {
  if (isDeepStrictEqual(real, ours)) return;
  const bothArrays = Array.isArray(real) && Array.isArray(ours);
  if (bothArrays && real.length === ours.length)
    for (let index = 0; index < real.length; index++)
      yield* between(real[index], ours[index], `${path}[${index}]`);
  else if (!bothArrays && isObject(real) && isObject(ours))
    for (const key of [...new Set([...Object.keys(real), ...Object.keys(ours)])].sort())
      yield* between(real[key], ours[key], path === "" ? key : `${path}.${key}`);
  else yield { path, real, ours };
}

const isObject = (value: Loose): boolean =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** A disagreement for people: the request, then each differing field of both. */
function describeDifferences(id: string, { request }: Exchange, found: Difference[]): string {
  const type = request.headers["content-type"]?.replace("application/", "") ?? "";
  const shown = found.slice(0, 12).map(({ path, real, ours }) => {
    const [left, right] = [brief(real), brief(ours)];
    return `    ${path}\n      real: ${left}\n      ours: ${right}`;
  });
  const more = found.length > shown.length ? `\n    … and ${found.length - shown.length} more` : "";
  const body = request.body === undefined ? "" : ` ${brief(request.body, 160)}`;
  return `${id}\n  ${request.method} ${request.path} ${type}${body}\n${shown.join("\n")}${more}`;
}

function brief(value: Loose, limit = 700): string {
  const text = value === undefined ? ABSENT : JSON.stringify(value);
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}

/** How an exchange is named in reports and in the list of known differences. */
export const idOf = (suite: string, sentence: string, index: number): string =>
  `${suite}: ${sentence} #${index + 1}`;

/** Reads `<id> — <reason>` lines; "#" begins a comment. @throws when a line has no reason */
export function parseKnown(text: string): Map<string, string> {
  const known = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [id, reason] = line.split(" — ");
    if (!id || !reason?.trim()) throw new Error(`known difference without a reason: ${line}`);
    known.set(id, reason);
  }
  return known;
}

export type Verdict = {
  agreed: number;
  total: number;
  /** differ, but are not listed as known */
  unexpected: string[];
  /** listed as known, but agree (or do not exist any more) */
  overcome: string[];
};

/** Judges exchange by exchange. `pairs` by id; an answer that is missing on one side is a disagreement. */
export function judge(
  pairs: ReadonlyMap<string, { real?: Exchange; ours?: Exchange }>,
  known: ReadonlyMap<string, string>,
): Verdict {
  const verdict: Verdict = { agreed: 0, total: pairs.size, unexpected: [], overcome: [] };
  for (const [id, { real, ours }] of pairs) {
    const found = real && ours ? differences(real, ours) : undefined;
    if (found?.length === 0) {
      verdict.agreed++;
      if (known.has(id)) verdict.overcome.push(id);
    } else if (!known.has(id))
      verdict.unexpected.push(
        found ? describeDifferences(id, real!, found) : `${id}\n  only one of the two answered`,
      );
  }
  for (const id of known.keys()) if (!pairs.has(id)) verdict.overcome.push(id);
  return verdict;
}
