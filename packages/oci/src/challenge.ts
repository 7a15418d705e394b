/** One challenge of a WWW-Authenticate header; the scheme and the names of parameters are in small letters. */
export type Challenge = { scheme: string; params: Readonly<Record<string, string>> };

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const paramForm = new RegExp(`\\s*(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))\\s*(?:,|$)`, "y");
/** With the one word that some schemes have instead of parameters. */
const schemeForm = new RegExp(`[\\s,]*(${token})(?=\\s|,|$)(?:[ \\t]+[\\w.~+/-]+=*(?=\\s*(?:,|$)))?`, "y");

/**
 * Takes the challenges of WWW-Authenticate headers apart: RFC 9110, section 11.6.1. What cannot be read ends the list.
 * @param header the headers, several joined by commas or as a list
 */
export function parseChallenges(header: string | readonly string[] | undefined): Challenge[] {
  const text = typeof header === "string" ? header : (header ?? []).join(", ");
  const challenges: Challenge[] = [];
  for (let at = 0; at < text.length; ) {
    schemeForm.lastIndex = at;
    const scheme = schemeForm.exec(text)?.[1];
    if (scheme === undefined) return challenges;
    at = schemeForm.lastIndex;
    const params: Record<string, string> = Object.create(null);
    for (let param = paramAt(at); param; param = paramAt(at)) {
      at = paramForm.lastIndex;
      const [, name = "", quoted, bare] = param;
      params[name.toLowerCase()] = quoted?.replace(/\\(.)/gs, "$1") ?? bare ?? "";
    }
    challenges.push({ scheme: scheme.toLowerCase(), params });
  }
  return challenges;

  function paramAt(place: number): RegExpExecArray | null {
    paramForm.lastIndex = place;
    return paramForm.exec(text);
  }
}
