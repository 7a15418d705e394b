/** A JSON object in a comment. */
export type Comment = `{${string}`;

type Line = { start: number; end: number; hash: number; behind?: Comment; above?: Comment };

/**
 * What finds the JSON object in the comment behind a key, or on the line above it; undefined for a text that can have none. A
 * line is looked at once for all its keys, of which it may have very many.
 */
export function commentsOf(text: string): ((keyAt: number) => Comment | undefined) | undefined {
  if (!/#[ \t]*\{/.test(text)) return undefined;
  let line: Line = { start: 0, end: -1, hash: -1 };
  return (keyAt) => {
    if (keyAt < line.start || keyAt > line.end) line = lineAt(text, keyAt);
    return keyAt <= line.hash ? line.behind : line.above;
  };
}

function lineAt(text: string, at: number): Line {
  const start = text.lastIndexOf("\n", at) + 1;
  const next = text.indexOf("\n", at);
  const end = next === -1 ? text.length : next;
  const own = commentIn(text.slice(start, end));
  const before = text.slice(text.lastIndexOf("\n", start - 2) + 1, Math.max(start - 1, 0));
  const above = before.trimStart().startsWith("#") ? commentIn(before)?.json : undefined;
  return { start, end, hash: own ? start + own.at : -1, behind: own?.json, above };
}

/** The comment of a line that ends with a JSON object, and where it begins. */
function commentIn(line: string): { at: number; json: Comment } | undefined {
  const text = line.trimEnd();
  const found = text.endsWith("}") ? /(?:^|[ \t])#[ \t]*(?=\{)/.exec(text) : null;
  return found ? { at: found.index, json: text.slice(found.index + found[0].length) as Comment } : undefined;
}
